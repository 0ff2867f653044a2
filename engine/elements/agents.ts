/** Agents as the commands ask for them. */

import type { Agents } from "../core/machine.ts";
import { closeWaits } from "../core/termination.ts";
import { scheduleWallTime, wallTimeReached } from "./agent-budget.ts";
import { interruptAgent, recordTurn, resumeAgent } from "./agent-turn.ts";

export const agents: Agents = {
  turnFailed: (step, self, record) => recordTurn(step, self, record, "agentTurnFailed"),
  interrupt: interruptAgent,
  resume: resumeAgent,
  /** An agent that had stopped at its old budget goes on by itself. */
  budgetChanged(step, self) {
    scheduleWallTime(step, self);
    const stopped = [...(self.waits ?? [])].some(
      (wait) => wait.kind === "incident" && wait.errorType === "BUDGET_EXCEEDED",
    );
    if (!stopped) return;
    closeWaits(step, self, (wait) => wait.kind === "incident" && wait.errorType === "BUDGET_EXCEEDED");
    resumeAgent(step, self);
  },
  wallTimeReached,
};
