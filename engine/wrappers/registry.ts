/** What wraps any activity, as the core asks for it. */
import type { Wrappers } from "../core/machine.ts";
import { guard } from "./guard.ts";
import { listeners } from "./listeners.ts";
import { loop } from "./loop.ts";
import { mappings } from "./mappings.ts";
import { subscriptions } from "./subscriptions.ts";

export const wrappers: Wrappers = { loop, mappings, listeners, subscriptions, guard };
