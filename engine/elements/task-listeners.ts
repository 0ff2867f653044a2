/**
 * Which listeners a transition of a user task has, and in which order: those of the installation that go first, those
 * of the model (zeebe:taskListeners), those of the installation that go last. What the installation has when a
 * transition begins is pinned in its event, so that a change of the list never reaches into a transition under way.
 */
import type { ElementInstance, PinnedListener } from "../core/instance.ts";
import type { Step } from "../core/machine.ts";
import type { Listener } from "../core/process.ts";
import { fixedText } from "../core/variables.ts";

export type Transition = "CREATING" | "ASSIGNING" | "UPDATING" | "COMPLETING" | "CANCELING";

/** `create`, `creating`, `assignment` …: the names of all versions of the dialect. */
function transitionOf(eventType: string): Transition | null {
  const word = eventType.toLowerCase();
  if (word.startsWith("creat")) return "CREATING";
  if (word.startsWith("assign")) return "ASSIGNING";
  if (word.startsWith("updat")) return "UPDATING";
  if (word.startsWith("complet")) return "COMPLETING";
  return word.startsWith("cancel") ? "CANCELING" : null;
}

/** The installation's listeners for a transition that begins now. */
export function listenersToPin(step: Step, transition: Transition): readonly PinnedListener[] {
  return step.environment.taskListeners?.(transition) ?? [];
}

/** All listeners of a transition, in the order in which they work. */
export function listenersFor(
  self: ElementInstance,
  transition: Transition,
  pinned: readonly PinnedListener[],
): readonly Listener[] {
  const own = (self.element.userTask?.listeners ?? []).filter(
    (listener) => transitionOf(listener.eventType) === transition,
  );
  if (pinned.length === 0) return own;
  const first = pinned.filter((listener) => !listener.last).map(asListener);
  const last = pinned.filter((listener) => listener.last).map(asListener);
  return [...first, ...own, ...last];
}

function asListener({ type, retries }: PinnedListener): Listener {
  return { eventType: "global", type: fixedText(type), retries: fixedText(String(retries)), headers: {} };
}
