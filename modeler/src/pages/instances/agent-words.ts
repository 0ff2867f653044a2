/** What is said of an agent that asked no model. */
import type { Agent } from "../../api/agents.ts";

/**
 * Null for an agent that had a turn. One that has completed without any was entered a second time, by compensation, to
 * undo what it had done: it asks nobody then.
 */
export function withoutModel({ turns, state }: Pick<Agent, "turns" | "state">): string | null {
  if (turns.length > 0) return null;
  if (state === "COMPLETED") return "Entered again only to undo what it had done; it asked no model.";
  return state === "TERMINATED" ? "Ended before it asked a model." : "Has not asked a model yet.";
}
