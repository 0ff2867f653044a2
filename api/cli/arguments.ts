/** The command line as words: a command, its arguments, its options. */
import { parseArgs } from "node:util";

export interface CommandLine {
  readonly words: readonly string[];
  readonly options: Options;
}

export interface Options {
  readonly json: boolean;
  readonly help: boolean;
  readonly await: boolean;
  readonly url?: string | undefined;
  readonly token?: string | undefined;
  readonly actor?: string | undefined;
  readonly variables?: string | undefined;
  readonly state?: string | undefined;
  readonly reason?: string | undefined;
  readonly stage?: string | undefined;
  readonly share?: string | undefined;
  readonly "to-version"?: string | undefined;
  readonly expedited: boolean;
  readonly "accept-widenings": boolean;
  readonly "dry-run": boolean;
  readonly title?: string | undefined;
  readonly policy?: string | undefined;
  readonly comment?: string | undefined;
  readonly args?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly output?: string | undefined;
  readonly keys?: string | undefined;
  readonly limit?: string | undefined;
}

/** What the person typed cannot be understood; the message says what would be. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

const text = { type: "string" } as const;
const flag = { type: "boolean", default: false } as const;

export function readCommandLine(given: readonly string[]): CommandLine {
  try {
    const { values, positionals } = parseArgs({
      args: [...given],
      allowPositionals: true,
      options: {
        json: flag,
        help: { ...flag, short: "h" },
        await: flag,
        url: text,
        token: text,
        actor: text,
        variables: { ...text, short: "v" },
        state: text,
        reason: { ...text, short: "m" },
        stage: text,
        share: text,
        "to-version": text,
        expedited: flag,
        "accept-widenings": flag,
        "dry-run": flag,
        title: text,
        policy: text,
        comment: text,
        args: text,
        from: text,
        to: text,
        output: { ...text, short: "o" },
        keys: text,
        limit: text,
      },
    });
    return { words: positionals, options: values as Options };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

export function required(value: string | undefined, what: string): string {
  if (value === undefined || value === "") throw new UsageError(`Expected ${what}, but it is missing.`);
  return value;
}

/** JSON as given, or from a file as @file. */
export function jsonObject(text: string, what: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UsageError(`Expected ${what} to be JSON, but it is not.`);
  }
  if (value === null || typeof value !== "object" || Array.isArray(value))
    throw new UsageError(`Expected ${what} to be a JSON object, but it is not.`);
  return value as Readonly<Record<string, unknown>>;
}
