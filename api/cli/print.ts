/** Output for people (tables) or for programs (--json). What comes from the server is text: control characters are shown, not obeyed. */

export interface Printer {
  table(rows: readonly Readonly<Record<string, unknown>>[], columns: readonly string[]): void;
  /** One thing: its fields below each other. */
  record(value: object): void;
  line(text: string): void;
}

export function openPrinter(asJson: boolean, write: (text: string) => void): Printer {
  const json = (value: unknown): void => write(`${JSON.stringify(value, null, 2)}\n`);
  if (asJson) return { table: (rows) => json(rows), record: json, line: () => undefined };
  return {
    table(rows, columns) {
      if (rows.length === 0) return write("(none)\n");
      const cells = rows.map((row) => columns.map((column) => cell(row[column])));
      const widths = columns.map((column, index) => Math.max(column.length, ...cells.map((row) => row[index]!.length)));
      const say = (row: readonly string[]): void =>
        write(
          `${row
            .map((text, index) => text.padEnd(widths[index]!))
            .join("  ")
            .trimEnd()}\n`,
        );
      say(columns.map((column) => column.toUpperCase()));
      for (const row of cells) say(row);
    },
    record(value) {
      const fields = Object.entries(value);
      const width = Math.max(0, ...fields.map(([name]) => name.length));
      for (const [name, field] of fields) write(`${name.padEnd(width)}  ${cell(field, 2_000)}\n`);
    },
    line: (text) => write(`${printable(text)}\n`),
  };
}

function cell(value: unknown, charactersMax = 60): string {
  const text =
    value === null || value === undefined ? "-" : typeof value === "object" ? JSON.stringify(value) : String(value);
  const shown = printable(text);
  return shown.length > charactersMax ? `${shown.slice(0, charactersMax - 1)}…` : shown;
}

/** A terminal obeys escape sequences, and bidirectional controls reorder what is read. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (character) =>
    character === "\n" ? " " : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
