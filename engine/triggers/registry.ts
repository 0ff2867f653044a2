/** One line per event definition. */
import type { Machine } from "../core/machine.ts";
import { cancel } from "./cancel.ts";
import { compensation } from "./compensation.ts";
import { conditional } from "./conditional.ts";
import { error } from "./error.ts";
import { escalation } from "./escalation.ts";
import { link } from "./link.ts";
import { message } from "./message.ts";
import { signal } from "./signal.ts";
import { terminate } from "./terminate.ts";
import { timer } from "./timer.ts";

export const triggers: Machine["triggers"] = {
  message,
  timer,
  signal,
  error,
  escalation,
  conditional,
  compensation,
  link,
  cancel,
  terminate,
};
