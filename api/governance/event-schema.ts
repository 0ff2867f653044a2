/**
 * The events of the record as JSON Schema (requirement E04): a closed union by `type`, every member named. Published at
 * /governance/v1/schemas/events, part of the OpenAPI document, and checked against the engine's own type below: an event
 * that the engine knows and this does not, or the other way round, does not compile.
 */
import { z } from "zod";
import type { Event } from "../../engine/index.ts";

const key = z.string();
const words = z.array(z.string());
const data = z.record(z.string(), z.unknown());
const actor = z.strictObject({
  id: z.string(),
  type: z.enum(["human", "service", "agent", "engine"]),
  groups: words.readonly().optional(),
  roles: words.readonly().optional(),
});
const policies = z.array(
  z.strictObject({ policyId: z.string(), version: z.int(), stage: z.string(), matchedRules: words.readonly() }),
);
const constraint = z.strictObject({
  path: z.string(),
  op: z.enum(["set", "max", "min", "oneOf", "drop", "redact"]),
  value: z.unknown(),
});
const fact = z.strictObject({
  value: z.unknown(),
  provenance: z.enum(["trusted", "derived", "model"]),
  source: z.string(),
  observedAt: z.string().optional(),
});
const approval = z.strictObject({
  approvalId: z.string(),
  group: z.string().nullable(),
  quorum: z.int(),
  slaMs: z.number().nullable(),
  onTimeout: z.enum(["reject", "escalate", "approve"]),
  escalateTo: z.string().nullable(),
});
const modelStep = z.strictObject({
  model: z.string(),
  promptHash: z.string(),
  request: z.unknown(),
  response: z.unknown(),
  responseHash: z.string().nullable(),
  text: z.string().nullable(),
  toolCalls: z.array(z.strictObject({ id: z.string(), name: z.string(), args: data })).readonly(),
  usage: z.strictObject({ inputTokens: z.number(), outputTokens: z.number() }),
  startedAt: z.number(),
  durationMs: z.number(),
  error: z.string().nullable(),
});

const pinned = z.array(z.strictObject({ type: z.string(), retries: z.int(), last: z.boolean() })).readonly();

const event = <Type extends string, Shape extends z.ZodRawShape>(type: Type, shape: Shape) =>
  z.strictObject({ type: z.literal(type), ...shape });
/** Where something happens: element instance, its element, its process instance. */
const at = { element: key, elementId: z.string(), instance: key };

const instanceEvents = [
  event("processInstanceCreated", {
    key,
    root: key,
    definition: key,
    processId: z.string(),
    version: z.int(),
    versionTag: z.string().nullable(),
    parent: key.nullable(),
    parentElement: key.nullable(),
    tags: words.readonly(),
    businessId: z.string().nullable(),
    terminateAfter: z.array(z.string()).readonly().optional(),
    tenantId: z.string(),
    message: z.strictObject({ key, name: z.string(), correlationKey: z.string() }).optional(),
  }),
  event("processInstanceCompleted", { key }),
  event("processInstanceTerminated", { key }),
  event("processInstanceMigrated", {
    key,
    definition: key,
    processId: z.string(),
    version: z.int(),
    mappings: z.array(z.strictObject({ from: z.string(), to: z.string() })).readonly(),
  }),
  event("processInstanceSuspended", { key }),
  event("processInstanceResumed", { key }),
  event("elementActivated", {
    key,
    elementId: z.string(),
    elementType: z.string(),
    scope: key.nullable(),
    instance: key,
    loopCounter: z.int().optional(),
    attachedTo: key.optional(),
  }),
  event("elementCompleting", { key }),
  event("elementCompleted", { key }),
  event("elementTerminating", { key }),
  event("elementTerminated", { key }),
  event("flowTaken", { flowId: z.string(), scope: key, instance: key }),
  event("variablesSet", { scope: key, instance: key, values: data }),
  event("expressionWarned", { element: key, expression: z.string(), warnings: words.readonly() }),
  event("noted", { element: key, note: data }),
] as const;

const jobEvents = [
  event("jobCreated", {
    key,
    ...at,
    jobType: z.string(),
    kind: z.enum(["BPMN_ELEMENT", "EXECUTION_LISTENER", "TASK_LISTENER", "AD_HOC_SUB_PROCESS"]),
    listenerEventType: z.string(),
    retries: z.int(),
    priority: z.int(),
    headers: z.record(z.string(), z.string()),
    guard: z
      .strictObject({ decisionId: z.string(), permit: z.string().nullable(), args: data, idempotencyKey: z.string() })
      .optional(),
    userTask: key.optional(),
  }),
  event("jobCompleted", { key, variables: data }),
  event("jobFailed", { key, retries: z.int(), errorMessage: z.string(), retryAt: z.number() }),
  event("jobErrorThrown", { key, errorCode: z.string(), errorMessage: z.string() }),
  event("jobCanceled", { key }),
  event("jobUpdated", {
    key,
    retries: z.int().optional(),
    priority: z.int().optional(),
    held: z.literal(true).optional(),
  }),
] as const;

const userTaskEvents = [
  event("userTaskCreated", {
    key,
    ...at,
    name: z.string().nullable(),
    assignee: z.string().nullable(),
    candidateGroups: words.readonly(),
    candidateUsers: words.readonly(),
    dueDate: z.string().nullable(),
    followUpDate: z.string().nullable(),
    priority: z.int(),
    formKey: key.nullable(),
    externalFormReference: z.string().nullable(),
    headers: z.record(z.string(), z.string()),
    approvalId: z.string().nullable(),
  }),
  event("userTaskAssigned", { key, assignee: z.string().nullable(), action: z.string() }),
  event("userTaskUpdated", { key, changes: data, action: z.string() }),
  event("userTaskCompleting", { key, pending: data, listeners: pinned.optional() }),
  event("userTaskCreating", { key, pending: data, listeners: pinned.optional() }),
  event("userTaskAssigning", { key, pending: data, listeners: pinned.optional() }),
  event("userTaskUpdating", { key, pending: data, listeners: pinned.optional() }),
  event("userTaskCanceling", { key, pending: data, listeners: pinned.optional() }),
  event("userTaskDenied", { key, reason: z.string().nullable() }),
  event("userTaskCompleted", { key, action: z.string(), variables: data }),
  event("userTaskCanceled", { key }),
] as const;

const waitEvents = [
  event("timerScheduled", {
    key,
    ...at,
    dueAt: z.number(),
    purpose: z.enum(["event", "approvalSla", "agentWallTime"]),
    repetitions: z.int(),
    interval: z.string().nullable(),
    definition: z.int().optional(),
  }),
  event("timerFired", { key }),
  event("timerCanceled", { key }),
  event("messageSubscriptionOpened", {
    key,
    ...at,
    messageName: z.string(),
    correlationKey: z.string(),
    interrupting: z.boolean(),
    definition: z.int().optional(),
  }),
  event("messageSubscriptionClosed", { key }),
  event("messageCorrelated", { key, messageKey: key }),
  event("signalSubscriptionOpened", { key, ...at, signalName: z.string(), definition: z.int().optional() }),
  event("signalSubscriptionClosed", { key }),
  event("signalReceived", { key, signalName: z.string() }),
  event("incidentCreated", {
    key,
    errorType: z.string(),
    message: z.string(),
    ...at,
    job: key.nullable(),
    stage: z.string().optional(),
  }),
  event("incidentResolved", { key }),
] as const;

const governanceEvents = [
  event("guardRequested", { element: key, action: z.string(), args: data, facts: z.record(z.string(), fact) }),
  event("decisionMade", {
    element: key,
    decisionId: z.string(),
    determination: z.enum(["ALLOW", "ALLOW_WITH_CONSTRAINTS", "REQUIRE_APPROVAL", "DENY", "DEFER"]),
    constraints: z.array(constraint).readonly(),
    reasonCodes: words.readonly(),
    riskScore: z.number(),
    policies: policies.readonly(),
    args: data,
    approval: approval.nullable(),
  }),
  event("approvalVoted", {
    element: key,
    approvalId: z.string(),
    verdict: z.enum(["approve", "reject", "edit"]),
    actor,
    comment: z.string().nullable(),
    args: data.optional(),
  }),
  event("approvalResolved", {
    element: key,
    approvalId: z.string(),
    resolution: z.enum(["approved", "rejected", "edited", "timedOut", "stale"]),
  }),
  event("approvalEscalated", { element: key, approvalId: z.string(), group: z.string() }),
  event("actionStarted", { element: key, decisionId: z.string() }),
  event("actionBlocked", { element: key, decisionId: z.string(), reason: z.string() }),
  event("decisionEvaluated", { element: key, evaluation: key, decision: key, output: z.unknown() }),
] as const;

const agentEvents = [
  event("agentTurnCompleted", { element: key, turn: z.int(), step: modelStep }),
  event("agentTurnFailed", { element: key, turn: z.int(), step: modelStep }),
  event("toolProposed", {
    element: key,
    toolCallId: z.string(),
    tool: z.string(),
    args: data,
    activated: key.nullable(),
  }),
  event("toolReturned", { element: key, toolCallId: z.string(), result: z.unknown() }),
  event("agentStepJudged", {
    element: key,
    turn: z.int(),
    decisionId: z.string(),
    verdict: z.enum(["continue", "pause", "terminate"]),
    reasonCodes: words.readonly(),
    policies: policies.readonly(),
  }),
  event("agentInterrupted", { element: key, mode: z.enum(["pause", "terminate"]), reason: z.string() }),
  event("agentBudgetChanged", { element: key, budget: data }),
] as const;

export const recordedEvent = z
  .discriminatedUnion("type", [
    ...instanceEvents,
    ...jobEvents,
    ...userTaskEvents,
    ...waitEvents,
    ...governanceEvents,
    ...agentEvents,
  ])
  .meta({ id: "RecordedEvent" });

type Documented = z.infer<typeof recordedEvent>;
/** Every event of the engine fits the schema … */
const documented = (one: Event): Documented => one;
/** … the schema names none that the engine does not have, and every member of those that it has. */
type Of<Union, Type> = Union extends { readonly type: infer Types } ? (Type extends Types ? Union : never) : never;
type MembersLeftOut = {
  [Type in Event["type"]]: Exclude<keyof Of<Event, Type>, keyof Of<Documented, Type>>;
}[Event["type"]];
const known: [Exclude<Documented["type"], Event["type"]> | MembersLeftOut] extends [never] ? true : never = true;

/** The union as a JSON Schema document (2020-12). */
export function eventSchema(): Record<string, unknown> {
  if (!known || documented.length !== 1) throw new Error("Expected the schema to fit the engine's events");
  return z.toJSONSchema(recordedEvent, { target: "draft-2020-12" }) as Record<string, unknown>;
}
