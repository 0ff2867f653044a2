/** What the record tells: history, an agent's trajectory, replay. */
import type { Actor } from "../../core/command.ts";
import type { Event } from "../../core/event.ts";
import type { JsonObject, JsonValue, Key } from "../../core/json.ts";

export interface HistoryEntry {
  /** 1, 2, 3 … of the root instance; one entry a command. */
  readonly sequence: number;
  readonly at: string;
  readonly command: { readonly type: string; readonly actor: Actor };
  /** Events of the whole aggregate: the root process instance and those called from it. */
  readonly events: readonly Event[];
}
export interface HistoryPage {
  readonly items: readonly HistoryEntry[];
  /** `after` of the next page, or null. */
  readonly next: number | null;
}

export type AgentState = "THINKING" | "TOOL_CALLING" | "WAITING_FOR_APPROVAL" | "PAUSED" | "COMPLETED" | "TERMINATED";
export interface AgentUsage {
  readonly modelCalls: number;
  readonly toolCalls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}
export interface AgentToolCall {
  readonly id: string;
  readonly name: string;
  readonly args: JsonObject;
  readonly elementInstanceKey: Key | null;
  readonly state: "PROPOSED" | "WAITING_FOR_APPROVAL" | "RUNNING" | "COMPLETED" | "BLOCKED" | "FAILED" | "CANCELED";
  readonly decision: {
    readonly decisionId: string;
    readonly determination: string;
    readonly reasonCodes: readonly string[];
    readonly policies: readonly {
      readonly policyId: string;
      readonly version: number;
      readonly stage: string;
      readonly matchedRules: readonly string[];
    }[];
    readonly constraints: readonly JsonValue[];
  } | null;
  readonly result: JsonValue;
}
export interface AgentTurn {
  readonly turn: number;
  readonly at: string;
  readonly model: string;
  readonly text: string | null;
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number };
  readonly durationMs: number;
  readonly error: string | null;
  readonly toolCalls: readonly AgentToolCall[];
}
export interface AgentTrajectory {
  readonly elementInstanceKey: Key;
  readonly elementId: string;
  readonly agentId: string;
  readonly agentVersion: string;
  readonly state: AgentState;
  readonly budget: JsonObject;
  readonly usage: AgentUsage;
  readonly turns: readonly AgentTurn[];
}

/**
 * The recorded commands, executed again with the recorded answers, against the recorded events; and the recorded events,
 * folded from nothing, against the state that the engine works with.
 */
export interface ReplayReport {
  readonly processInstanceKey: Key;
  readonly commands: number;
  readonly events: number;
  readonly equal: boolean;
  /** Where the first difference is, e.g. "entry 7: events.3.elementId" or "elements.7.state"; null when equal. */
  readonly firstDifference: string | null;
  /** SHA-256 (hex) over all events, each command's chained to those before: as recorded, and as executed again. */
  readonly recordedHash: string;
  readonly replayedHash: string;
  /** Model calls whose prompt was built again from the state, and is the recorded one. */
  readonly prompts: number;
}

export type EngineTopic = "instances" | "tasks" | "incidents" | "policies" | "decisions" | "deployments" | "batches";
/** Ids only: who may see a thing reads it through a search. `sequence` rises by one a notice on this node. */
export interface EngineNotice {
  readonly sequence: number;
  readonly topic: EngineTopic;
  readonly key: Key;
  readonly processInstanceKey: Key | null;
  readonly rootProcessInstanceKey: Key | null;
  readonly processDefinitionId: string | null;
  readonly tenantId: string;
  /** "processInstanceCreated", "userTaskCreated", "incidentResolved" … */
  readonly what: string;
}
