/**
 * Which of the known names an expression's parser is told: those with blanks, operators or keywords in them, which it
 * would take apart otherwise (DMN 1.5 §10.3.1.4), and only where the text can hold them. Each name that it is told
 * costs the parser some 15 µs at every expression, so a model of 10,000 such names and 500 expressions took 20 s: the
 * work is budgeted over the whole model.
 */
import { type Names, placeIn, type Surroundings } from "./compilation.ts";
import type { NameBudget } from "./name-budget.ts";

const tellingCost = 300;

/** The names for the parser of `text`; a model that needs too many is refused once, and gets none from then on. */
export function parserNames(surroundings: Surroundings, text: string): readonly string[] {
  const { compilation, names } = surroundings;
  const budget = compilation.nameBudget;
  const squeezed = squeeze(text);
  const found: string[] = [];
  for (const name of visibleNames(names, compilation.componentNames)) {
    const soughtAs = lookUp(budget, name);
    const occurs = soughtAs !== null && squeezed.includes(soughtAs);
    if (occurs) found.push(name);
    const before = budget.left;
    budget.left -= occurs ? tellingCost : 1;
    if (budget.left > 0) continue;
    const message = "Expected fewer names with blanks and operators, but the model has too many for its expressions";
    if (before > 0) compilation.log.error("model-names", message, placeIn(surroundings, undefined));
    return [];
  }
  return found;
}

function* visibleNames(names: Names | undefined, componentNames: ReadonlySet<string>): Iterable<string> {
  for (let level = names; level; level = level.parent) yield* level.own;
  yield* componentNames;
}

function lookUp({ known }: NameBudget, name: string): string | null {
  let soughtAs = known.get(name);
  if (soughtAs === undefined) {
    soughtAs = needsContext(name) ? squeeze(name) : null;
    known.set(name, soughtAs);
  }
  return soughtAs;
}

const needsContext = (name: string): boolean => !/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name);

/** The grammar compares names with blanks around operators and runs of blanks left out: without any, more texts fit. */
const squeeze = (text: string): string => text.replace(/\s+/g, "");
