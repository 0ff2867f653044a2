/**
 * Decisions of deployed DMN files in memory: for business rule tasks (synchronous, inside a step) and for the call
 * that evaluates one. Policies are another house: they live in the decision plane.
 */
import {
  compileDecisionModel,
  type DecisionModel,
  type EvaluatedDecision,
  evaluateDecision,
  toJson,
} from "../../decisions/index.ts";
import type { Database } from "../../store/index.ts";
import type { Failure, Result } from "../core/failure.ts";
import type { EpochMs, JsonObject, JsonValue, Key } from "../core/json.ts";
import type { Binding } from "../core/process.ts";
import { pickVersion } from "./versions.ts";

export interface DecisionEntry {
  readonly key: Key;
  readonly decisionId: string;
  readonly name: string;
  readonly version: number;
  readonly versionTag: string | null;
  readonly requirementsKey: Key;
  readonly requirementsId: string;
  readonly resourceKey: Key;
  readonly deploymentKey: Key;
  readonly tenantId: string;
}

/** One evaluation with everything that the read model shows of it. */
export interface DecisionTrace {
  readonly evaluationKey: Key;
  readonly entry: DecisionEntry;
  readonly value: JsonValue;
  readonly failure: { readonly message: string; readonly decisionId: string } | null;
  readonly evaluated: readonly EvaluatedStep[];
  readonly at: EpochMs;
  readonly place: {
    readonly processInstanceKey: Key;
    readonly elementInstanceKey: Key;
    readonly definitionKey: Key;
  } | null;
}

export interface EvaluatedStep {
  readonly decisionId: string;
  readonly entry: DecisionEntry | null;
  readonly name: string;
  readonly type: string;
  /** JSON text */
  readonly output: string;
  readonly inputs: readonly { readonly inputId: string; readonly inputName: string; readonly inputValue: string }[];
  readonly rules: readonly {
    readonly ruleId: string;
    readonly ruleIndex: number;
    readonly evaluatedOutputs: readonly {
      readonly outputId: string;
      readonly outputName: string;
      readonly outputValue: string;
      readonly ruleId: string;
      readonly ruleIndex: number;
    }[];
  }[];
}

interface DecisionRow {
  key: Key;
  decision_id: string;
  name: string;
  version: number;
  version_tag: string | null;
  requirements_key: Key;
  requirements_id: string;
  resource_key: Key;
  deployment_key: Key;
  tenant_id: string;
}

const selectDecisions = `select d.key, d.decision_id, d.name, d.version, d.version_tag, d.requirements_key, r.requirements_id,
  r.resource_key, d.deployment_key, d.tenant_id
  from decision_definition d join decision_requirements r on r.key = d.requirements_key`;

export class DecisionDefinitions {
  readonly #database: Database;
  readonly #entries = new Map<Key, DecisionEntry>();
  readonly #versions = new Map<string, DecisionEntry[]>();
  /** By resource key. */
  readonly #models = new Map<Key, DecisionModel>();

  constructor(database: Database) {
    this.#database = database;
  }

  async refresh(): Promise<void> {
    const rows = await this.#database.query<DecisionRow>(selectDecisions);
    this.#entries.clear();
    this.#versions.clear();
    for (const row of rows) {
      const entry: DecisionEntry = {
        key: row.key,
        decisionId: row.decision_id,
        name: row.name,
        version: row.version,
        versionTag: row.version_tag,
        requirementsKey: row.requirements_key,
        requirementsId: row.requirements_id,
        resourceKey: row.resource_key,
        deploymentKey: row.deployment_key,
        tenantId: row.tenant_id,
      };
      this.#entries.set(entry.key, entry);
      const id = JSON.stringify([entry.tenantId, entry.decisionId]);
      const versions = this.#versions.get(id) ?? [];
      versions.push(entry);
      versions.sort((left, right) => right.version - left.version);
      this.#versions.set(id, versions);
    }
  }

  entry(key: Key): DecisionEntry | undefined {
    return this.#entries.get(key);
  }

  find(reference: {
    readonly decisionId: string;
    readonly binding: Binding;
    readonly callerDeploymentKey: Key;
    readonly tenantId: string;
  }): DecisionEntry | undefined {
    return pickVersion(
      this.#versions.get(JSON.stringify([reference.tenantId, reference.decisionId])),
      reference.binding,
      reference.callerDeploymentKey,
    );
  }

  isReady(entry: DecisionEntry): boolean {
    return this.#models.has(entry.resourceKey);
  }

  keep(resourceKey: Key, model: DecisionModel): void {
    this.#models.set(resourceKey, model);
  }

  async load(entry: DecisionEntry): Promise<void> {
    if (this.#models.has(entry.resourceKey)) return;
    const rows = await this.#database.query<{ content: Uint8Array }>("select content from resource where key = $1", [
      entry.resourceKey,
    ]);
    const content = rows[0]?.content;
    if (content) this.#models.set(entry.resourceKey, await compileDecisionModel(new TextDecoder().decode(content)));
  }

  /** Evaluates a decision that is ready. Failures of the evaluation stand in the trace. */
  evaluate(
    entry: DecisionEntry,
    variables: JsonObject,
    at: EpochMs,
    evaluationKey: Key,
    place: DecisionTrace["place"],
  ): DecisionTrace {
    const model = this.#models.get(entry.resourceKey);
    if (!model) throw new Error(`Expected the decision ${entry.decisionId} to be loaded, but it is not`);
    const result = evaluateDecision(model, entry.decisionId, variables as Record<string, unknown>, {
      now: new Date(at).toISOString(),
    });
    const siblings = new Map(
      [...this.#entries.values()]
        .filter((other) => other.resourceKey === entry.resourceKey)
        .map((other) => [other.decisionId, other]),
    );
    const failure = result.failure
      ? { message: result.failure.message, decisionId: result.failure.decisionId ?? entry.decisionId }
      : null;
    return {
      evaluationKey,
      entry,
      value: failure ? null : (toJson(result.value) as JsonValue),
      failure,
      evaluated: result.evaluated.map((step) => describe(step, siblings.get(step.decisionId) ?? null)),
      at,
      place,
    };
  }
}

function text(value: EvaluatedDecision["output"]): string {
  return JSON.stringify(toJson(value)) ?? "null";
}

function describe(step: EvaluatedDecision, entry: DecisionEntry | null): EvaluatedStep {
  return {
    decisionId: step.decisionId,
    entry,
    name: step.decisionName,
    type: step.type,
    output: text(step.output),
    inputs: step.inputs.map((input) => ({ inputId: input.id, inputName: input.name, inputValue: text(input.value) })),
    rules: step.matchedRules.map((rule) => ({
      ruleId: rule.ruleId,
      ruleIndex: rule.ruleIndex,
      evaluatedOutputs: rule.outputs.map((output) => ({
        outputId: output.id,
        outputName: output.name,
        outputValue: text(output.value),
        ruleId: rule.ruleId,
        ruleIndex: rule.ruleIndex,
      })),
    })),
  };
}

/** What a business rule task makes of a trace. */
export function resultOf(trace: DecisionTrace): Result<{
  readonly value: JsonValue;
  readonly evaluationKey: Key;
  readonly decisionKey: Key;
  readonly trace: unknown;
}> {
  if (trace.failure) {
    const failure: Failure = { kind: "DECISION_EVALUATION_ERROR", message: trace.failure.message };
    return { ok: false, failure };
  }
  return {
    ok: true,
    value: { value: trace.value, evaluationKey: trace.evaluationKey, decisionKey: trace.entry.key, trace },
  };
}
