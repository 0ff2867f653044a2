/**
 * The seams inside the engine: what the core asks of elements, triggers and wrappers, and the step they all work in.
 * The core imports none of them; `index.ts` puts the machine together.
 */
import type { AgentStepRecord, Command } from "./command.ts";
import type { Effect } from "./effect.ts";
import type { Environment } from "./environment.ts";
import type { Event } from "./event.ts";
import type { Failure, Rejection, Result } from "./failure.ts";
import type { ElementInstance, EventWait, Instance, JobWait, UserTaskWait } from "./instance.ts";
import type { EpochMs, JsonObject, Key } from "./json.ts";
import type { ElementType, EventDefinition, ProcessElement, VariableLookup } from "./process.ts";

export type JobCommand = Extract<Command, { type: "completeJob" | "failJob" | "throwJobError" }>;

/** One command on its way through one instance. Lives for one call of `step`. */
export interface Step {
  readonly instance: Instance;
  readonly environment: Environment;
  readonly machine: Machine;
  readonly now: EpochMs;
  readonly events: Event[];
  readonly effects: Effect[];
  /** Work of this command, first in, first out; `later` runs when `queue` is empty. */
  readonly queue: (() => void)[];
  readonly later: (() => void)[];
  /** Scopes that may have become empty. */
  readonly emptied: Set<ElementInstance>;
  /** Variables changed since the conditions were last looked at. */
  changes: VariableChange[];
  /** Scopes whose joins must be looked at again: a token has moved or died there. */
  readonly moved: Set<ElementInstance>;
  activations: number;
  /** Loops whose condition says that they are over, until their current instance has ended. */
  readonly finishedLoops: Set<ElementInstance>;
  /** Permits given in this command, by element instance: they go into the job and nowhere else. */
  readonly permits: Map<Key, string | null>;
}

export interface VariableChange {
  readonly scope: ElementInstance;
  readonly created: ReadonlySet<string>;
  readonly updated: ReadonlySet<string>;
}

/** What one BPMN element does. Everything that wraps it (mappings, loops, boundary events, listeners, guard) is done. */
export interface ElementBehavior {
  /** Before the input mappings: locals that these may refer to. */
  prepare?(step: Step, self: ElementInstance): void;
  /** The element's own work begins. Ends with `complete`, or leaves a wait behind. */
  enter(step: Step, self: ElementInstance): void;
  /** A wait of the element itself has been fulfilled. */
  triggered?(
    step: Step,
    self: ElementInstance,
    wait: { readonly event: number; readonly definition: number },
    variables: JsonObject,
    timer?: EventWait,
  ): void;
  /** A job of the element has been completed; default: `complete` with its variables. */
  jobCompleted?(
    step: Step,
    self: ElementInstance,
    job: JobWait,
    command: Extract<Command, { type: "completeJob" }>,
  ): void;
  /** A task listener of the element's user task has been completed. */
  taskListenerCompleted?(
    step: Step,
    self: ElementInstance,
    userTask: Key,
    command: Extract<Command, { type: "completeJob" }>,
  ): void;
  /** Takes up again what an incident had stopped in the middle of it (stage "collect"). */
  retry?(step: Step, self: ElementInstance): void;
  /** Refuses a completion before anything has happened. */
  refuseCompletion?(
    step: Step,
    self: ElementInstance,
    command: Extract<Command, { type: "completeJob" }>,
  ): Rejection | null;
  /** Nothing is active in this scope any more; default: `complete`. */
  emptied?(step: Step, self: ElementInstance): void;
  /** A child has completed or was terminated. Default: nothing. */
  childEnded?(step: Step, self: ElementInstance, child: ElementInstance): void;
  /** Before the output mappings: what the element itself gives to the scope around it. */
  completing?(step: Step, self: ElementInstance): void;
  /** The element is being terminated. True: it goes only later, by `finishTermination`. */
  cancel?(step: Step, self: ElementInstance): boolean;
  /** Which flows to take on leaving; default: conditional and default flows of an activity, else all. */
  outgoing?(step: Step, self: ElementInstance): Result<readonly number[]>;
}

/** One event definition: how to wait for it and how to throw it. */
export interface Trigger {
  /** Evaluates what the wait needs and gives the action that opens it (two phases: all or none are opened). */
  prepare?(step: Step, wait: WaitRequest): Result<() => void>;
  /** Throws it. True: the thrower goes on; false: it waits or has been interrupted. */
  throw?(step: Step, self: ElementInstance, definition: EventDefinition): Result<boolean>;
}

export interface WaitRequest {
  /** Element instance that holds the wait. */
  readonly owner: ElementInstance;
  /** Event element that is waited for. */
  readonly event: ProcessElement;
  readonly definition: number;
  readonly variables: VariableLookup;
  readonly interrupting: boolean;
}

export interface Wrappers {
  readonly loop: {
    enter(step: Step, body: ElementInstance): void;
    /** Before an instance of a loop completes: collect its output. */
    collect(step: Step, self: ElementInstance): Failure | null;
    /** The body completes: its collected outputs leave. */
    completing(step: Step, body: ElementInstance): void;
    instanceEnded(step: Step, body: ElementInstance, self: ElementInstance): void;
    emptied(step: Step, body: ElementInstance): void;
  };
  readonly mappings: {
    input(step: Step, self: ElementInstance): Failure | null;
    output(step: Step, self: ElementInstance): Failure | null;
  };
  readonly listeners: {
    /** True while a listener job is open: the activation or completion goes on when it is done. */
    waits(step: Step, self: ElementInstance, eventType: "start" | "end"): boolean | Failure;
  };
  readonly subscriptions: {
    open(step: Step, self: ElementInstance): Failure | null;
    /** A condition already holds when its owner begins to wait (rule 65). */
    conditionHolds(step: Step, owner: ElementInstance, event: number, definition: number): void;
    conditionsChanged(step: Step): void;
    triggered(step: Step, wait: EventWait, variables: JsonObject): void;
  };
  readonly guard: {
    /** True: the action may run now. */
    admits(step: Step, self: ElementInstance): boolean;
    ended(step: Step, self: ElementInstance, status: "succeeded" | "failed"): void;
    /** Why a vote cannot be taken; null: it has been judged and is carried out. */
    vote(step: Step, self: ElementInstance, task: UserTaskWait, vote: Vote): Rejection | null;
    slaReached(step: Step, self: ElementInstance): void;
    decidedLater(step: Step, self: ElementInstance, decision: Extract<Command, { type: "recordAsyncDecision" }>): void;
    /** The permit of its job does not hold any more: the job goes, the action is asked for again. */
    judgeAgain(step: Step, self: ElementInstance): void;
    /** Facts may have changed: a deferred decision is asked for again. */
    askAgain(step: Step, self: ElementInstance): void;
  };
}

export interface Vote {
  readonly verdict: "approve" | "reject" | "edit";
  readonly args?: JsonObject;
  readonly comment: string | null;
}

/** Transitions of native user tasks. */
export interface UserTasks {
  start(
    step: Step,
    self: ElementInstance,
    key: Key,
    transition: "ASSIGNING" | "UPDATING" | "COMPLETING",
    pending: JsonObject,
  ): void;
  /** Takes up a transition whose listener had failed. */
  nextListener(step: Step, self: ElementInstance, key: Key): void;
}

/** What operators and the runtime may do to an agent from outside. */
export interface Agents {
  turnFailed(step: Step, self: ElementInstance, record: AgentStepRecord | undefined): void;
  interrupt(step: Step, self: ElementInstance, mode: "pause" | "terminate", reason: string): void;
  resume(step: Step, self: ElementInstance): void;
  budgetChanged(step: Step, self: ElementInstance): void;
  wallTimeReached(step: Step, self: ElementInstance): void;
}

export interface Machine {
  readonly elements: Readonly<Record<ElementType, ElementBehavior>>;
  readonly inner: ElementBehavior;
  readonly triggers: Readonly<Record<EventDefinition["type"], Trigger>>;
  readonly wrappers: Wrappers;
  readonly userTasks: UserTasks;
  readonly agents: Agents;
}

/** The behaviour of an element instance; inner instances of an ad-hoc sub-process have their own. */
export function behaviorOf(step: Step, self: ElementInstance): ElementBehavior {
  if (self.type === "adHocInnerInstance") return step.machine.inner;
  return step.machine.elements[self.element.type];
}

export type StepOutcome =
  | { readonly events: readonly Event[]; readonly effects: readonly Effect[] }
  | { readonly rejected: Rejection };
