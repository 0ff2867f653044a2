/**
 * The facts of a request as an evaluation sees them. JSON has no dates and no exact numbers: where the model declares
 * a type, texts become what it says (`"2026-01-31"` for a date, `"0.10"` only where a JSON number could not carry it).
 * Values are converted at the first look: the size of the payload does not matter.
 */

import type { EvaluationSession, FeelScope, FeelType, FeelValue } from "../feel/index.ts";
import { compileExpression, isContext, isList, scopeFromJson } from "../feel/index.ts";
import type { InputNode, RunInputs } from "./graph.ts";
import { baseOf } from "./item-definitions.ts";
import type { DecisionModel } from "./model.ts";

/** Facts by name: JSON (converted on first use, by the declared types), or FEEL values. */
export type DecisionVariables = Readonly<Record<string, unknown>> | FeelScope;

export function runInputs(model: DecisionModel, variables: DecisionVariables, session: EvaluationSession): RunInputs {
  if (isScope(variables))
    return { get: (name) => variables.get(name), input: (node) => findInput(model, variables, node) };
  const scope = scopeFromJson(variables);
  return {
    get: (name) => scope.get(name),
    input: (node) => {
      const value = findInput(model, scope, node);
      return value === undefined || !node.type ? value : fromText(value, node.type, session);
    },
  };
}

/** A scope is told by its `get`; a JSON payload cannot hold a function. */
function isScope(variables: DecisionVariables): variables is FeelScope {
  return typeof (variables as FeelScope).get === "function";
}

/** By its name; input data of an imported model also within a context of the import's name. */
function findInput(model: DecisionModel, scope: FeelScope, node: InputNode): FeelValue | undefined {
  const value = scope.get(node.name);
  if (value !== undefined || node.namespace === model.namespace) return value;
  const [first, ...others] = importPath(model, node.namespace) ?? [];
  let context: FeelValue | undefined = first === undefined ? undefined : scope.get(first);
  for (const name of others) context = isContext(context) ? context.get(name) : undefined;
  return isContext(context) ? context.get(node.name) : undefined;
}

/** The shortest chain of import names to a namespace; a model reached twice is looked into once. */
function importPath(model: DecisionModel, namespace: string): readonly string[] | undefined {
  const seen = new Set<DecisionModel>([model]);
  const pending: { readonly model: DecisionModel; readonly path: readonly string[] }[] = [{ model, path: [] }];
  for (let at = 0; at < pending.length; at++) {
    const { model: current, path } = pending[at]!;
    for (const imported of current.imports) {
      if (imported.namespace === namespace) return [...path, imported.name];
      if (seen.has(imported.model)) continue;
      seen.add(imported.model);
      pending.push({ model: imported.model, path: [...path, imported.name] });
    }
  }
  return undefined;
}

/** Texts to values of the declared type, through lists and contexts; what does not read as the type stays as it is. */
function fromText(value: FeelValue, type: FeelType, session: EvaluationSession): FeelValue {
  const base = baseOf(type);
  if (typeof value === "string") return textReaders.get(base.kind)?.(value, session) ?? value;
  if (base.kind === "list" && isList(value)) {
    session.chargeList(value.length);
    return value.map((item) => fromText(item, base.item, session));
  }
  if (base.kind === "context" && isContext(value)) {
    session.charge(value.size);
    return new Map(
      [...value].map(([name, entry]) => {
        const entryType = base.entries.get(name);
        return [name, entryType ? fromText(entry, entryType, session) : entry];
      }),
    );
  }
  return value;
}

const reader = (source: string) => {
  const compiled = compileExpression(source);
  return (text: string, session: EvaluationSession): FeelValue => {
    session.quiet++;
    const value = compiled.run(new Map([["text", text]]), session);
    session.quiet--;
    return value;
  };
};

const textReaders = new Map<FeelType["kind"], (text: string, session: EvaluationSession) => FeelValue>([
  ["date", reader("date(text)")],
  ["time", reader("time(text)")],
  ["date and time", reader("date and time(text)")],
  ["days and time duration", reader("duration(text)")],
  ["years and months duration", reader("duration(text)")],
  ["number", (text, session) => (isLossy(text) ? readNumber(text, session) : null)],
]);

const readNumber = reader("number(text)");

/** Whether a number's text would change on its way through a double. */
function isLossy(text: string): boolean {
  if (!/^-?\d{1,400}(\.\d{1,400})?$/.test(text)) return false;
  return !Number.isSafeInteger(Number(text)) && text.replace(/[-.]/g, "").length > 15;
}
