/** Agents of an instance: turns, tool proposals, decisions and results (/governance/v1). */
import type { Constraint, Determination } from "../../../decisions/plane/types.ts";
import { request } from "./client.ts";
import type { JsonObject, JsonValue } from "./json.ts";

export type AgentState = "THINKING" | "TOOL_CALLING" | "WAITING_FOR_APPROVAL" | "PAUSED" | "COMPLETED" | "TERMINATED";

export type { Constraint, Determination };

/** A rule that matched: its id alone, or with its table and its place in it (counted from 1). */
export type MatchedRule =
  | string
  | { readonly decisionId?: string; readonly ruleId: string; readonly ruleIndex?: number };

export interface PolicyReference {
  readonly policyId: string;
  readonly version: number;
  readonly stage?: string;
  readonly contentHash?: string;
  readonly matchedRules: readonly MatchedRule[];
}

export interface ToolCallDecision {
  readonly decisionId: string;
  readonly determination: Determination;
  readonly reasonCodes: readonly string[];
  readonly policies: readonly PolicyReference[];
  readonly constraints: readonly Constraint[];
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly args: JsonObject;
  readonly elementInstanceKey: string | null;
  readonly state: string;
  readonly decision: ToolCallDecision | null;
  readonly result: JsonValue;
}

export interface AgentTurn {
  readonly turn: number;
  readonly at: string | number;
  readonly model: string;
  readonly text: string | null;
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number };
  readonly durationMs: number;
  readonly error: string | null;
  readonly toolCalls: readonly ToolCall[];
}

export interface AgentBudget {
  readonly modelCallsMax?: number | null;
  readonly toolCallsMax?: number | null;
  readonly tokensMax?: number | null;
  readonly wallTimeMsMax?: number | null;
}

export interface Agent {
  readonly elementInstanceKey: string;
  readonly elementId: string;
  readonly agentId: string;
  readonly state: AgentState;
  readonly budget: AgentBudget | null;
  readonly usage: {
    readonly modelCalls: number;
    readonly toolCalls: number;
    readonly inputTokens: number;
    readonly outputTokens: number;
  };
  readonly turns: readonly AgentTurn[];
}

export async function listAgents(instanceKey: string, signal?: AbortSignal): Promise<readonly Agent[]> {
  const answer = await request<{ items: readonly Agent[] }>(
    `/governance/v1/process-instances/${encodeURIComponent(instanceKey)}/agents`,
    signal ? { signal } : {},
  );
  return answer.items;
}

/** Stops an agent from outside: pause keeps it for later, terminate ends it. */
export function interruptAgent(elementInstanceKey: string, mode: "pause" | "terminate", reason: string): Promise<void> {
  return request(`/governance/v1/agents/${encodeURIComponent(elementInstanceKey)}/interrupt`, {
    method: "POST",
    json: { mode, reason },
  });
}
