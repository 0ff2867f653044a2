/** Read model of decision instances: one row per evaluated decision, required ones first. */
import type { RowObject } from "../../store/index.ts";
import type { Key } from "../core/json.ts";
import type { DecisionTrace } from "./decision-definitions.ts";

/** Searches know tables and literal expressions (8.9); the answer of an evaluation names every kind of logic. */
const searchableTypes: ReadonlySet<string> = new Set(["DECISION_TABLE", "LITERAL_EXPRESSION", "UNSPECIFIED"]);

export function decisionRows(trace: DecisionTrace, rootKey: Key | null): RowObject[] {
  const { entry, place } = trace;
  const common = {
    evaluation_key: trace.evaluationKey,
    requirements_key: entry.requirementsKey,
    root_decision_key: entry.key,
    root_key: rootKey,
    instance_key: place?.processInstanceKey ?? null,
    definition_key: place?.definitionKey ?? null,
    element_key: place?.elementInstanceKey ?? null,
    evaluated_at: trace.at,
    tenant_id: entry.tenantId,
  };
  const rows: RowObject[] = trace.evaluated.map((step, index) => ({
    ...common,
    position: index + 1,
    decision_key: step.entry?.key ?? entry.key,
    decision_id: step.decisionId,
    decision_name: step.name,
    decision_type: searchableTypes.has(step.type) ? step.type : "UNKNOWN",
    decision_version: step.entry?.version ?? entry.version,
    failure: trace.failure?.decisionId === step.decisionId ? trace.failure.message : null,
    output: step.output,
    inputs: step.inputs,
    rules: step.rules,
  }));
  const failed = trace.failure;
  if (failed && !trace.evaluated.some((step) => step.decisionId === failed.decisionId)) {
    rows.push({
      ...common,
      position: rows.length + 1,
      decision_key: entry.key,
      decision_id: failed.decisionId,
      decision_name: entry.name,
      decision_type: "UNKNOWN",
      decision_version: entry.version,
      failure: failed.message,
      output: "null",
      inputs: [],
      rules: [],
    });
  }
  return rows;
}
