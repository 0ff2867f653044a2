/** `interlock`: the command line. Exit codes: 0 done, 1 failed, 2 refused by a policy, 64 not understood. */
import { InterlockClient, InterlockError } from "../client/index.ts";
import { readCommandLine, UsageError } from "./arguments.ts";
import { commands } from "./commands.ts";
import { openPrinter, printable } from "./print.ts";

function help(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    "interlock <command> [options]",
    "",
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    "",
    "Options: --url (INTERLOCK_URL, http://127.0.0.1:8080), --token (INTERLOCK_TOKEN), --actor, --json, -h",
    "",
  ].join("\n");
}

/** Runs one command line; `write` gets what it prints. Tests call it as programs do. */
export async function runCommandLine(
  given: readonly string[],
  write: (text: string) => void,
  complain: (text: string) => void,
): Promise<number> {
  try {
    const { words, options } = readCommandLine(given);
    const command = commands.find(({ name }) => name === words.slice(0, name.split(" ").length).join(" "));
    if (command === undefined) {
      write(help());
      if (words.length === 0 || options.help) return 0;
      throw new UsageError(`Expected a command from the list above, but found "${printable(words.join(" "))}".`);
    }
    if (options.help) {
      write(`interlock ${command.usage}\n${command.summary}\n`);
      return 0;
    }
    const { url, token, actor } = options;
    const client = new InterlockClient({
      ...(url === undefined ? {} : { url }),
      ...(token === undefined ? {} : { token }),
      ...(actor === undefined ? {} : { actor }),
    });
    const rest = words.slice(command.name.split(" ").length);
    const print = openPrinter(options.json, write, complain);
    return (await command.run({ client, words: rest, options, print, write })) ?? 0;
  } catch (error) {
    if (error instanceof UsageError) {
      complain(`${error.message}\n`);
      return 64;
    }
    complain(
      `${error instanceof InterlockError ? `${error.title}: ` : ""}${printable(error instanceof Error ? error.message : String(error))}\n`,
    );
    if (error instanceof InterlockError)
      for (const problem of error.problems.slice(0, 50)) complain(`  ${printable(JSON.stringify(problem))}\n`);
    return 1;
  }
}
