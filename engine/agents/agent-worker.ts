/** The worker of native agents: jobs of type `interlock:agent`, one model call each. */
import type { AgentContext } from "../core/agent-context.ts";
import type { WorkerAnswer, WorkerHandler } from "../runtime/contract/jobs.ts";
import { AgentTurnError, runAgentTurn } from "./agent-turn.ts";
import type { Model } from "./model.ts";

export const agentJobType = "interlock:agent";

const modelCallMsMax = 120_000;
const retryBackOffMs = 2_000;

/** Answers agent jobs with `model`. A failed call costs one retry of the job and leaves its record. */
export function agentWorker(model: Model, now: () => number = Date.now): WorkerHandler {
  return async (job): Promise<WorkerAnswer> => {
    const context = job.variables.agentContext as unknown as AgentContext | undefined;
    if (!context)
      return { type: "fail", retries: 0, errorMessage: "Expected the job to carry agentContext, but it does not." };
    const signal = AbortSignal.any([job.signal, AbortSignal.timeout(modelCallMsMax)]);
    try {
      return { type: "complete", ...(await runAgentTurn(context, model, signal, now)) };
    } catch (error) {
      if (!(error instanceof AgentTurnError)) throw error;
      return { type: "fail", errorMessage: error.message, retryBackOffMs, agentStep: error.agentStep };
    }
  };
}
