/**
 * Decisions of deployed DMN files in memory: for business rule tasks (synchronous, inside a step) and for the call
 * that evaluates one. Policies are another house: they live in the decision plane.
 */
import {
  compileDecisionModel,
  type DecisionModel,
  type DecisionResult,
  type EvaluatedDecision,
  evaluateDecision,
  evaluateDecisionService,
  toJson,
  toJsonText,
  ValueLimitError,
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
  /** The value as JSON text. */
  readonly output: string;
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

interface ImportRow {
  readonly namespace: string;
  readonly resourceKey: Key;
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
  readonly #resourceKeys = new WeakMap<DecisionModel, Key>();
  /** By resource key: what its model defines, by id. */
  readonly #defined = new Map<Key, Map<string, DecisionEntry>>();

  constructor(database: Database) {
    this.#database = database;
  }

  async refresh(): Promise<void> {
    const rows = await this.#database.query<DecisionRow>(selectDecisions);
    this.#entries.clear();
    this.#versions.clear();
    this.#defined.clear();
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
      const defined = this.#defined.get(entry.resourceKey);
      if (defined) defined.set(entry.decisionId, entry);
      else this.#defined.set(entry.resourceKey, new Map([[entry.decisionId, entry]]));
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

  /** Models of other tools have generated ids: who knows only the name means the one deployed last. */
  findByName(name: string, tenantId: string): DecisionEntry | undefined {
    let found: DecisionEntry | undefined;
    for (const [latest] of this.#versions.values()) {
      if (latest?.name !== name || latest.tenantId !== tenantId) continue;
      if (!found || BigInt(latest.key) > BigInt(found.key)) found = latest;
    }
    return found;
  }

  isReady(entry: DecisionEntry): boolean {
    return this.#models.has(entry.resourceKey);
  }

  keep(resourceKey: Key, model: DecisionModel): void {
    this.#models.set(resourceKey, model);
    this.#resourceKeys.set(model, resourceKey);
  }

  resourceKeyOf(model: DecisionModel): Key | undefined {
    return this.#resourceKeys.get(model);
  }

  async load(entry: DecisionEntry): Promise<void> {
    await this.#model(entry.resourceKey);
  }

  /** The latest deployed model of a namespace: what a new model's import means. */
  async findModel(namespace: string, tenantId: string): Promise<DecisionModel | undefined> {
    const rows = await this.#database.query<{ resource_key: Key }>(
      `select r.resource_key from decision_requirements r join deployment d on d.key = r.deployment_key
       where r.tenant_id = $1 and r.namespace = $2 order by d.deployed_at desc, r.key desc limit 1`,
      [tenantId, namespace],
    );
    return rows[0] && this.#model(rows[0].resource_key);
  }

  /** Compiled with the models that its imports meant when it was deployed. */
  async #model(resourceKey: Key): Promise<DecisionModel | undefined> {
    const known = this.#models.get(resourceKey);
    if (known) return known;
    const [row] = await this.#database.query<{ content: Uint8Array; imports: readonly ImportRow[] }>(
      "select s.content, r.imports from resource s join decision_requirements r on r.resource_key = s.key where s.key = $1",
      [resourceKey],
    );
    if (!row) return undefined;
    const importedModels = new Map<string, DecisionModel>();
    for (const imported of row.imports) {
      const model = await this.#model(imported.resourceKey);
      if (model) importedModels.set(imported.namespace, model);
    }
    const model = await compileDecisionModel(new TextDecoder().decode(row.content), { importedModels });
    this.keep(resourceKey, model);
    return model;
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
    const { decisionId } = entry;
    const service = model.decisionServices.get(decisionId);
    const evaluateIt = service ? evaluateDecisionService : evaluateDecision;
    const result = evaluateIt(model, decisionId, variables, { now: new Date(at).toISOString() });
    const steps = result.evaluated.map((step) => describe(step, this.#entryOf(model, step)));
    const outcome = result.failure ? failed(result.failure) : written(result.value, decisionId);
    if (service && !outcome.failure) steps.push(serviceStep(entry, result.value));
    return { evaluationKey, entry, ...outcome, evaluated: steps, at, place };
  }

  /** The definition of an evaluated decision, which may be one of an imported model. */
  #entryOf(model: DecisionModel, step: EvaluatedDecision): DecisionEntry | null {
    const pending = [model];
    for (let at = 0; at < pending.length; at++) {
      const current = pending[at] as DecisionModel;
      if (current.namespace === step.namespace && current.decisions.has(step.decisionId)) {
        return this.#defined.get(this.#resourceKeys.get(current) ?? "")?.get(step.decisionId) ?? null;
      }
      for (const imported of current.imports) if (!pending.includes(imported.model)) pending.push(imported.model);
    }
    return null;
  }
}

type Outcome = Pick<DecisionTrace, "value" | "output" | "failure">;

function failed({ message, decisionId }: NonNullable<DecisionTrace["failure"]>): Outcome {
  return { value: null, output: "null", failure: { message, decisionId } };
}

/** A value that shares its parts many times over may be too large to be written. */
function written(value: DecisionResult["value"], decisionId: string): Outcome {
  try {
    return { value: toJson(value) as JsonValue, output: toJsonText(value), failure: null };
  } catch (error) {
    if (!(error instanceof ValueLimitError)) throw error;
    return failed({ message: error.message, decisionId });
  }
}

function serviceStep(entry: DecisionEntry, value: DecisionResult["value"]): EvaluatedStep {
  const { decisionId, name } = entry;
  return { decisionId, entry, name, type: "UNKNOWN", output: text(value), inputs: [], rules: [] };
}

/** With every digit of its numbers, like Camunda's; null when it is too large to be written. */
function text(value: EvaluatedDecision["output"]): string {
  try {
    return toJsonText(value);
  } catch (error) {
    if (error instanceof ValueLimitError) return "null";
    throw error;
  }
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
