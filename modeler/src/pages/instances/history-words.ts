/** The events of the engine in the words of people. Bookkeeping is left out unless all events are asked for. */
import type { HistoryEntry, HistoryEvent } from "../../api/instances.ts";
import type { JsonValue } from "../../api/json.ts";
import { constraintText } from "../../parts/decision-words.ts";
import { stateLook } from "../../ui/states.ts";
import type { Tone } from "../../ui/tone.ts";

export interface HistoryLine {
  readonly id: string;
  readonly at: string | number;
  readonly text: string;
  /** Second line: message, variable names, reason codes. */
  readonly detail: string | null;
  readonly tone: Tone;
  readonly elementId: string | null;
  readonly decisionId: string | null;
  readonly actor: string | null;
  readonly event: HistoryEvent;
}

interface Words {
  readonly text: string;
  readonly detail?: string | null;
  readonly tone?: Tone;
}

type Tell = (event: HistoryEvent, name: string) => Words;

const text = (value: unknown): string =>
  typeof value === "string" ? value : value === undefined || value === null ? "" : JSON.stringify(value);
const codes = (event: HistoryEvent): string | null =>
  Array.isArray(event.reasonCodes) && event.reasonCodes.length > 0 ? event.reasonCodes.join(", ") : null;

const told = new Map<string, Tell>([
  ["processInstanceCreated", () => ({ text: "Instance started", tone: "info" })],
  ["processInstanceCompleted", () => ({ text: "Instance completed", tone: "ok" })],
  ["processInstanceTerminated", () => ({ text: "Instance canceled", tone: "bad" })],
  ["processInstanceMigrated", (event) => ({ text: `Moved to version ${text(event.version)}`, tone: "info" })],
  ["processInstanceSuspended", () => ({ text: "Instance suspended", tone: "warn" })],
  ["processInstanceResumed", () => ({ text: "Instance resumed", tone: "info" })],
  ["elementActivated", (_, name) => ({ text: `${name} started` })],
  ["elementCompleted", (_, name) => ({ text: `${name} completed`, tone: "ok" })],
  ["elementTerminated", (_, name) => ({ text: `${name} canceled` })],
  [
    "variablesSet",
    (event) => ({
      text: "Variables set",
      detail: Object.keys((event.values as object | undefined) ?? {}).join(", "),
    }),
  ],
  [
    "expressionWarned",
    (event, name) => ({
      text: `Expression at ${name} gave a warning`,
      detail: [event.warnings].flat().map(text).join("; "),
      tone: "warn",
    }),
  ],
  ["jobCompleted", (_, name) => ({ text: `Work on ${name} delivered` })],
  [
    "jobFailed",
    (event, name) => ({
      text: `Work on ${name} failed, ${text(event.retries)} retries left`,
      detail: text(event.errorMessage),
      tone: "warn",
    }),
  ],
  [
    "jobErrorThrown",
    (event, name) => ({
      text: `${name} threw the error ${text(event.errorCode)}`,
      detail: text(event.errorMessage),
      tone: "warn",
    }),
  ],
  [
    "userTaskCreated",
    (event, name) => ({
      text: event.approvalId ? `Approval asked for ${name}` : `Task created: ${name}`,
      tone: event.approvalId ? "warn" : "info",
    }),
  ],
  [
    "userTaskAssigned",
    (event) => ({ text: event.assignee ? `Task claimed by ${text(event.assignee)}` : "Task released" }),
  ],
  ["userTaskCompleted", (_, name) => ({ text: `Task completed: ${name}`, tone: "ok" })],
  ["userTaskCanceled", (_, name) => ({ text: `Task canceled: ${name}` })],
  ["userTaskDenied", (event) => ({ text: "Task completion refused", detail: text(event.reason), tone: "warn" })],
  [
    "timerScheduled",
    (event, name) => ({ text: `Timer of ${name} set`, detail: new Date(Number(event.dueAt)).toLocaleString("en") }),
  ],
  ["timerFired", (_, name) => ({ text: `Timer of ${name} fired`, tone: "warn" })],
  [
    "messageSubscriptionOpened",
    (event) => ({ text: `Waits for the message ${text(event.messageName)}`, detail: text(event.correlationKey) }),
  ],
  ["messageCorrelated", () => ({ text: "Message received", tone: "info" })],
  ["signalReceived", (event) => ({ text: `Signal ${text(event.signalName)} received`, tone: "info" })],
  ["incidentCreated", (event, name) => ({ text: `Incident at ${name}`, detail: text(event.message), tone: "bad" })],
  ["incidentResolved", () => ({ text: "Incident resolved", tone: "ok" })],
  [
    "decisionMade",
    (event, name) => ({
      text: `Policy on ${name}: ${stateLook(text(event.determination)).text.toLowerCase()}`,
      detail: decisionDetail(event),
      tone: stateLook(text(event.determination)).tone,
    }),
  ],
  [
    "approvalVoted",
    (event) => ({
      text: `${actorOf(event.actor) ?? "Someone"} voted to ${text(event.verdict)}`,
      detail: text(event.comment) || null,
      tone: event.verdict === "reject" ? "bad" : "ok",
    }),
  ],
  [
    "approvalResolved",
    (event, name) => ({
      text: `Approval for ${name}: ${text(event.resolution)}`,
      tone: event.resolution === "approved" || event.resolution === "edited" ? "ok" : "bad",
    }),
  ],
  [
    "approvalEscalated",
    (event, name) => ({ text: `Approval for ${name} escalated to ${text(event.group)}`, tone: "warn" }),
  ],
  ["actionStarted", (_, name) => ({ text: `${name} permitted to run`, tone: "ok" })],
  ["actionBlocked", (event, name) => ({ text: `${name} not executed`, detail: text(event.reason), tone: "bad" })],
  ["decisionEvaluated", (event, name) => ({ text: `${name} decided`, detail: JSON.stringify(event.output) })],
  [
    "agentStepJudged",
    (event) => ({
      text: `Interrupt rules before turn ${text(event.turn)}: ${text(event.verdict)}`,
      detail: Array.isArray(event.reasonCodes) ? event.reasonCodes.join(", ") : null,
      tone: event.verdict === "continue" ? "info" : "warn",
    }),
  ],
  [
    "agentTurnCompleted",
    (event) => ({
      text: `Agent answered (turn ${text(event.turn)})`,
      detail: turnText(event.step),
      tone: "agent",
    }),
  ],
  [
    "agentTurnFailed",
    (event) => ({
      text: `Agent's model failed (turn ${text(event.turn)})`,
      detail: text((event.step as { error?: unknown } | undefined)?.error),
      tone: "bad",
    }),
  ],
  [
    "toolProposed",
    (event) => ({
      text: `Agent proposes ${text(event.tool)}`,
      detail: JSON.stringify(event.args),
      tone: "agent",
    }),
  ],
  [
    "toolReturned",
    (event) => ({ text: "Agent got a tool result", detail: JSON.stringify(event.result), tone: "agent" }),
  ],
  [
    "agentInterrupted",
    (event) => ({
      text: event.mode === "pause" ? "Agent paused" : "Agent stopped",
      detail: text(event.reason),
      tone: "warn",
    }),
  ],
  ["agentBudgetChanged", (event) => ({ text: "Agent's budget changed", detail: JSON.stringify(event.budget) })],
]);

/** Starting and completing of containers and work in progress: seen on the diagram, noise in a story. */
const quiet = new Set([
  "elementCompleting",
  "elementTerminating",
  "flowTaken",
  "noted",
  "jobCreated",
  "jobCanceled",
  "jobUpdated",
  "timerCanceled",
  "guardRequested",
  "messageSubscriptionClosed",
  "signalSubscriptionOpened",
  "signalSubscriptionClosed",
]);

/** Scopes that the engine puts around what people have drawn, and variables that it keeps for itself. */
const quietElements = new Set(["process", "adHocInnerInstance", "multiInstanceBody"]);
const quietVariables = new Set(["adHocSubProcessElements", "toolCallResults", "toolCall", "loopCounter"]);

function isQuiet(event: HistoryEvent): boolean {
  if (quiet.has(event.type)) return true;
  if (event.type === "elementActivated") return quietElements.has(text(event.elementType));
  if (event.type === "variablesSet")
    return Object.keys((event.values as object | undefined) ?? {}).every((name) => quietVariables.has(name));
  return false;
}

/**
 * Lines of the history in order. `names` gives the names of elements by id; what an event's element key stands for is
 * learned from the events themselves.
 */
export function tellHistory(
  entries: readonly HistoryEntry[],
  names: ReadonlyMap<string, string>,
  everything: boolean,
): readonly HistoryLine[] {
  const elementOfKey = new Map<string, string>();
  const lines: HistoryLine[] = [];
  for (const entry of entries) {
    entry.events.forEach((event, index) => {
      const elementId = learnElement(event, elementOfKey);
      const tell = told.get(event.type);
      if (!everything && (!tell || isQuiet(event))) return;
      const name = elementId === null ? "the process" : (names.get(elementId) ?? elementId);
      const words = tell?.(event, name) ?? { text: event.type, detail: null };
      lines.push({
        id: `${entry.sequence}.${index}`,
        at: entry.at,
        text: words.text,
        detail: words.detail || null,
        tone: words.tone ?? "neutral",
        elementId,
        decisionId: typeof event.decisionId === "string" ? event.decisionId : null,
        actor: actorOf(entry.command.actor),
        event,
      });
    });
  }
  return lines;
}

function learnElement(event: HistoryEvent, elementOfKey: Map<string, string>): string | null {
  const key = text(event.key);
  if (typeof event.elementId === "string") {
    if (key !== "") elementOfKey.set(key, event.elementId);
    return event.elementId;
  }
  return elementOfKey.get(text(event.element)) ?? elementOfKey.get(key) ?? null;
}

function actorOf(actor: unknown): string | null {
  if (typeof actor === "string") return actor;
  const id = (actor as { id?: unknown } | null | undefined)?.id;
  return typeof id === "string" ? id : null;
}

function turnText(step: unknown): string | null {
  const { text: said, toolCalls } = (step ?? {}) as { text?: unknown; toolCalls?: readonly { name?: unknown }[] };
  if (typeof said === "string" && said !== "") return said;
  return toolCalls && toolCalls.length > 0 ? `asks for ${toolCalls.map((call) => text(call.name)).join(", ")}` : null;
}

function decisionDetail(event: HistoryEvent): string | null {
  const policies = (event.policies as readonly { policyId: string; version: number }[] | undefined) ?? [];
  const constraints =
    (event.constraints as readonly { path: string; op: string; value: JsonValue }[] | undefined) ?? [];
  const parts = [
    policies.map((policy) => `${policy.policyId} v${policy.version}`).join(", "),
    codes(event),
    ...constraints.map(constraintText),
  ].filter(Boolean);
  return parts.length > 0 ? parts.join(" · ") : null;
}
