/**
 * State of one instance (the aggregate: a root process instance and every process instance called from it).
 * Plain data that only `apply` changes. Element instances form a tree; the root element instance of a called process
 * hangs below its call activity. `Detail` is plain JSON on purpose: a snapshot carries it as it is.
 */
import type { Actor, AgentStepRecord } from "./command.ts";
import type { Definition } from "./definition.ts";
import type { ApprovalTerms, Constraint, Determination, Fact } from "./environment.ts";
import type { ElementInstanceType, JobKind, ListenerEventType } from "./event.ts";
import type { IncidentType } from "./failure.ts";
import type { EpochMs, JsonObject, JsonValue, Key } from "./json.ts";
import type { ExecutableProcess, ProcessElement } from "./process.ts";

/** Where an activation or completion is taken up again after an incident or a listener. */
export type Stage =
  | "loop"
  | "inputs"
  | "startListeners"
  | "subscribe"
  | "guard"
  | "enter"
  | "outputs"
  | "endListeners"
  | "finish"
  | "job"
  | "collect"
  | "agent"
  | "resumeAgent";

/** What happens when an element instance has gone, or when a scope has become empty, after an interruption. */
export type Continuation =
  | { readonly do: "boundary"; readonly event: number; readonly variables: JsonObject }
  | { readonly do: "eventSubProcess"; readonly event: number; readonly variables: JsonObject }
  | { readonly do: "complete" }
  | { readonly do: "nothing" }
  | { readonly do: "cancelTransaction" };

export interface LoopState {
  /** Snapshot of the collection (rule 49); null when only a cardinality is given. */
  readonly items: readonly JsonValue[] | null;
  readonly total: number;
  started: number;
  completed: number;
  terminated: number;
  readonly outputs: JsonValue[] | null;
}

/** A completed activity that can be undone, oldest first in its scope. */
export interface CompensationRecord {
  readonly key: Key;
  readonly element: number;
  /** Sub-process: its data at completion (rule 44) and what it holds to undo. */
  readonly variables?: JsonObject;
  readonly inner?: CompensationRecord[];
  /** Guarded action that this record undoes. */
  readonly decisionId?: string;
  readonly args?: JsonObject;
}

/** One compensation in progress in a scope: strictly one handler after the other (rule 39). */
export interface CompensationRun {
  readonly id: Key;
  /** Element instance that waits for the end of the run; null when nobody does. */
  readonly thrower: Key | null;
  current: Key | null;
  currentRecord: CompensationRecord | null;
  readonly records: CompensationRecord[];
}

export interface ApprovalDetail {
  readonly decisionId: string;
  readonly requester: Actor;
  terms: ApprovalTerms;
  votes: { readonly actor: Actor; readonly verdict: "approve" | "reject" | "edit"; readonly at: EpochMs }[];
  escalated: boolean;
  state: "pending" | "approved" | "edited" | "rejected" | "timedOut" | "stale";
}

export interface GuardState {
  action: string;
  args: JsonObject;
  facts: Readonly<Record<string, Fact>>;
  decisionId: string | null;
  determination: Determination | null;
  constraints: readonly Constraint[];
  approval: ApprovalDetail | null;
  started: boolean;
  blocked: string | null;
  /** Pattern 3: the default let it pass or holds it until the plane has answered. */
  asynchronous: "running" | "holding" | null;
}

export interface AgentToolCall {
  readonly id: string;
  readonly name: string;
  readonly inner: Key | null;
  returned: boolean;
}

export interface AgentState {
  turn: number;
  modelCalls: number;
  toolCalls: number;
  inputTokens: number;
  outputTokens: number;
  model: string | null;
  promptHash: string | null;
  responseHash: string | null;
  lastTool: string;
  paused: boolean;
  startedAt: EpochMs;
  /** Evaluated once, when the agent was entered; frozen for its life. */
  readonly prompts: { readonly system: string; readonly user: string; readonly model: string };
  /** The recorded conversation: what the next turn is told. */
  turns: {
    readonly text: string | null;
    readonly toolCalls: AgentStepRecord["toolCalls"];
    readonly results: { id: string; name: string; content: JsonValue }[];
  }[];
  budget: {
    modelCallsMax: number;
    toolCallsMax: number | null;
    tokensMax: number | null;
    wallTimeMsMax: number | null;
  };
  calls: AgentToolCall[];
  /** Tools that the model is not told of in this turn; a call of one of them is a call of no tool. */
  hidden?: readonly string[];
  /** Proposals that are held back until somebody has resolved a sequence violation. */
  held: AgentStepRecord["toolCalls"] | null;
}

/** What only some element instances have. Plain JSON. */
export interface Detail {
  loop?: LoopState;
  compensations?: CompensationRecord[];
  runs?: CompensationRun[];
  guard?: GuardState;
  agent?: AgentState;
  pending?: Continuation;
  /** An interrupting event sub-process has been triggered in this scope (rules 18, 19). */
  interrupted?: boolean;
  /** Parallel multiple events: definitions that have been triggered, by event element. */
  triggered?: Record<number, number[]>;
  /** Joins of this scope that have fired at least once (rule 2). */
  fired?: number[];
  /** Complex gateways that wait for reset: flows that have delivered their token (rule 13). */
  resetting?: Record<number, number[]>;
  startListeners?: number;
  endListeners?: number;
  /** Scope reopened to compensate what it holds (no entry elements are started). */
  compensating?: boolean;
  /** Ad-hoc: the job worker has said that the sub-process may complete. */
  fulfilled?: boolean;
  userTask?: UserTaskListening;
  adHocQueue?: number[];
  loopCounter?: number;
  arrived?: JsonObject;
  start?: {
    readonly elements: readonly number[];
    readonly triggered: number | null;
    readonly variables: JsonObject;
    readonly definition: number;
  };
}

/** A user task transition that waits for its task listeners. */
export interface UserTaskListening {
  readonly eventType: ListenerEventType;
  readonly done: number;
  readonly pending: JsonObject;
  /** Listeners of the installation, as they were when the transition began. */
  readonly listeners?: readonly PinnedListener[];
}

/** A task listener that the installation has for every user task. */
export interface PinnedListener {
  readonly type: string;
  readonly retries: number;
  /** Works after the listeners of the model. */
  readonly last: boolean;
}

export interface ElementInstance {
  readonly key: Key;
  readonly type: ElementInstanceType;
  definition: Definition;
  element: ProcessElement;
  process: ProcessInstance;
  parent: ElementInstance | null;
  state: "active" | "completing" | "terminating" | "gone";
  children: Set<ElementInstance> | null;
  variables: Map<string, JsonValue> | null;
  /** Tokens that wait on flows into joins of this scope, by flow index. */
  tokens: Map<number, number> | null;
  waits: Set<Wait> | null;
  detail: Detail | null;
}

export interface ProcessInstance {
  readonly key: Key;
  definition: Definition;
  readonly parentElement: Key | null;
  readonly tags: readonly string[];
  readonly businessId: string | null;
  readonly tenantId: string;
  /** Elements after which the instance is terminated; null: none. */
  readonly terminateAfter: readonly string[] | null;
  root: ElementInstance | null;
}

interface WaitBase {
  readonly key: Key;
  readonly owner: ElementInstance;
}
export interface JobWait extends WaitBase {
  readonly kind: "job";
  readonly jobType: string;
  readonly jobKind: JobKind;
  readonly listenerEventType: ListenerEventType;
  retries: number;
  /** A BPMN error was thrown that nobody caught: the job stays for the incident. */
  thrown: boolean;
  readonly guarded: boolean;
  readonly userTask: Key | null;
}
export interface UserTaskWait extends WaitBase {
  readonly kind: "userTask";
  assignee: string | null;
  readonly approvalId: string | null;
}
/** `event`: index of the event element that waits; `definition`: which of its event definitions. */
export interface TimerWait extends WaitBase {
  readonly kind: "timer";
  event: number;
  readonly definition: number;
  readonly purpose: "event" | "approvalSla" | "agentWallTime";
  readonly dueAt: EpochMs;
  readonly repetitions: number;
  readonly interval: string | null;
}
export interface MessageWait extends WaitBase {
  readonly kind: "message";
  event: number;
  readonly definition: number;
  readonly messageName: string;
  readonly correlationKey: string;
}
export interface SignalWait extends WaitBase {
  readonly kind: "signal";
  event: number;
  readonly definition: number;
  readonly signalName: string;
}
export interface IncidentWait extends WaitBase {
  readonly kind: "incident";
  readonly errorType: IncidentType;
  readonly job: Key | null;
  readonly stage: Stage;
}
export type EventWait = TimerWait | MessageWait | SignalWait;
export type Wait = JobWait | UserTaskWait | EventWait | IncidentWait;

/** What the instance has done so far, for `ActionRequest.history`. Bounded: the last actions only. */
export interface ActionHistory {
  readonly callsByAction: Map<string, number>;
  lastActions: string[];
  /** Fingerprints (action and arguments) of the last attempts. */
  attempts: string[];
}

export interface Instance {
  key: Key;
  /** Time of the last command; never goes back. Not part of the events: the history row carries it. */
  clock: EpochMs;
  state: "new" | "active" | "completed" | "terminated";
  suspended: boolean;
  processByKey: (key: Key) => ExecutableProcess | undefined;
  readonly processes: Map<Key, ProcessInstance>;
  readonly elements: Map<Key, ElementInstance>;
  readonly waits: Map<Key, Wait>;
  /** Scopes that hold waiting tokens. */
  readonly waitingScopes: Set<ElementInstance>;
  /** Element instances that conditional events depend on. */
  readonly conditionals: Set<ElementInstance>;
  readonly actions: ActionHistory;
}

export const actionsKeptMax = 32;

export function emptyInstance(processByKey: (key: Key) => ExecutableProcess | undefined): Instance {
  return {
    key: "",
    clock: 0,
    state: "new",
    suspended: false,
    processByKey,
    processes: new Map(),
    elements: new Map(),
    waits: new Map(),
    waitingScopes: new Set(),
    conditionals: new Set(),
    actions: { callsByAction: new Map(), lastActions: [], attempts: [] },
  };
}

/** The detail of an element instance, made when it is first needed. */
export function detailOf(self: ElementInstance): Detail {
  self.detail ??= {};
  return self.detail;
}

/** True for the root element instance of a process instance: variable scopes end here. */
export function isProcessRoot(self: ElementInstance): boolean {
  return self.type === "process";
}

/** Iterates a subtree, parents before children, without recursion. */
export function subtree(root: ElementInstance): ElementInstance[] {
  const found = [root];
  for (let index = 0; index < found.length; index++) {
    const children = found[index]!.children;
    if (children) for (const child of children) found.push(child);
  }
  return found;
}

/** The complex gateway `gateway` of this scope is ready for its next round. */
export function endReset(instance: Instance, scope: ElementInstance, gateway: number): void {
  const resetting = scope.detail?.resetting;
  if (!resetting) return;
  delete resetting[gateway];
  if (Object.keys(resetting).length > 0) return;
  delete scope.detail!.resetting;
  if (!scope.tokens) instance.waitingScopes.delete(scope);
}
