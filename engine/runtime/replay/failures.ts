/** Failures with the class of their cause (requirement H14): were it the data, the tools, or the rules? */
import type { Event } from "../../core/event.ts";
import type { IncidentType } from "../../core/failure.ts";
import type { Key } from "../../core/json.ts";
import type { CauseClass, FailureRecord } from "../contract/trail.ts";
import type { TimedEvents } from "./artifacts.ts";

const causeOfIncident: Readonly<Record<IncidentType, CauseClass>> = {
  IO_MAPPING_ERROR: "data",
  CONDITION_ERROR: "data",
  EXTRACT_VALUE_ERROR: "data",
  CALLED_DECISION_ERROR: "data",
  DECISION_EVALUATION_ERROR: "data",
  FORM_NOT_FOUND: "data",
  RESOURCE_NOT_FOUND: "data",
  CALLED_ELEMENT_ERROR: "data",
  MESSAGE_SIZE_EXCEEDED: "data",
  JOB_NO_RETRIES: "tools",
  EXECUTION_LISTENER_NO_RETRIES: "tools",
  TASK_LISTENER_NO_RETRIES: "tools",
  UNHANDLED_ERROR_EVENT: "tools",
  AD_HOC_SUB_PROCESS_NO_RETRIES: "model",
  POLICY_DENIED: "policy",
  BUDGET_EXCEEDED: "policy",
  AGENT_INTERRUPTED: "policy",
  STEP_LIMIT_EXCEEDED: "system",
  UNKNOWN: "system",
};

/** Denials for want of facts, or because facts were wrong, are the data's fault, not the rules'. */
const dataCodes: ReadonlySet<string> = new Set([
  "FACT_MISSING",
  "FACT_INVALID",
  "FACT_CONFLICT",
  "FACT_UNTRUSTED",
  "DEFERRED_TOO_LONG",
]);

interface Place {
  readonly elementId: string;
  readonly agent: boolean;
}

/** In the order of the record. */
export function failuresOf(entries: readonly TimedEvents[]): readonly FailureRecord[] {
  const places = new Map<Key, Place>();
  const jobs = new Map<Key, Key>();
  const reasons = new Map<string, readonly string[]>();
  const found: FailureRecord[] = [];
  for (const { sequence, at, events } of entries) {
    const add = (failure: Omit<FailureRecord, "sequence" | "at">): void => {
      found.push({ sequence, at: new Date(at).toISOString(), ...failure });
    };
    for (const event of events) {
      if (event.type === "elementActivated")
        places.set(event.key, { elementId: event.elementId, agent: event.elementType === "adHocSubProcess" });
      else if (event.type === "jobCreated") jobs.set(event.key, event.element);
      else if (event.type === "decisionMade") reasons.set(event.decisionId, event.reasonCodes);
      const failure = failureOf(event, places, jobs, reasons);
      if (failure) add(failure);
    }
  }
  return found;
}

function failureOf(
  event: Event,
  places: ReadonlyMap<Key, Place>,
  jobs: ReadonlyMap<Key, Key>,
  reasons: ReadonlyMap<string, readonly string[]>,
): Omit<FailureRecord, "sequence" | "at"> | null {
  const none = { errorType: null, decisionId: null };
  const placed = (element: Key | undefined) => ({
    elementInstanceKey: element ?? null,
    elementId: places.get(element ?? "")?.elementId ?? null,
  });
  switch (event.type) {
    case "incidentCreated": {
      const { errorType, message } = event;
      return {
        ...none,
        ...placed(event.element),
        type: event.type,
        causeClass: causeOfIncident[errorType],
        errorType,
        message,
      };
    }
    case "jobFailed":
    case "jobErrorThrown": {
      const element = jobs.get(event.key);
      const causeClass = places.get(element ?? "")?.agent ? "model" : "tools";
      return { ...none, ...placed(element), type: event.type, causeClass, message: event.errorMessage };
    }
    case "agentTurnFailed":
      return {
        ...none,
        ...placed(event.element),
        type: event.type,
        causeClass: "model",
        message: event.step.error ?? "Expected an answer of the model, but there was none",
      };
    case "actionBlocked": {
      const codes = reasons.get(event.decisionId) ?? [];
      const causeClass = codes.some((code) => dataCodes.has(code)) ? "data" : "policy";
      const message = `${event.reason}: ${codes.join(", ")}`;
      return { ...none, ...placed(event.element), type: event.type, causeClass, message, decisionId: event.decisionId };
    }
    case "toolProposed":
      if (event.activated !== null) return null;
      return {
        ...none,
        ...placed(event.element),
        type: "toolRefused",
        causeClass: "model",
        message: `Expected a tool of the agent and within its limits, but '${event.tool}' was refused`,
      };
    default:
      return null;
  }
}
