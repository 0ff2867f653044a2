/** The public face of the engine: everything that the server, the command line and an embedding application may ask. */
import type { EpochMs, JsonObject, Key } from "../../core/json.ts";
import type { AuditLog } from "./audit.ts";
import type { ClusterVariables } from "./cluster-variables.ts";
import type * as Commands from "./commands.ts";
import type { CallContext } from "./context.ts";
import type { Deployment, DeploymentOptions, LatestResource, ResourceFile } from "./deployment.ts";
import type * as Jobs from "./jobs.ts";
import type { AgentTrajectory, EngineNotice, HistoryPage, ReplayReport } from "./record.ts";
import type { Queries } from "./search.ts";
import type { Statistics } from "./statistics.ts";
import type { TaskListeners } from "./task-listeners.ts";
import type { Trail } from "./trail.ts";
import type { Wallets } from "./wallets.ts";

export interface Engine {
  /** Takes up work: timers, jobs of workers of this process, messages, what a crash left behind. */
  start(): Promise<void>;
  /** Takes no new commands, lets running ones finish (at most `drainMs`, default 10 s), ends long polls empty. */
  stop(options?: { readonly drainMs?: number }): Promise<void>;
  health(): EngineHealth;

  /** Atomic. A resource with the checksum and name of its latest version keeps version and key. `invalid` names each problem's place. */
  deploy(resources: readonly ResourceFile[], options: DeploymentOptions, context: CallContext): Promise<Deployment>;
  /** Refuses what `deploy` would refuse for its content, and changes nothing. `invalid` names each problem's place. */
  checkResources(resources: readonly ResourceFile[], tenantId: string, context: CallContext): Promise<void>;
  /** What a deployment of files of these names would replace, in one tenant; names that nothing has are left out. */
  latestResources(names: readonly string[], tenantId: string, context: CallContext): Promise<readonly LatestResource[]>;
  /** A process definition, decision requirements, form or other resource; refused while instances run on it. */
  deleteResource(resourceKey: Key, context: CallContext): Promise<void>;

  createInstance(input: Commands.CreateInstanceInput, context: CallContext): Promise<Commands.CreatedInstance>;
  cancelInstance(processInstanceKey: Key, context: CallContext): Promise<void>;
  modifyInstance(processInstanceKey: Key, input: Commands.ModifyInput, context: CallContext): Promise<void>;
  migrateInstance(processInstanceKey: Key, input: Commands.MigrateInput, context: CallContext): Promise<void>;
  suspendInstance(processInstanceKey: Key, context: CallContext): Promise<void>;
  resumeInstance(processInstanceKey: Key, context: CallContext): Promise<void>;
  /** Only ended root instances; with everything they called, their history included. */
  deleteInstance(processInstanceKey: Key, context: CallContext): Promise<void>;

  activateJobs(input: Jobs.ActivateJobsInput, context: CallContext): Promise<readonly Jobs.ActivatedJob[]>;
  completeJob(jobKey: Key, input: Jobs.CompleteJobInput, context: CallContext): Promise<void>;
  failJob(jobKey: Key, input: Jobs.FailJobInput, context: CallContext): Promise<void>;
  throwJobError(jobKey: Key, input: Jobs.ThrowJobErrorInput, context: CallContext): Promise<void>;
  updateJob(jobKey: Key, input: Jobs.UpdateJobInput, context: CallContext): Promise<void>;
  /** Jobs of this type go to `handler` in this process. Returns the way to take it back. */
  registerWorker(type: string, handler: Jobs.WorkerHandler, options?: Jobs.WorkerOptions): () => void;

  publishMessage(input: Commands.PublishMessageInput, context: CallContext): Promise<Commands.PublishedMessage>;
  /** Now or `notFound`: never buffers. */
  correlateMessage(
    input: Omit<Commands.PublishMessageInput, "timeToLiveMs" | "messageId">,
    context: CallContext,
  ): Promise<Commands.CorrelatedMessage>;
  broadcastSignal(
    input: { readonly signalName: string; readonly variables?: JsonObject; readonly tenantId?: string },
    context: CallContext,
  ): Promise<Commands.BroadcastedSignal>;

  assignUserTask(userTaskKey: Key, input: Commands.AssignUserTaskInput, context: CallContext): Promise<void>;
  unassignUserTask(userTaskKey: Key, context: CallContext): Promise<void>;
  updateUserTask(userTaskKey: Key, input: Commands.UpdateUserTaskInput, context: CallContext): Promise<void>;
  /** Answers when task listeners have let it through; `invalidState` when one denied. */
  completeUserTask(
    userTaskKey: Key,
    input: { readonly variables?: JsonObject; readonly action?: string },
    context: CallContext,
  ): Promise<void>;
  voteOnApproval(userTaskKey: Key, input: Commands.VoteInput, context: CallContext): Promise<void>;

  setVariables(
    elementInstanceKey: Key,
    input: { readonly variables: JsonObject; readonly local?: boolean },
    context: CallContext,
  ): Promise<void>;
  resolveIncident(incidentKey: Key, input: { readonly retries?: number }, context: CallContext): Promise<void>;
  /** All incidents of a process instance, as one batch operation. */
  resolveIncidentsOf(processInstanceKey: Key, context: CallContext): Promise<Commands.CreatedBatchOperation>;
  activateAdHocElements(
    adHocKey: Key,
    input: {
      readonly elements: readonly { readonly elementId: string; readonly variables?: JsonObject }[];
      readonly cancelRemainingInstances?: boolean;
    },
    context: CallContext,
  ): Promise<void>;
  changeAgentBudget(
    elementInstanceKey: Key,
    budget: {
      readonly modelCallsMax?: number;
      readonly toolCallsMax?: number | null;
      readonly tokensMax?: number | null;
      readonly wallTimeMsMax?: number | null;
    },
    context: CallContext,
  ): Promise<void>;
  interruptAgent(
    elementInstanceKey: Key,
    input: { readonly mode: "pause" | "terminate"; readonly reason: string },
    context: CallContext,
  ): Promise<void>;

  evaluateDecision(
    input: Commands.EvaluateDecisionInput,
    context: CallContext,
  ): Promise<Commands.EvaluatedDecisionResult>;
  evaluateConditionals(
    input: Commands.EvaluateConditionalsInput,
    context: CallContext,
  ): Promise<Commands.EvaluatedConditionals>;
  evaluateExpression(
    input: { readonly expression: string; readonly variables?: JsonObject; readonly tenantId?: string },
    context: CallContext,
  ): Promise<Commands.EvaluatedExpression>;

  startBatchOperation(
    input: Commands.BatchOperationInput,
    context: CallContext,
  ): Promise<Commands.CreatedBatchOperation>;
  suspendBatchOperation(batchOperationKey: Key, context: CallContext): Promise<void>;
  resumeBatchOperation(batchOperationKey: Key, context: CallContext): Promise<void>;
  cancelBatchOperation(batchOperationKey: Key, context: CallContext): Promise<void>;

  /**
   * This node's time stands still at `at`, or goes again (null); timers that are due by then fire.
   * @throws {EngineError} `invalidState` when the engine was not started with a clock that can be set.
   */
  pinClock(at: EpochMs | null, context: CallContext): Promise<void>;
  /** An evaluation, with all decisions that it went through. */
  deleteDecisionInstance(decisionEvaluationKey: Key, context: CallContext): Promise<void>;

  readonly clusterVariables: ClusterVariables;
  /** Task listeners of every user task of the installation. */
  readonly taskListeners: TaskListeners;
  readonly queries: Queries;
  readonly statistics: Statistics;
  readonly auditLog: AuditLog;
  readonly wallets: Wallets;
  history(
    processInstanceKey: Key,
    page: { readonly after?: number; readonly limit?: number },
    context: CallContext,
  ): Promise<HistoryPage>;
  agentTrajectory(processInstanceKey: Key, context: CallContext): Promise<readonly AgentTrajectory[]>;
  replay(processInstanceKey: Key, context: CallContext): Promise<ReplayReport>;
  readonly trail: Trail;
  /** Notices after their commit, ids only; the reader must not block. What another node did comes within a moment. */
  subscribe(reader: (notice: EngineNotice) => void): () => void;
}

export interface EngineHealth {
  readonly live: boolean;
  readonly ready: boolean;
  /** Why not ready; empty when ready. */
  readonly reasons: readonly string[];
  readonly commandsInFlight: number;
  readonly instancesCached: number;
  readonly nodeId: number | null;
}
