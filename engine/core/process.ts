/**
 * The compiled process: what `engine/model` makes of BPMN XML and all that `step` needs to know of it.
 * Elements and sequence flows are interned: everything refers to them by their index, lookups by id happen once,
 * at the edge. Immutable after compilation; shared by all instances of a version.
 * BPMN 2.0.2 chapters 10 (process) and 13 (execution semantics); extensions: zeebe namespace 8.9, urn:interlock:schema:1.
 */

import type { Result } from "./failure.ts";
import type { EpochMs, JsonValue, Key } from "./json.ts";

/** Looks a variable up from the innermost scope outwards; undefined = no scope has that name. */
export interface VariableLookup {
  get(name: string): JsonValue | undefined;
}

/** A FEEL expression or a static text, compiled at deployment. Evaluation never throws. */
export interface Expression {
  /** As written in the model, with its leading `=` when it is FEEL. */
  readonly source: string;
  /** Free variable names: what conditional events and lint depend on. Empty for static texts. */
  readonly references: readonly string[];
  /** Present when the value does not depend on variables or time. */
  readonly constant?: JsonValue;
  evaluate(variables: VariableLookup, now: EpochMs): Result<JsonValue> & { readonly warnings?: readonly string[] };
}

export type ElementType =
  | "process"
  | "subProcess"
  | "eventSubProcess"
  | "transaction"
  | "adHocSubProcess"
  | "callActivity"
  | "task"
  | "serviceTask"
  | "userTask"
  | "scriptTask"
  | "businessRuleTask"
  | "sendTask"
  | "receiveTask"
  | "manualTask"
  | "exclusiveGateway"
  | "parallelGateway"
  | "inclusiveGateway"
  | "eventBasedGateway"
  | "complexGateway"
  | "startEvent"
  | "intermediateCatchEvent"
  | "intermediateThrowEvent"
  | "boundaryEvent"
  | "endEvent";

export type TimerKind = "date" | "duration" | "cycle";

/** One compiled event definition; `eventDefinitionRef`s are resolved. An event without definitions is a none event. */
export type EventDefinition =
  | {
      readonly type: "message";
      readonly name: Expression;
      readonly correlationKey?: Expression;
      readonly timeToLive?: Expression;
      readonly messageId?: Expression;
      readonly task?: JobDefinition;
      /** Set when a message flow of the same model leads here or away: the engine carries the message itself. */
      readonly messageFlow?: boolean;
    }
  | { readonly type: "timer"; readonly kind: TimerKind; readonly expression: Expression }
  | { readonly type: "signal"; readonly name: Expression }
  | {
      readonly type: "error";
      readonly code: Expression | null /* null catches all */;
      readonly codeVariable?: string;
      readonly messageVariable?: string;
    }
  | { readonly type: "escalation"; readonly code: Expression | null }
  | {
      readonly type: "conditional";
      readonly condition: Expression;
      readonly variableNames?: readonly string[];
      readonly variableEvents?: readonly ("create" | "update")[];
    }
  | {
      readonly type: "compensation" /** index of the activity, or null: the whole scope */;
      readonly activity: number | null;
      readonly waitForCompletion: boolean;
    }
  | { readonly type: "link"; readonly name: string }
  | { readonly type: "cancel" }
  | { readonly type: "terminate" };

/** A job for an external or built-in worker (zeebe:taskDefinition + headers). */
export interface JobDefinition {
  readonly type: Expression;
  readonly retries: Expression;
  readonly priority?: Expression;
  readonly headers: Readonly<Record<string, string>>;
}

/** zeebe:input / zeebe:output. `target` is a dotted path, split. An input without a source writes null. */
export interface Mapping {
  readonly source: Expression | null;
  readonly target: readonly string[];
}

export interface StandardLoop {
  readonly kind: "standard";
  readonly condition: Expression | null;
  readonly testBefore: boolean;
  readonly maximum: number | null;
}

export interface MultiInstanceLoop {
  readonly kind: "multiInstance";
  readonly sequential: boolean;
  readonly inputCollection?: Expression;
  readonly inputElement?: string;
  readonly outputCollection?: string;
  readonly outputElement?: Expression;
  readonly cardinality?: Expression;
  readonly completionCondition?: Expression;
  /** BPMN behavior: when an event is thrown to the boundary of the body. Default All. */
  readonly behavior: "None" | "One" | "All" | "Complex";
  readonly noneEvent?: EventDefinition;
  readonly oneEvent?: EventDefinition;
  readonly complex?: readonly { readonly condition: Expression; readonly event: EventDefinition }[];
}

export interface Listener {
  readonly eventType: string;
  readonly type: Expression;
  readonly retries: Expression;
  readonly headers: Readonly<Record<string, string>>;
}

export type Binding =
  | { readonly type: "latest" }
  | { readonly type: "deployment" }
  | { readonly type: "versionTag"; readonly tag: string };

/** interlock:action + interlock:guardrail + interlock:fact: this activity is consequential and must be asked for. */
export interface GuardDefinition {
  readonly action: {
    readonly type: string;
    readonly target: string | null;
    readonly operation: string;
    readonly reversible: boolean;
    readonly riskClass: "low" | "medium" | "high" | "critical";
    readonly toolRef: string | null;
  };
  readonly policies: readonly {
    readonly policyId: string;
    readonly binding: { readonly type: "active" } | { readonly type: "version"; readonly version: number };
    readonly pattern: "sync" | "preEvaluate" | "async";
    /** async only: the determination that holds until the plane has answered. */
    readonly defaultDetermination: "ALLOW" | "DENY";
    /** preEvaluate only, milliseconds. */
    readonly maxStalenessMs: number | null;
  }[];
  readonly facts: readonly {
    readonly name: string;
    readonly expression: Expression;
    readonly provenance: "trusted" | "derived" | "model";
    /** When its source observed it, as a text of date and time; absent: not known. */
    readonly observedAt?: Expression;
  }[];
  /** result: the typed value {status: "not_executed", …} becomes the activity's result; error: BPMN error POLICY_DENIED. */
  readonly onDeny: "result" | "error";
}

/** interlock:agent on an ad-hoc sub-process (or on one with Camunda's agent job type and native agents switched on). */
export interface AgentDefinition {
  readonly agentId: string;
  readonly version: string;
  readonly model: Expression | null;
  readonly systemPrompt: Expression;
  readonly userPrompt: Expression;
  readonly promptRef: string | null;
  readonly budget: {
    readonly modelCallsMax: number;
    readonly toolCallsMax: number | null;
    readonly tokensMax: number | null;
    readonly wallTimeMsMax: number | null;
    /** pause = incident BUDGET_EXCEEDED; error = BPMN error BUDGET_EXCEEDED; escalate = BPMN escalation. */
    readonly onExceed: "pause" | "error" | "escalate";
  };
  /** Allowed tool sequences; a proposal outside is an interrupt. */
  readonly sequence: {
    readonly allowed: readonly (readonly [from: string, to: string])[];
    readonly onViolation: "pause" | "error";
  } | null;
  /** Guardrails for every tool call of this agent, in addition to the tool's own. */
  readonly policies: GuardDefinition["policies"];
  /** Policies asked before every model call whether the agent goes on, pauses or ends. */
  readonly interrupts: readonly Pick<GuardDefinition["policies"][number], "policyId" | "binding">[];
}

/** A tool of an ad-hoc sub-process: an inner activity without incoming flows (no boundary event, no event sub-process). */
export interface ToolDefinition {
  readonly elementIndex: number;
  readonly elementId: string;
  readonly name: string;
  readonly documentation: string | null;
  readonly properties: Readonly<Record<string, string>>;
  /** The model is told of the tool, and may call it, in turns in which this is true. Absent: always. */
  readonly offeredWhen?: Expression;
  /** From the fromAi(…) calls in the input mappings. `schema` is JSON Schema 2020-12. */
  readonly parameters: readonly {
    readonly name: string;
    readonly description: string | null;
    readonly type: string;
    readonly schema: JsonValue | null;
    readonly required: boolean;
  }[];
}

export interface UserTaskDefinition {
  readonly native: boolean;
  /** zeebe:taskHeaders. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly assignee?: Expression;
  readonly candidateGroups?: Expression;
  readonly candidateUsers?: Expression;
  readonly dueDate?: Expression;
  readonly followUpDate?: Expression;
  readonly priority?: Expression;
  readonly formId?: Expression;
  readonly formKey?: Expression;
  readonly externalFormReference?: Expression;
  readonly formBinding: Binding;
  readonly embeddedForm?: string;
  readonly listeners: readonly Listener[];
}

export interface ProcessElement {
  readonly index: number;
  readonly id: string;
  readonly name: string | null;
  readonly type: ElementType;
  readonly documentation: string | null;
  /** Index of the flow scope (process or sub-process) that holds this element; -1 for the process itself. */
  readonly scope: number;
  /** Indices of sequence flows, document order. */
  readonly incoming: readonly number[];
  readonly outgoing: readonly number[];
  readonly defaultFlow: number | null;
  readonly startQuantity: number;
  readonly completionQuantity: number;

  // events
  readonly eventDefinitions: readonly EventDefinition[];
  readonly parallelMultiple: boolean;
  /** Boundary events: cancelActivity; start events of event sub-processes: isInterrupting. Default true. */
  readonly interrupting: boolean;
  readonly attachedTo: number | null;
  readonly boundaryEvents: readonly number[];
  /** eventBasedGateway, receiveTask. */
  readonly instantiate: boolean;
  readonly eventGatewayType?: "Exclusive" | "Parallel";

  // scopes
  /** All direct children, document order. */
  readonly children: readonly number[];
  /** Where a token starts on entering: none start events; with none, elements without incoming flow (implicit start). */
  readonly entryElements: readonly number[];
  readonly eventSubProcesses: readonly number[];

  // activities
  readonly isForCompensation: boolean;
  /** Index of the compensation handler connected by association. */
  readonly compensationHandler: number | null;
  readonly loop: StandardLoop | MultiInstanceLoop | null;
  readonly inputs: readonly Mapping[];
  readonly outputs: readonly Mapping[];
  readonly executionListeners: readonly Listener[];
  readonly properties: Readonly<Record<string, string>>;
  readonly guard: GuardDefinition | null;

  readonly job?: JobDefinition;
  readonly script?: { readonly expression: Expression; readonly resultVariable: string };
  readonly calledDecision?: {
    readonly decisionId: Expression;
    readonly resultVariable: string;
    readonly binding: Binding;
  };
  readonly calledElement?: {
    readonly processId: Expression;
    readonly propagateAllChildVariables: boolean;
    readonly propagateAllParentVariables: boolean;
    readonly binding: Binding;
  };
  readonly userTask?: UserTaskDefinition;
  /** Start events: the form that a person fills in to start the process. */
  readonly startForm?: { readonly formId: string | null; readonly formKey: string | null; readonly binding: Binding };
  /** complexGateway. Sees activationCount. */
  readonly activationCondition?: Expression;
  readonly adHoc?: {
    readonly parallel: boolean;
    readonly activeElementsCollection?: Expression;
    readonly completionCondition?: Expression;
    readonly cancelRemainingInstances: boolean;
    readonly outputCollection?: string;
    readonly outputElement?: Expression;
    readonly tools: readonly ToolDefinition[];
    readonly agent: AgentDefinition | null;
  };
  /** Static data: dataObjects and properties with their initial values; ioSpecification compiled to mappings. */
  readonly initialVariables: readonly { readonly name: string; readonly value: Expression | null }[];
}

export interface SequenceFlow {
  readonly index: number;
  readonly id: string;
  readonly source: number;
  readonly target: number;
  readonly condition: Expression | null;
}

export interface ExecutableProcess {
  /** Process definition key, version and deployment are given at deployment. */
  readonly key: Key;
  readonly processId: string;
  readonly name: string | null;
  readonly version: number;
  readonly versionTag: string | null;
  readonly deploymentKey: Key;
  readonly tenantId: string;
  /** sha-256 (hex) of the resource. */
  readonly resourceHash: string;
  readonly resourceName: string;
  readonly executable: boolean;
  /** elements[0] is the process. */
  readonly elements: readonly ProcessElement[];
  readonly flows: readonly SequenceFlow[];
  readonly elementIndexById: ReadonlyMap<string, number>;
  /** Start events (and instantiating receive tasks and gateways) at process level that a message, timer, signal or condition triggers. */
  readonly triggeredStarts: readonly number[];
  /** True when a none start event or an implicit start exists: creatable by call, API and call activity. */
  readonly hasNoneStart: boolean;
}
