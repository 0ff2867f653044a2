/** Jobs: remote workers take them by long polling, workers in this process get them from memory after the commit. */
import type { AgentStepRecord, JobResult } from "../../core/command.ts";
import type { JobKind, ListenerEventType } from "../../core/event.ts";
import type { EpochMs, JsonObject, Key } from "../../core/json.ts";

export interface ActivatedJob {
  readonly jobKey: Key;
  readonly type: string;
  readonly processDefinitionId: string;
  readonly processDefinitionVersion: number;
  readonly processDefinitionKey: Key;
  readonly processInstanceKey: Key;
  readonly rootProcessInstanceKey: Key;
  readonly elementId: string;
  readonly elementInstanceKey: Key;
  readonly customHeaders: Readonly<Record<string, string>>;
  readonly worker: string;
  readonly retries: number;
  readonly deadline: EpochMs;
  readonly variables: JsonObject;
  readonly tenantId: string;
  readonly kind: JobKind;
  readonly listenerEventType: ListenerEventType;
  readonly userTask: JobUserTask | null;
  readonly tags: readonly string[];
  /** Guarded actions: the decision that let the job through, its permit, and the key under which the effect happens once. */
  readonly guard: {
    readonly decisionId: string;
    readonly permit: string | null;
    readonly idempotencyKey: string;
  } | null;
}

/** What a task listener sees of its user task. */
export interface JobUserTask {
  readonly action: string;
  readonly assignee: string | null;
  readonly candidateGroups: readonly string[];
  readonly candidateUsers: readonly string[];
  readonly changedAttributes: readonly string[];
  readonly dueDate: string | null;
  readonly followUpDate: string | null;
  readonly formKey: Key | null;
  readonly priority: number | null;
  readonly userTaskKey: Key | null;
}

export interface ActivateJobsInput {
  readonly type: string;
  readonly worker?: string;
  /** Lock of each job, milliseconds. */
  readonly timeoutMs: number;
  readonly maxJobsToActivate: number;
  /** Long polling: absent or 0 = the engine's default (10 s), negative = answer at once. */
  readonly requestTimeoutMs?: number;
  readonly fetchVariables?: readonly string[];
  readonly tenantIds?: readonly string[];
  /** The caller has gone: no job is locked for it any more. */
  readonly signal?: AbortSignal;
}

export interface CompleteJobInput {
  readonly variables?: JsonObject;
  readonly result?: JobResult;
  readonly agentStep?: AgentStepRecord;
}
export interface FailJobInput {
  /** Absent: one less than the job has. */
  readonly retries?: number;
  readonly errorMessage?: string;
  readonly retryBackOffMs?: number;
  readonly variables?: JsonObject;
  readonly agentStep?: AgentStepRecord;
}
export interface ThrowJobErrorInput {
  readonly errorCode: string;
  readonly errorMessage?: string;
  readonly variables?: JsonObject;
  readonly agentStep?: AgentStepRecord;
}
export interface UpdateJobInput {
  readonly retries?: number;
  readonly priority?: number;
  /** New lock from now, milliseconds. */
  readonly timeoutMs?: number;
}

/** What a worker of this process answers. A thrown error fails the job with one retry less. */
export type WorkerAnswer =
  | ({ readonly type: "complete" } & CompleteJobInput)
  | ({ readonly type: "fail" } & FailJobInput)
  | ({ readonly type: "error" } & ThrowJobErrorInput);

export interface WorkerJob extends ActivatedJob {
  /** Aborted when the engine stops or the job is gone (cancelled, interrupted). */
  readonly signal: AbortSignal;
}

export type WorkerHandler = (job: WorkerJob) => Promise<WorkerAnswer> | WorkerAnswer;

export interface WorkerOptions {
  /** Jobs of this type handled at once; default 32. */
  readonly concurrency?: number;
  /** Name in searches and audit; default "interlock". */
  readonly name?: string;
  readonly fetchVariables?: readonly string[];
  /** Actor of its answers; default { id: name, type: "service" }. */
  readonly actorType?: "service" | "agent";
}
