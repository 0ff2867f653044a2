/** What telling names to parsers may cost one model; `parser-names.ts` spends it. */

/** Work that is left for one model: looking for a name costs 1, telling it to a parser 300. */
export interface NameBudget {
  left: number;
  /** Name → how it is looked for; null when no parser needs to be told of it. */
  readonly known: Map<string, string | null>;
}

const workMax = 30_000_000;

export const newNameBudget = (): NameBudget => ({ left: workMax, known: new Map() });
