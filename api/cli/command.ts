/** What a command of `interlock` is: the words it takes, what it does in one line, what it does. */
import type { InterlockClient } from "../client/index.ts";
import type { Options } from "./arguments.ts";
import type { Printer } from "./print.ts";

export interface CommandContext {
  readonly client: InterlockClient;
  readonly words: readonly string[];
  readonly options: Options;
  readonly print: Printer;
  /** The output as it is, for what is data in any case. */
  readonly write: (text: string) => void;
}

export interface Command {
  /** "policy promote" */
  readonly name: string;
  readonly usage: string;
  readonly summary: string;
  /** The exit code; nothing is 0. */
  run(context: CommandContext): Promise<number | undefined> | Promise<void>;
}
