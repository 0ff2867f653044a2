/**
 * Variables and their scopes: every element instance may hold locals; a name is looked up from the innermost scope
 * outwards and never beyond its process instance (rules 67–70).
 */
import { emit } from "./emit.ts";
import type { Result } from "./failure.ts";
import type { ElementInstance } from "./instance.ts";
import { isProcessRoot } from "./instance.ts";
import type { JsonObject, JsonValue } from "./json.ts";
import type { Step } from "./machine.ts";
import type { Expression, VariableLookup } from "./process.ts";

/** Variables as `self` sees them; `extra` names come first and are nobody's variables (loop counters of conditions). */
export function variablesOf(self: ElementInstance | null, extra?: ReadonlyMap<string, JsonValue>): VariableLookup {
  return {
    get(name) {
      const additional = extra?.get(name);
      if (additional !== undefined) return additional;
      for (let scope = self; scope; scope = isProcessRoot(scope) ? null : scope.parent) {
        const value = scope.variables?.get(name);
        if (value !== undefined) return value;
      }
      return undefined;
    },
  };
}

/** All variables that `self` sees, inner ones hiding outer ones. */
export function visibleVariables(self: ElementInstance): JsonObject {
  const seen = new Map<string, JsonValue>();
  for (let scope: ElementInstance | null = self; scope; scope = isProcessRoot(scope) ? null : scope.parent) {
    if (!scope.variables) continue;
    for (const [name, value] of scope.variables) if (!seen.has(name)) seen.set(name, value);
  }
  return Object.fromEntries(seen);
}

const nothing: VariableLookup = { get: () => undefined };
const clusterName = "camunda";

/** Variables of the installation are found last, and only by expressions that name them. */
function withCluster(
  step: Step,
  self: ElementInstance,
  expression: Expression,
  lookup: VariableLookup,
): VariableLookup {
  const { clusterVariables } = step.environment;
  if (!clusterVariables || !expression.references.includes(clusterName)) return lookup;
  return {
    get: (name) => lookup.get(name) ?? (name === clusterName ? clusterVariables(self.process.tenantId) : undefined),
  };
}

/** Evaluates for `self`; warnings go into the record. Static texts and constants cost nothing. */
export function evaluate(
  step: Step,
  self: ElementInstance,
  expression: Expression,
  variables?: VariableLookup,
): Result<JsonValue> {
  if (expression.constant !== undefined) return { ok: true, value: expression.constant };
  const lookup = variables ?? (expression.references.length === 0 ? nothing : variablesOf(self));
  const result = expression.evaluate(withCluster(step, self, expression, lookup), step.now);
  if (result.warnings && result.warnings.length > 0) {
    emit(step, {
      type: "expressionWarned",
      element: self.key,
      expression: expression.source,
      warnings: result.warnings,
    });
  }
  if (result.ok && exceeds(result.value, step.environment.limits.variablesBytesMax)) {
    return {
      ok: false,
      failure: {
        kind: "MESSAGE_SIZE_EXCEEDED",
        message: `Expected the value of '${expression.source}' to have at most ${step.environment.limits.variablesBytesMax} bytes and ${depthMax} levels, but it has more`,
      },
    };
  }
  return result;
}

export function setLocal(step: Step, scope: ElementInstance, values: JsonObject): void {
  const names = Object.keys(values);
  if (names.length === 0) return;
  if (step.instance.conditionals.size > 0) recordChange(step, scope, names);
  emit(step, { type: "variablesSet", scope: scope.key, instance: scope.process.key, values });
}

function recordChange(step: Step, scope: ElementInstance, names: readonly string[]): void {
  const created = new Set<string>();
  const updated = new Set<string>();
  for (const name of names) (scope.variables?.has(name) ? updated : created).add(name);
  step.changes.push({ scope, created, updated });
}

/** Each value goes to the nearest scope that has its name, else to the root of the process instance (rule 67). */
export function mergeUp(step: Step, from: ElementInstance, values: JsonObject): void {
  const names = Object.keys(values);
  if (names.length === 0) return;
  if (isProcessRoot(from)) {
    setLocal(step, from, values);
    return;
  }
  const byScope = new Map<ElementInstance, [string, JsonValue][]>();
  for (const name of names) {
    const scope = holderOf(from, name);
    const entries = byScope.get(scope);
    if (entries) entries.push([name, values[name]!]);
    else byScope.set(scope, [[name, values[name]!]]);
  }
  for (const [scope, entries] of byScope) setLocal(step, scope, Object.fromEntries(entries));
}

function holderOf(from: ElementInstance, name: string): ElementInstance {
  let scope = from;
  while (!isProcessRoot(scope) && !scope.variables?.has(name)) {
    // What tools of an agent or of a job worker leave stays in their activation; only the collected output leaves (rule 73).
    if (scope.type === "adHocInnerInstance" && isDriven(scope)) return scope;
    scope = scope.parent!;
  }
  return scope;
}

function isDriven(inner: ElementInstance): boolean {
  return inner.element.job !== undefined || Boolean(inner.element.adHoc?.agent);
}

/** What the store and every reader of the log can bear (invariant I8). */
const depthMax = 64;

/** True when the JSON text of `value` would exceed `bytesMax`, or when it is nested too deep; stops counting there. Iterative. */
export function exceeds(value: JsonValue, bytesMax: number): boolean {
  if (typeof value === "string") return value.length > bytesMax;
  if (value === null || typeof value !== "object") return false;
  let bytes = 0;
  let level: JsonValue[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > depthMax) return true;
    const next: JsonValue[] = [];
    for (const item of level) {
      bytes += typeof item === "string" ? item.length + 2 : 4;
      if (bytes > bytesMax) return true;
      if (item === null || typeof item !== "object") continue;
      if (isList(item)) {
        for (const member of item) next.push(member);
      } else {
        for (const name of Object.keys(item)) {
          bytes += name.length + 3;
          next.push(item[name]!);
        }
      }
    }
    level = next;
  }
  return false;
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** Writes `value` at a dotted path into a copy of `values`; objects on the way are merged. */
export function atPath(base: JsonValue | undefined, path: readonly string[], value: JsonValue): JsonValue {
  if (path.length === 0) return value;
  const [name, ...rest] = path as [string, ...string[]];
  const object = base !== null && typeof base === "object" && !Array.isArray(base) ? (base as JsonObject) : {};
  const own = Object.hasOwn(object, name) ? object[name] : undefined;
  const entries = Object.entries(object).filter(([key]) => key !== name);
  return Object.fromEntries([...entries, [name, atPath(own, rest, value)]]);
}

/** A static text as an expression, for what a model leaves out. */
export function fixedText(text: string): Expression {
  return { source: text, references: [], constant: text, evaluate: () => ({ ok: true, value: text }) };
}
