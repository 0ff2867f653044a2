/**
 * Events: what happened to one instance, in order, once. Past tense. The only way an instance changes is
 * `apply(instance, event)`; history, read model, live view, replay and recovery read the same list.
 * Field names are short words, not abbreviations; `key` is the key of the thing the event is about.
 * Every event about an element instance carries `element` (its key); its process instance, definition and element id
 * stand in `elementActivated`.
 */
import type { Actor, AgentStepRecord } from "./command.ts";
import type { ApprovalTerms, Constraint, Determination, Fact } from "./environment.ts";
import type { IncidentType } from "./failure.ts";
import type { PinnedListener } from "./instance.ts";
import type { EpochMs, JsonObject, JsonValue, Key } from "./json.ts";
import type { ElementType } from "./process.ts";

export type JobKind = "BPMN_ELEMENT" | "EXECUTION_LISTENER" | "TASK_LISTENER" | "AD_HOC_SUB_PROCESS";
export type ListenerEventType =
  | "UNSPECIFIED"
  | "START"
  | "END"
  | "CREATING"
  | "ASSIGNING"
  | "UPDATING"
  | "COMPLETING"
  | "CANCELING";

/** What the read model shows as the type of an element instance. */
export type ElementInstanceType = ElementType | "multiInstanceBody" | "adHocInnerInstance";

export type Event =
  // instance
  | {
      readonly type: "processInstanceCreated";
      readonly key: Key;
      readonly root: Key;
      readonly definition: Key;
      readonly processId: string;
      readonly version: number;
      readonly versionTag: string | null;
      readonly parent: Key | null;
      readonly parentElement: Key | null;
      readonly tags: readonly string[];
      readonly businessId: string | null;
      readonly terminateAfter?: readonly string[];
      readonly tenantId: string;
      readonly message?: { readonly key: Key; readonly name: string; readonly correlationKey: string };
    }
  | { readonly type: "processInstanceCompleted"; readonly key: Key }
  | { readonly type: "processInstanceTerminated"; readonly key: Key }
  | {
      readonly type: "processInstanceMigrated";
      readonly key: Key;
      readonly definition: Key;
      readonly processId: string;
      readonly version: number;
      readonly mappings: readonly { readonly from: string; readonly to: string }[];
    }
  | { readonly type: "processInstanceSuspended"; readonly key: Key }
  | { readonly type: "processInstanceResumed"; readonly key: Key }
  // element instances; `scope` is the key of the enclosing element instance (the process instance's own element instance has the key of the process instance)
  | {
      readonly type: "elementActivated";
      readonly key: Key;
      readonly elementId: string;
      readonly elementType: ElementInstanceType;
      readonly scope: Key | null;
      readonly instance: Key;
      readonly loopCounter?: number /** Boundary event, event sub-process: the element instance it interrupted or attached to. */;
      readonly attachedTo?: Key;
    }
  | { readonly type: "elementCompleting"; readonly key: Key }
  | { readonly type: "elementCompleted"; readonly key: Key }
  | { readonly type: "elementTerminating"; readonly key: Key }
  | { readonly type: "elementTerminated"; readonly key: Key }
  | { readonly type: "flowTaken"; readonly flowId: string; readonly scope: Key; readonly instance: Key }
  // variables; `scope` holds them; values are whole (never patches); names that the scope did not hold are created
  | { readonly type: "variablesSet"; readonly scope: Key; readonly instance: Key; readonly values: JsonObject }
  | {
      readonly type: "expressionWarned";
      readonly element: Key;
      readonly expression: string;
      readonly warnings: readonly string[];
    }
  // jobs
  | {
      readonly type: "jobCreated";
      readonly key: Key;
      readonly element: Key;
      readonly elementId: string;
      readonly instance: Key;
      readonly jobType: string;
      readonly kind: JobKind;
      readonly listenerEventType: ListenerEventType;
      readonly retries: number;
      readonly priority: number;
      readonly headers: Readonly<
        Record<string, string>
      > /** Guarded action: decision, permit and the exact arguments, which are then the job's only variables. */;
      readonly guard?: {
        readonly decisionId: string;
        readonly permit: string | null;
        readonly args: JsonObject;
        readonly idempotencyKey: string;
      };
      readonly userTask?: Key;
    }
  | { readonly type: "jobCompleted"; readonly key: Key; readonly variables: JsonObject }
  | {
      readonly type: "jobFailed";
      readonly key: Key;
      readonly retries: number;
      readonly errorMessage: string;
      readonly retryAt: EpochMs;
    }
  | { readonly type: "jobErrorThrown"; readonly key: Key; readonly errorCode: string; readonly errorMessage: string }
  | { readonly type: "jobCanceled"; readonly key: Key }
  | {
      readonly type: "jobUpdated";
      readonly key: Key;
      readonly retries?: number;
      readonly priority?: number;
      /** Its incident is open: nobody gets the job before that has been resolved. */
      readonly held?: true;
    }
  // user tasks
  | {
      readonly type: "userTaskCreated";
      readonly key: Key;
      readonly element: Key;
      readonly elementId: string;
      readonly name: string | null;
      readonly instance: Key;
      readonly assignee: string | null;
      readonly candidateGroups: readonly string[];
      readonly candidateUsers: readonly string[];
      readonly dueDate: string | null;
      readonly followUpDate: string | null;
      readonly priority: number;
      readonly formKey: Key | null;
      readonly externalFormReference: string | null;
      readonly headers: Readonly<Record<string, string>>;
      readonly approvalId: string | null;
    }
  | { readonly type: "userTaskAssigned"; readonly key: Key; readonly assignee: string | null; readonly action: string }
  | { readonly type: "userTaskUpdated"; readonly key: Key; readonly changes: JsonObject; readonly action: string }
  | {
      readonly type:
        | "userTaskCompleting"
        | "userTaskCreating"
        | "userTaskAssigning"
        | "userTaskUpdating"
        | "userTaskCanceling";
      readonly key: Key;
      readonly pending: JsonObject;
      /** Listeners of the installation, where there were any when the transition began. */
      readonly listeners?: readonly PinnedListener[];
    }
  | { readonly type: "userTaskDenied"; readonly key: Key; readonly reason: string | null }
  | { readonly type: "userTaskCompleted"; readonly key: Key; readonly action: string; readonly variables: JsonObject }
  | { readonly type: "userTaskCanceled"; readonly key: Key }
  // waits
  | {
      readonly type: "timerScheduled";
      readonly key: Key;
      readonly element: Key;
      readonly elementId: string;
      readonly instance: Key;
      readonly dueAt: EpochMs;
      readonly purpose: "event" | "approvalSla" | "agentWallTime" /** Firings left after this one, -1 without end. */;
      readonly repetitions: number;
      readonly interval: string | null;
      /** Which definition of a multiple event; absent: the first. */
      readonly definition?: number;
    }
  | { readonly type: "timerFired"; readonly key: Key }
  | { readonly type: "timerCanceled"; readonly key: Key }
  | {
      readonly type: "messageSubscriptionOpened";
      readonly key: Key;
      readonly element: Key;
      readonly elementId: string;
      readonly instance: Key;
      readonly messageName: string;
      readonly correlationKey: string;
      readonly interrupting: boolean;
      readonly definition?: number;
    }
  | { readonly type: "messageSubscriptionClosed"; readonly key: Key }
  | { readonly type: "messageCorrelated"; readonly key: Key; readonly messageKey: Key }
  | {
      readonly type: "signalSubscriptionOpened";
      readonly key: Key;
      readonly element: Key;
      readonly elementId: string;
      readonly instance: Key;
      readonly signalName: string;
      readonly definition?: number;
    }
  | { readonly type: "signalSubscriptionClosed"; readonly key: Key }
  | { readonly type: "signalReceived"; readonly key: Key; readonly signalName: string }
  // incidents
  | {
      readonly type: "incidentCreated";
      readonly key: Key;
      readonly errorType: IncidentType;
      readonly message: string;
      readonly element: Key;
      readonly elementId: string;
      readonly instance: Key;
      readonly job: Key | null;
      /** Where the core takes up again when the incident is resolved. */
      readonly stage?: string;
    }
  | { readonly type: "incidentResolved"; readonly key: Key }
  // enforcement point
  | {
      readonly type: "guardRequested";
      readonly element: Key;
      readonly action: string;
      readonly args: JsonObject;
      readonly facts: Readonly<Record<string, Fact>>;
    }
  | {
      readonly type: "decisionMade";
      readonly element: Key;
      readonly decisionId: string;
      readonly determination: Determination;
      readonly constraints: readonly Constraint[];
      readonly reasonCodes: readonly string[];
      readonly riskScore: number;
      readonly policies: readonly {
        readonly policyId: string;
        readonly version: number;
        readonly stage: string;
        readonly matchedRules: readonly string[];
      }[];
      readonly args: JsonObject;
      readonly approval: ApprovalTerms | null;
    }
  | {
      readonly type: "approvalVoted";
      readonly element: Key;
      readonly approvalId: string;
      readonly verdict: "approve" | "reject" | "edit";
      readonly actor: Actor;
      readonly comment: string | null;
      readonly args?: JsonObject;
    }
  | {
      readonly type: "approvalResolved";
      readonly element: Key;
      readonly approvalId: string;
      readonly resolution: "approved" | "rejected" | "edited" | "timedOut" | "stale";
    }
  | { readonly type: "approvalEscalated"; readonly element: Key; readonly approvalId: string; readonly group: string }
  | { readonly type: "actionStarted"; readonly element: Key; readonly decisionId: string }
  | { readonly type: "actionBlocked"; readonly element: Key; readonly decisionId: string; readonly reason: string }
  | {
      readonly type: "decisionEvaluated";
      readonly element: Key;
      readonly evaluation: Key;
      readonly decision: Key;
      readonly output: JsonValue;
    }
  // agents
  | {
      readonly type: "agentTurnCompleted";
      readonly element: Key;
      readonly turn: number;
      readonly step: AgentStepRecord;
    }
  | { readonly type: "agentTurnFailed"; readonly element: Key; readonly turn: number; readonly step: AgentStepRecord }
  | {
      readonly type: "toolProposed";
      readonly element: Key;
      readonly toolCallId: string;
      readonly tool: string;
      readonly args: JsonObject;
      readonly activated: Key | null;
    }
  | { readonly type: "toolReturned"; readonly element: Key; readonly toolCallId: string; readonly result: JsonValue }
  /** The interrupt rules have been asked before a turn. */
  | {
      readonly type: "agentStepJudged";
      readonly element: Key;
      readonly turn: number;
      readonly decisionId: string;
      readonly verdict: "continue" | "pause" | "terminate";
      readonly reasonCodes: readonly string[];
      readonly policies: readonly {
        readonly policyId: string;
        readonly version: number;
        readonly stage: string;
        readonly matchedRules: readonly string[];
      }[];
    }
  | {
      readonly type: "agentInterrupted";
      readonly element: Key;
      readonly mode: "pause" | "terminate";
      readonly reason: string;
    }
  | { readonly type: "agentBudgetChanged"; readonly element: Key; readonly budget: JsonObject }
  // bookkeeping of the engine itself: multi-instance counters, compensation subscriptions, pending completions … (engine/core/bookkeeping.ts)
  | { readonly type: "noted"; readonly element: Key; readonly note: JsonObject };
