/**
 * Prompts built again (requirement H08): while an agent's job is open, the request that a worker would send follows from
 * the state alone. The hash that the turn recorded must be one of those.
 */
import { modelRequest, promptHash } from "../../agents/conversation.ts";
import type { Event } from "../../core/event.ts";
import { agentContextOf, type Instance } from "../../core/index.ts";
import type { Key } from "../../core/json.ts";

export class PromptCheck {
  /** Element instance of an agent → hashes of the requests that were possible since its job was created. */
  readonly #possible = new Map<Key, Set<string>>();
  checked = 0;

  /** Call with the events of each command after its execution. The first turn whose prompt differs, or null. */
  follow(events: readonly Event[], instance: Instance): string | null {
    let difference: string | null = null;
    for (const event of events) {
      if (event.type !== "agentTurnCompleted" && event.type !== "agentTurnFailed") continue;
      this.checked++;
      if (this.#possible.get(event.element)?.has(event.step.promptHash) !== true)
        difference ??= `prompt of turn ${event.turn} of the agent ${event.element}`;
    }
    for (const event of events) {
      if (event.type === "jobCreated" && event.kind === "AD_HOC_SUB_PROCESS") this.#possible.delete(event.element);
      if (event.type === "jobCreated" || event.type === "agentBudgetChanged") this.#add(event.element, instance);
    }
    return difference;
  }

  #add(element: Key, instance: Instance): void {
    const self = instance.elements.get(element);
    const context = self && agentContextOf(self);
    if (!context) return;
    const possible = this.#possible.get(element) ?? new Set();
    this.#possible.set(element, possible.add(promptHash(modelRequest(context))));
  }
}
