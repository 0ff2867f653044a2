/** The commands of `interlock`, in the order of the help. */
import { changeCommands } from "./change-commands.ts";
import type { Command } from "./command.ts";
import { policyCommands } from "./policy-commands.ts";
import { processCommands } from "./process-commands.ts";
import { recordCommands } from "./record-commands.ts";

export const commands: readonly Command[] = [
  ...processCommands,
  ...changeCommands,
  ...policyCommands,
  ...recordCommands,
];
