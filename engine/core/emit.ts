/** The way every event takes: into the list of the step and, at once, into the state. */
import { apply } from "./apply.ts";
import type { Note } from "./bookkeeping.ts";
import type { Event } from "./event.ts";
import type { Failure } from "./failure.ts";
import type { ElementInstance, Stage } from "./instance.ts";
import type { JsonObject, Key } from "./json.ts";
import type { Step } from "./machine.ts";

export function emit(step: Step, event: Event): void {
  step.events.push(event);
  apply(step.instance, event);
}

export function note(step: Step, self: ElementInstance, content: Note): void {
  emit(step, { type: "noted", element: self.key, note: content as unknown as JsonObject });
}

/** An incident: the element instance stays where it is until somebody resolves it, then goes on at `stage`. */
export function raise(step: Step, self: ElementInstance, failure: Failure, stage: Stage, job: Key | null = null): void {
  // A guarded action is judged again before it runs: a permit is never kept.
  const resume = stage === "enter" && self.detail?.guard?.started ? "guard" : stage;
  emit(step, {
    type: "incidentCreated",
    key: step.environment.nextKey(),
    errorType: failure.kind,
    message: failure.message,
    element: self.key,
    elementId: failure.elementId ?? self.element.id,
    instance: self.process.key,
    job,
    stage: resume,
  });
}

export function failure(kind: Failure["kind"], message: string): Failure {
  return { kind, message };
}

export function isAlive(self: ElementInstance): boolean {
  return self.state === "active" || self.state === "completing";
}
