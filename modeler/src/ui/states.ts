/** The words and tones of states, in one place, so that a list and a detail page never disagree. */
import type { Tone } from "./tone.ts";

interface Look {
  readonly text: string;
  readonly tone: Tone;
}

const looks = new Map<string, Look>([
  ["ACTIVE", { text: "Running", tone: "info" }],
  ["COMPLETED", { text: "Completed", tone: "ok" }],
  ["TERMINATED", { text: "Canceled", tone: "neutral" }],
  ["INCIDENT", { text: "Incident", tone: "bad" }],
  // decisions
  ["ALLOW", { text: "Allowed", tone: "ok" }],
  ["ALLOW_WITH_CONSTRAINTS", { text: "Allowed with constraints", tone: "ok" }],
  ["REQUIRE_APPROVAL", { text: "Approval required", tone: "warn" }],
  ["DENY", { text: "Denied", tone: "bad" }],
  ["DEFER", { text: "Facts missing", tone: "warn" }],
  // approvals
  ["pending", { text: "Waiting", tone: "warn" }],
  ["approved", { text: "Approved", tone: "ok" }],
  ["edited", { text: "Approved with changes", tone: "ok" }],
  ["rejected", { text: "Rejected", tone: "bad" }],
  ["expired", { text: "Expired", tone: "neutral" }],
  ["stale", { text: "Outdated", tone: "neutral" }],
  ["cancelled", { text: "Canceled", tone: "neutral" }],
  // change requests
  ["submitted", { text: "Waits for approval", tone: "warn" }],
  ["withdrawn", { text: "Withdrawn", tone: "neutral" }],
  ["deployed", { text: "Deployed", tone: "ok" }],
  // policy stages
  ["draft", { text: "Draft", tone: "neutral" }],
  ["shadow", { text: "Shadow", tone: "info" }],
  ["canary", { text: "Canary", tone: "warn" }],
  ["active", { text: "Active", tone: "ok" }],
  ["retired", { text: "Retired", tone: "neutral" }],
  // agents
  ["THINKING", { text: "Thinking", tone: "agent" }],
  ["TOOL_CALLING", { text: "Using tools", tone: "agent" }],
  ["WAITING_FOR_APPROVAL", { text: "Waiting for approval", tone: "warn" }],
  ["PAUSED", { text: "Paused", tone: "warn" }],
  // risk classes
  ["low", { text: "Low risk", tone: "neutral" }],
  ["medium", { text: "Medium risk", tone: "info" }],
  ["high", { text: "High risk", tone: "warn" }],
  ["critical", { text: "Critical risk", tone: "bad" }],
]);

/** How a state is written; a state that is not known is shown as words. */
export function stateLook(state: string): Look {
  return looks.get(state) ?? { text: sentence(state), tone: "neutral" };
}

const incidents = new Map<string, string>([
  ["JOB_NO_RETRIES", "The work failed, no retries left"],
  ["AD_HOC_SUB_PROCESS_NO_RETRIES", "The agent failed, no retries left"],
  ["EXECUTION_LISTENER_NO_RETRIES", "A listener failed, no retries left"],
  ["TASK_LISTENER_NO_RETRIES", "A task listener failed, no retries left"],
  ["IO_MAPPING_ERROR", "A mapping could not be evaluated"],
  ["CONDITION_ERROR", "A condition could not be evaluated"],
  ["EXTRACT_VALUE_ERROR", "A value could not be read"],
  ["CALLED_ELEMENT_ERROR", "The called process could not be started"],
  ["UNHANDLED_ERROR_EVENT", "An error that nothing catches"],
  ["CALLED_DECISION_ERROR", "The decision could not be found"],
  ["DECISION_EVALUATION_ERROR", "The decision could not be evaluated"],
  ["FORM_NOT_FOUND", "The form could not be found"],
  ["STEP_LIMIT_EXCEEDED", "Too many steps without a wait"],
  ["POLICY_DENIED", "The policy denied the action"],
  ["BUDGET_EXCEEDED", "The agent's budget is used up"],
  ["AGENT_INTERRUPTED", "The agent was interrupted"],
]);

/** What an incident's type says to an operator. */
export function incidentTitle(type: string): string {
  return incidents.get(type) ?? sentence(type);
}

/** "JOB_NO_RETRIES" and "jobCreated" as "Job no retries" and "Job created". */
export function sentence(name: string): string {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/[_-]+/g, " ")
    .toLowerCase()
    .trim();
  return words === "" ? "" : words.charAt(0).toUpperCase() + words.slice(1);
}
