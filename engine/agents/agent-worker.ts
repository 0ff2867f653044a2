/** The worker of native agents: jobs of type `interlock:agent`, one model call each, paid for before it is made. */
import type { AgentContext } from "../core/agent-context.ts";
import type { WorkerAnswer, WorkerHandler } from "../runtime/contract/jobs.ts";
import { AgentTurnError, runAgentTurn } from "./agent-turn.ts";
import type { Model } from "./model.ts";

export const agentJobType = "interlock:agent";

const modelCallMsMax = 120_000;
const retryBackOffMs = 2_000;

/** What pays for turns; the engine's wallets fit. Each answers with the reason why not, or null. */
export interface AgentWallets {
  reserve(owner: { readonly rootProcessInstanceKey: string; readonly tenantId: string }): Promise<string | null>;
  settle(
    owner: { readonly rootProcessInstanceKey: string; readonly tenantId: string },
    used: { readonly tokens: number; readonly toolCalls: number },
  ): Promise<string | null>;
}

/** No retry: the incident is for an operator, who raises the budget, gives the job a retry and resolves it. */
const stopped = (errorMessage: string) => ({ type: "fail", retries: 0, errorMessage }) as const;

/** Answers agent jobs with `model`. A failed call costs one retry of the job and leaves its record. */
export function agentWorker(model: Model, wallets: AgentWallets, now: () => number = Date.now): WorkerHandler {
  return async (job): Promise<WorkerAnswer> => {
    const context = job.variables.agentContext as unknown as AgentContext | undefined;
    if (!context)
      return { type: "fail", retries: 0, errorMessage: "Expected the job to carry agentContext, but it does not." };
    const spent = await wallets.reserve(job);
    if (spent !== null) return stopped(spent);
    const signal = AbortSignal.any([job.signal, AbortSignal.timeout(modelCallMsMax)]);
    try {
      const turn = await runAgentTurn(context, model, signal, now);
      const { usage, toolCalls } = turn.agentStep;
      const over = await wallets.settle(job, {
        tokens: usage.inputTokens + usage.outputTokens,
        toolCalls: toolCalls.length,
      });
      return over === null ? { type: "complete", ...turn } : { ...stopped(over), agentStep: turn.agentStep };
    } catch (error) {
      if (!(error instanceof AgentTurnError)) throw error;
      return { type: "fail", errorMessage: error.message, retryBackOffMs, agentStep: error.agentStep };
    }
  };
}
