/**
 * From a connector's answer to the outcome of its job. Headers of the task decide:
 * `resultVariable` names a variable for the whole answer, `resultExpression` (FEEL) builds variables from it,
 * `errorExpression` (FEEL) may turn it into a BPMN error or a failure by `bpmnError(code, message, variables)`,
 * `jobError(message, variables, retries, retryBackoff)` or `ignoreError(variables)`.
 * The names and meanings follow the connectors of Camunda 8, so that their diagrams behave the same.
 */
import {
  type CompiledExpression,
  compileExpression,
  type FeelScope,
  feelFunction,
  fromJson,
  toJson,
} from "../../decisions/index.ts";
import type { JsonObject, JsonValue } from "../core/json.ts";

export type ConnectorOutcome =
  | { readonly type: "complete"; readonly variables: JsonObject }
  | { readonly type: "bpmnError"; readonly code: string; readonly message: string; readonly variables: JsonObject }
  | {
      readonly type: "fail";
      readonly message: string;
      readonly retries: number | null;
      readonly retryBackOffMs: number | null;
    };

const outcomeMarker = "interlock:outcome";

/** The three functions return contexts with a mark that `judged` reads; arguments that are left out are null. */
const outcomeFunctions = new Map(
  Object.entries({
    bpmnError: ["code", "message", "variables"],
    jobError: ["message", "variables", "retries", "retryBackoff"],
    ignoreError: ["variables"],
  }).map(([name, parameters]) => [
    name,
    feelFunction(
      name,
      parameters.map((parameter) => ({ name: parameter, optional: true })),
      (args) =>
        new Map([
          [outcomeMarker, name],
          ...parameters.map((parameter, index) => [parameter, args[index] ?? null] as const),
        ]),
    ),
  ]),
);

const cache = new Map<string, CompiledExpression>();
const cacheEntriesMax = 2_000;

/** Compiles once per text; task headers are few and repeat for every job. */
function compiled(source: string): CompiledExpression {
  const known = cache.get(source);
  if (known) return known;
  if (cache.size >= cacheEntriesMax) cache.clear();
  const expression = compileExpression(source.replace(/^\s*=/, ""));
  cache.set(source, expression);
  return expression;
}

function evaluateIn(source: string, get: FeelScope["get"]): JsonValue {
  const { value, error } = compiled(source).evaluate({ get });
  if (error) throw new Error(`Expected ${source} to evaluate, but ${error.message}`);
  return toJson(value) as JsonValue;
}

/** Evaluates FEEL over plain JSON variables. Throws with the expression's text when it fails. */
export function evaluateOver(source: string, variables: JsonObject): JsonValue {
  return evaluateIn(source, (name) => (Object.hasOwn(variables, name) ? fromJson(variables[name]) : undefined));
}

function evaluateWithOutcomes(source: string, variables: JsonObject): JsonValue {
  return evaluateIn(
    source,
    (name) => outcomeFunctions.get(name) ?? (Object.hasOwn(variables, name) ? fromJson(variables[name]) : undefined),
  );
}

const isObject = (value: JsonValue | undefined): value is JsonObject =>
  value !== null && typeof value === "object" && !Array.isArray(value);

/** PT5S-like durations of the job headers to milliseconds; null when absent or not a duration. */
export function durationMs(text: string | undefined): number | null {
  const match = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(text ?? "");
  if (!match || text === "P") return null;
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  return (((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60_000 + (seconds ?? 0) * 1000;
}

function judged(value: JsonValue): ConnectorOutcome | "ignore" | null {
  if (!isObject(value) || typeof value[outcomeMarker] !== "string") return null;
  const variables = isObject(value.variables) ? value.variables : {};
  const message = typeof value.message === "string" ? value.message : "";
  if (value[outcomeMarker] === "bpmnError") return { type: "bpmnError", code: String(value.code), message, variables };
  if (value[outcomeMarker] === "ignoreError") return "ignore";
  return {
    type: "fail",
    message,
    retries: typeof value.retries === "number" ? value.retries : null,
    retryBackOffMs: typeof value.retryBackoff === "string" ? durationMs(value.retryBackoff) : null,
  };
}

/**
 * Decides what becomes of the job.
 * @param headers task headers. @param response the connector's answer. @param failure set when the call failed.
 */
export function judgeAnswer(
  headers: Readonly<Record<string, string>>,
  response: JsonObject,
  variables: JsonObject,
  failure: string | null,
): ConnectorOutcome {
  const errorExpression = headers.errorExpression?.trim();
  if (errorExpression) {
    const outcome = judged(
      evaluateWithOutcomes(errorExpression, {
        ...variables,
        response,
        error: failure === null ? null : { message: failure },
      }),
    );
    if (outcome && outcome !== "ignore") return outcome;
    if (outcome === "ignore") return { type: "complete", variables: {} };
  }
  if (failure !== null) return { type: "fail", message: failure, retries: null, retryBackOffMs: null };
  const result: Record<string, JsonValue> = {};
  if (headers.resultVariable) result[headers.resultVariable] = response;
  if (headers.resultExpression?.trim()) {
    const built = evaluateOver(headers.resultExpression, { ...variables, response });
    if (isObject(built)) Object.assign(result, built);
  }
  return { type: "complete", variables: result };
}
