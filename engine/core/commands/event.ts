/** fireTimer, correlateMessage, triggerSignal: something that an element instance waits for has come. Late and doubled deliveries are refused. */
import type { Command } from "../command.ts";
import { emit, isAlive } from "../emit.ts";
import type { Rejection } from "../failure.ts";
import type { EventWait } from "../instance.ts";
import type { Key } from "../json.ts";
import type { Step } from "../machine.ts";

function waitOf<Kind extends EventWait["kind"]>(
  step: Step,
  key: Key,
  kind: Kind,
  what: string,
): Extract<EventWait, { kind: Kind }> | Rejection {
  const wait = step.instance.waits.get(key);
  if (wait?.kind !== kind)
    return { kind: "notFound", message: `Expected an open ${what} with key ${key}, but there is none` };
  if (!isAlive(wait.owner))
    return {
      kind: "invalidState",
      message: `Expected an active element, but '${wait.owner.element.id}' is being terminated`,
    };
  return wait as Extract<EventWait, { kind: Kind }>;
}

/** Timers come from the clock of the store; more than this early is a mistake of the caller. */
const earlyMsMax = 1000;

export function fireTimer(step: Step, command: Extract<Command, { type: "fireTimer" }>): Rejection | null {
  const timer = waitOf(step, command.timerKey, "timer", "timer");
  if (timer.kind !== "timer") return timer;
  if (step.now < timer.dueAt - earlyMsMax)
    return {
      kind: "invalidState",
      message: `Expected a timer that is due, but ${timer.key} is due in ${timer.dueAt - step.now} ms`,
    };
  emit(step, { type: "timerFired", key: timer.key });
  const { wrappers, agents } = step.machine;
  if (timer.purpose === "approvalSla") wrappers.guard.slaReached(step, timer.owner);
  else if (timer.purpose === "agentWallTime") agents.wallTimeReached(step, timer.owner);
  else wrappers.subscriptions.triggered(step, timer, {});
  return null;
}

export function correlateMessage(
  step: Step,
  command: Extract<Command, { type: "correlateMessage" }>,
): Rejection | null {
  const wait = waitOf(step, command.subscriptionKey, "message", "message subscription");
  if (wait.kind !== "message") return wait;
  if (wait.messageName !== command.messageName)
    return { kind: "invalid", message: `Expected the message '${wait.messageName}', but got '${command.messageName}'` };
  emit(step, { type: "messageCorrelated", key: wait.key, messageKey: command.messageKey });
  step.machine.wrappers.subscriptions.triggered(step, wait, command.variables);
  return null;
}

export function triggerSignal(step: Step, command: Extract<Command, { type: "triggerSignal" }>): Rejection | null {
  const wait = waitOf(step, command.subscriptionKey, "signal", "signal subscription");
  if (wait.kind !== "signal") return wait;
  if (wait.signalName !== command.signalName)
    return { kind: "invalid", message: `Expected the signal '${wait.signalName}', but got '${command.signalName}'` };
  emit(step, { type: "signalReceived", key: wait.key, signalName: wait.signalName });
  step.machine.wrappers.subscriptions.triggered(step, wait, command.variables);
  return null;
}
