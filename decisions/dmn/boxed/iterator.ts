/** Boxed for, some and every: DMN 1.5 §10.2.2.3. They mean what FEEL's `for`, `some` and `every` mean. */

import type { EvaluationSession, FeelScope, FeelValue } from "../../feel/index.ts";
import { compileExpression, isList } from "../../feel/index.ts";
import { coerceValue } from "../coercion.ts";
import type { Program, Surroundings } from "../compilation.ts";
import { placeIn, typedProgram, typeFor, withNames } from "../compilation.ts";
import type { IteratorSource } from "../model-source.ts";
import { refuse } from "./conditional.ts";
import { compileBoxed } from "./expression.ts";

export function compileFor(surroundings: Surroundings, source: IteratorSource): Program {
  const list = compileSource(surroundings, source);
  const body = compileBoxed(withNames(surroundings, [source.variable, "partial"]), source.body, "the return of for");
  return (scope, session) => {
    const items = iterate(list(scope, session), session);
    if (items === null) return null;
    const results: FeelValue[] = [];
    for (const item of items) {
      if (results.length >= session.limits.listItemsMax) session.chargeList(results.length + 1);
      session.charge(1);
      results.push(body(new ItemScope(source.variable, item, scope, { results, session }), session));
    }
    return results;
  };
}

export function compileQuantified(surroundings: Surroundings, source: IteratorSource): Program {
  const list = compileSource(surroundings, source);
  const satisfies = compileBoxed(withNames(surroundings, [source.variable]), source.body, `the test of ${source.kind}`);
  const decisive = source.kind === "some";
  return (scope, session) => {
    const items = iterate(list(scope, session), session);
    if (items === null) return null;
    let answer: FeelValue = !decisive;
    for (const item of items) {
      session.charge(1);
      const test = satisfies(new ItemScope(source.variable, item, scope), session);
      if (test === decisive) return decisive;
      if (test === null) answer = null;
      else if (typeof test !== "boolean") return refuse(test, source.kind, session);
    }
    return answer;
  };
}

function compileSource(surroundings: Surroundings, source: IteratorSource): Program {
  if (source.variable === "") {
    const message = `Expected a name for the variable of ${source.kind}, but there is none`;
    surroundings.compilation.log.error("expression-incomplete", message, placeIn(surroundings, source.id));
  }
  const program = compileBoxed(surroundings, source.in, `the list of ${source.kind}`);
  return typedProgram(program, typeFor(surroundings, source.inTypeRef, source.id), coerceValue);
}

/** FEEL says what can be walked: lists, ranges of whole numbers and of dates. */
const elementsOf = compileExpression("for element in elements return element");

function iterate(value: FeelValue, session: EvaluationSession): readonly FeelValue[] | null {
  if (isList(value)) return value;
  const elements = elementsOf.run(new Map([["elements", value]]), session);
  return isList(elements) ? elements : null;
}

/** The scope of one iteration. A new one for each, because a function made inside may outlive it. */
class ItemScope implements FeelScope {
  private readonly name: string;
  private readonly item: FeelValue;
  private readonly parent: FeelScope;
  private readonly partial: Results | undefined;

  constructor(name: string, item: FeelValue, parent: FeelScope, partial?: Results) {
    this.name = name;
    this.item = item;
    this.parent = parent;
    this.partial = partial;
  }

  get(name: string): FeelValue | undefined {
    if (name === this.name) return this.item;
    if (name === "partial" && this.partial) return copyResults(this.partial);
    return this.parent.get(name);
  }
}

/** What a `for` has returned so far: its body sees it as `partial`. */
interface Results {
  readonly results: readonly FeelValue[];
  readonly session: EvaluationSession;
}

/** A copy: a value that held the growing list itself would be cyclic. Copies are paid for. */
function copyResults({ results, session }: Results): FeelValue {
  session.chargeList(results.length);
  return results.slice();
}
