/**
 * Output for people (tables, and fields below each other) or for programs (--json). What comes from the server is text:
 * control characters are shown, not obeyed.
 */

export interface Printer {
  table(rows: readonly Readonly<Record<string, unknown>>[], columns: readonly string[]): void;
  /** One thing: its fields below each other. */
  record(value: object): void;
  line(text: string): void;
  /** What happens meanwhile; nothing with --json. */
  progress(text: string): void;
}

const nestedMax = 3;
const entriesMax = 20;

export function openPrinter(
  asJson: boolean,
  write: (text: string) => void,
  writeProgress: (text: string) => void,
): Printer {
  const json = (value: unknown): void => write(`${JSON.stringify(value, null, 2)}\n`);
  if (asJson) return { table: (rows) => json(rows), record: json, line: () => undefined, progress: () => undefined };
  return {
    table(rows, columns) {
      if (rows.length === 0) return write("(none)\n");
      const cells = rows.map((row) => columns.map((column) => cell(row[column])));
      const heads = columns.map(heading);
      const widths = heads.map((head, index) => Math.max(head.length, ...cells.map((row) => row[index]!.length)));
      const say = (row: readonly string[]): void =>
        write(
          `${row
            .map((text, index) => text.padEnd(widths[index]!))
            .join("  ")
            .trimEnd()}\n`,
        );
      say(heads);
      for (const row of cells) say(row);
    },
    record: (value) => {
      for (const line of fieldsOf(value, 0)) write(`${line}\n`);
    },
    line: (text) => write(`${printable(text)}\n`),
    progress: (text) => writeProgress(`${printable(text)}\n`),
  };
}

/** "processInstanceKey" → "PROCESS INSTANCE KEY". */
function heading(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1 $2").toUpperCase();
}

/** One line a field; what is nested stands indented below its name, long lists are cut with their length. */
function fieldsOf(value: object, depth: number): readonly string[] {
  const entries = Object.entries(value);
  const width = Math.max(0, ...entries.map(([name]) => name.length));
  const indent = "  ".repeat(depth);
  const lines = entries.slice(0, entriesMax * (depth === 0 ? 10 : 1)).flatMap(([name, field]) => {
    const shown = Array.isArray(value) ? "-" : printable(name);
    if (field === null || typeof field !== "object" || Object.keys(field).length === 0 || depth >= nestedMax)
      return [`${indent}${Array.isArray(value) ? "-" : shown.padEnd(width)}  ${cell(field, 400)}`];
    if (Array.isArray(field) && field.every((item) => item === null || typeof item !== "object"))
      return [`${indent}${shown.padEnd(width)}  ${field.map((item) => cell(item, 100)).join(", ")}`];
    return [`${indent}${shown}`, ...fieldsOf(field, depth + 1)];
  });
  return lines.length === 0 || entries.length <= entriesMax || depth === 0
    ? lines
    : [...lines, `${indent}… and ${entries.length - entriesMax} more (--json shows all)`];
}

function cell(value: unknown, charactersMax = 60): string {
  const text =
    value === null || value === undefined
      ? "-"
      : Array.isArray(value) && value.every((item) => typeof item === "string")
        ? value.join(", ")
        : typeof value === "object"
          ? JSON.stringify(value)
          : String(value);
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
