/** A job as its worker gets it: the row or event, and the variables that its element sees. */
import type { Event } from "../../core/event.ts";
import { type Instance, jobVariables } from "../../core/index.ts";
import type { EpochMs, JsonObject, JsonValue, Key } from "../../core/json.ts";
import type { ActivatedJob, JobUserTask } from "../contract/jobs.ts";
import type { Definitions } from "../definitions.ts";
import { pendingVariables, withPending } from "./user-task-of-job.ts";

/** What the engine knows of a job; from the table or from `jobCreated`. */
export interface JobFacts {
  readonly key: Key;
  readonly rootKey: Key;
  readonly instanceKey: Key;
  readonly definitionKey: Key;
  readonly elementKey: Key;
  readonly elementId: string;
  readonly type: string;
  readonly kind: ActivatedJob["kind"];
  readonly listenerEventType: ActivatedJob["listenerEventType"];
  readonly retries: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly guard: Extract<Event, { type: "jobCreated" }>["guard"] | null;
  readonly userTaskKey: Key | null;
  readonly tenantId: string;
}

/** Null: the job's element is gone, so is the job. */
export function viewJob(
  facts: JobFacts,
  instance: Instance,
  definitions: Definitions,
  given: {
    readonly worker: string;
    readonly deadline: EpochMs;
    readonly fetchVariables?: readonly string[] | undefined;
    readonly userTask: JobUserTask | null;
  },
): ActivatedJob | null {
  const element = instance.elements.get(facts.elementKey);
  if (!element || !instance.waits.has(facts.key)) return null;
  const definition = definitions.entry(facts.definitionKey);
  const listening = facts.kind === "TASK_LISTENER" ? element.detail?.userTask : undefined;
  const all = { ...jobVariables(element, facts.guard?.args ?? null), ...pendingVariables(listening) };
  return {
    jobKey: facts.key,
    type: facts.type,
    processDefinitionId: definition?.processId ?? element.definition.process.processId,
    processDefinitionVersion: definition?.version ?? element.definition.process.version,
    processDefinitionKey: facts.definitionKey,
    processInstanceKey: facts.instanceKey,
    rootProcessInstanceKey: facts.rootKey,
    elementId: facts.elementId,
    elementInstanceKey: facts.elementKey,
    customHeaders: facts.headers,
    worker: given.worker,
    retries: facts.retries,
    deadline: given.deadline,
    variables: given.fetchVariables && given.fetchVariables.length > 0 ? only(all, given.fetchVariables) : all,
    tenantId: facts.tenantId,
    kind: facts.kind,
    listenerEventType: facts.listenerEventType,
    userTask: given.userTask && withPending(given.userTask, listening),
    tags: element.process.tags,
    guard: facts.guard
      ? { decisionId: facts.guard.decisionId, permit: facts.guard.permit, idempotencyKey: facts.guard.idempotencyKey }
      : null,
  };
}

function only(variables: JsonObject, names: readonly string[]): JsonObject {
  const chosen: [string, JsonValue][] = [];
  for (const name of new Set(names)) {
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (value !== undefined) chosen.push([name, value]);
  }
  return Object.fromEntries(chosen);
}
