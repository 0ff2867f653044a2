/**
 * What a step sees of this node: definitions, decisions, forms, the plane, keys and the time. Synchronous; what it asks
 * for and is only in the database is noted in `missing`, fetched by the intake, and the command is stepped again.
 */
import type { Actor } from "../core/command.ts";
import type { Environment, Limits } from "../core/environment.ts";
import type { EpochMs, JsonObject, Key } from "../core/json.ts";
import type { ClusterVariableValues } from "./cluster-variables.ts";
import type { StepInputs } from "./command-record.ts";
import type { Clock, PlanePort } from "./contract/options.ts";
import { type DecisionDefinitions, resultOf } from "./decision-definitions.ts";
import type { Definitions } from "./definitions.ts";
import type { Forms } from "./forms.ts";
import type { KeySource } from "./keys.ts";
import type { TaskListenerList } from "./task-listeners.ts";
import { tracedDecision } from "./tracing.ts";

export interface Catalog {
  readonly definitions: Definitions;
  readonly decisions: DecisionDefinitions;
  readonly forms: Forms;
  readonly clusterVariables: ClusterVariableValues;
  readonly taskListeners: TaskListenerList;
}

/** Asked for during a step and not in memory. */
export type Missing =
  | { readonly kind: "definition"; readonly key: Key }
  | { readonly kind: "decision"; readonly key: Key };

export interface NodeEnvironment {
  readonly catalog: Catalog;
  readonly keys: KeySource;
  readonly plane: PlanePort;
  readonly clock: Clock;
  readonly limits: Limits;
}

export interface StepEnvironment extends Environment {
  readonly missing: Missing[];
  /** What the step has taken so far and no event tells: goes into the record, so that it can be executed again. */
  inputs(): StepInputs;
}

export function stepEnvironment(node: NodeEnvironment, actor: Actor, now: EpochMs): StepEnvironment {
  const { catalog, keys, plane } = node;
  const missing: Missing[] = [];
  let firstKey: Key | null = null;
  let read: JsonObject | null = null;
  let listeners: StepInputs["taskListeners"] = null;
  const nextKey = (): Key => {
    const key = keys.next();
    firstKey ??= key;
    return key;
  };
  function processByKey(key: Key) {
    const process = catalog.definitions.compiled(key);
    if (!process && catalog.definitions.entry(key)) missing.push({ kind: "definition", key });
    return process;
  }
  return {
    missing,
    inputs: () => ({ firstKey, clusterVariables: read, taskListeners: listeners }),
    now,
    actor,
    limits: node.limits,
    nextKey,
    processByKey,
    findProcess(reference) {
      const entry = catalog.definitions.resolve(reference);
      return entry && processByKey(entry.key);
    },
    evaluateDecision(reference, variables, at) {
      const entry = catalog.decisions.find(reference);
      if (!entry) {
        return {
          ok: false,
          failure: {
            kind: "CALLED_DECISION_ERROR",
            message: `Expected a deployed decision with the id '${reference.decisionId}', but there is none for its binding`,
          },
        };
      }
      if (!catalog.decisions.isReady(entry)) {
        missing.push({ kind: "decision", key: entry.key });
        return {
          ok: false,
          failure: {
            kind: "CALLED_DECISION_ERROR",
            message: "Expected the decision in memory, but it is being fetched",
          },
        };
      }
      return resultOf(catalog.decisions.evaluate(entry, variables, now, nextKey(), at));
    },
    decideAction: (request) => tracedDecision(request, () => plane.decide(request)),
    judgeVote: (approval, vote) => plane.judgeVote(approval, vote),
    findForm: (reference) => catalog.forms.find(reference),
    clusterVariables(tenantId) {
      read = catalog.clusterVariables.seenBy(tenantId);
      return read;
    },
    taskListeners(transition) {
      const pinned = catalog.taskListeners.of(transition);
      if (pinned.length > 0) listeners = { ...listeners, [transition]: pinned };
      return pinned;
    },
  };
}

export async function fetchMissing(catalog: Catalog, missing: readonly Missing[]): Promise<void> {
  for (const thing of missing) {
    if (thing.kind === "definition") await catalog.definitions.load(thing.key);
    else {
      const entry = catalog.decisions.entry(thing.key);
      if (entry) await catalog.decisions.load(entry);
    }
  }
}
