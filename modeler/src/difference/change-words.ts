/** How changes are told: signs that do not depend on colour, and long texts cut down to where they differ. */
import type { Change, What } from "./change.ts";

export const signs: Readonly<Record<What, string>> = { added: "+", removed: "−", changed: "≠", moved: "↔" };

export const titles: Readonly<Record<What, string>> = {
  added: "Added",
  removed: "Removed",
  changed: "Changed",
  moved: "Moved",
};

export const order: readonly What[] = ["changed", "added", "removed", "moved"];

/** "2 added, 1 removed". */
export function summary(changes: readonly { readonly what: Change["what"] }[]): string {
  const counts = order.map((what) => [what, changes.filter((change) => change.what === what).length] as const);
  return counts
    .filter(([, count]) => count > 0)
    .map(([what, count]) => `${count} ${titles[what].toLowerCase()}`)
    .join(", ");
}

const whole = 120;
const context = 32;

/** Two long texts without what they begin and end with alike; short ones as they are. */
export function whereTheyDiffer(before: string, after: string): readonly [string, string] {
  if (before.length <= whole && after.length <= whole) return [before, after];
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < shorter - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  return [cut(before, start, before.length - end), cut(after, start, after.length - end)];
}

/** The text from `start` to `end` with some words around it. */
function cut(text: string, start: number, end: number): string {
  const from = start <= context ? 0 : wordBorder(text, start - context, -1);
  const to = text.length - end <= context ? text.length : wordBorder(text, end + context, 1);
  return `${from > 0 ? "… " : ""}${text.slice(from, to)}${to < text.length ? " …" : ""}`;
}

/** The nearest blank from `place` on, not far away; long words are cut. */
function wordBorder(text: string, place: number, step: 1 | -1): number {
  for (let at = place; Math.abs(at - place) < context; at += step) {
    if (at <= 0 || at >= text.length) return Math.max(0, Math.min(at, text.length));
    if (text[at] === " " || text[at] === "\n") return step === 1 ? at : at + 1;
  }
  return place;
}

/** A comparison, or why it could not be made: one of the texts is no model. */
export function attempt<Result extends object>(compare: () => Result): Result | { readonly error: unknown } {
  try {
    return compare();
  } catch (error) {
    return { error };
  }
}
