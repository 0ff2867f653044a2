/** Boxed filter: DMN 1.5 §10.2.2.2. It means `in[match]`: items for which match is true, or the item at a number. */

import type { FeelNumber, FeelScope, FeelValue } from "../../feel/index.ts";
import { isContext, isList, isNumber } from "../../feel/index.ts";
import type { Program, Surroundings } from "../compilation.ts";
import { withNames } from "../compilation.ts";
import type { FilterSource } from "../model-source.ts";
import { refuse } from "./conditional.ts";
import { compileBoxed } from "./expression.ts";

export function compileFilter(surroundings: Surroundings, source: FilterSource): Program {
  const list = compileBoxed(surroundings, source.in, "the list of the filter");
  const match = compileBoxed(withNames(surroundings, ["item"]), source.match, "the match of the filter");
  return (scope, session) => {
    const value = list(scope, session);
    if (value === null) return null;
    const items = isList(value) ? value : [value];
    const kept: FeelValue[] = [];
    for (const item of items) {
      session.charge(1);
      const matched = match(new ItemScope(item, scope), session);
      if (isNumber(matched)) return itemAt(items, matched);
      if (matched === true) kept.push(item);
      else if (matched !== false && matched !== null) return refuse(matched, "the match of the filter", session);
    }
    return kept;
  };
}

/** Counts from 1, and from the end when negative; null beyond the ends (DMN 1.5 table 48). */
function itemAt(items: readonly FeelValue[], position: FeelNumber): FeelValue {
  if (typeof position !== "number") return null;
  return items[position > 0 ? position - 1 : items.length + position] ?? null;
}

/** `item`, and the entries of the item where it is a context. */
class ItemScope implements FeelScope {
  private readonly item: FeelValue;
  private readonly parent: FeelScope;

  constructor(item: FeelValue, parent: FeelScope) {
    this.item = item;
    this.parent = parent;
  }

  get(name: string): FeelValue | undefined {
    const entry = isContext(this.item) ? this.item.get(name) : undefined;
    if (entry !== undefined) return entry;
    return name === "item" ? this.item : this.parent.get(name);
  }
}
