/**
 * Same initial state, same inputs, same tool outputs: same trajectory (requirement H07). Every recorded command is
 * executed again on a fresh instance and its events are compared with the recorded ones; two hashes over all events,
 * each entry chained to the one before, say in one line whether they are the same.
 */
import { createHash } from "node:crypto";
import { canonicalText } from "../../core/canonical.ts";
import type { Event } from "../../core/event.ts";
import { createInstance, type Instance, step } from "../../core/index.ts";
import type { JsonValue } from "../../core/json.ts";
import { difference } from "../record.ts";
import { type RecordedEntry, type ReplayWorld, recordedEnvironment } from "./answers.ts";
import { PromptCheck } from "./prompts.ts";

export interface SecondRun {
  readonly recordedHash: string;
  readonly replayedHash: string;
  /** Model calls whose prompt was built again. */
  readonly prompts: number;
  /** "entry 7: events.3.elementId", or what stopped the run; null when everything is equal. */
  readonly firstDifference: string | null;
}

/** Told after each entry, with the state at its end and the events that the second run gave. */
export type Observer = (entry: RecordedEntry, instance: Instance, events: readonly Event[]) => void;

/** @param entries the whole record of an aggregate, oldest first */
export function executeAgain(
  entries: readonly RecordedEntry[],
  world: ReplayWorld,
  observe: Observer = () => {},
): SecondRun {
  const prompts = new PromptCheck();
  let recordedHash = "";
  let replayedHash = "";
  let firstDifference: string | null = null;
  let instance: Instance | null = null;
  let sequence = 0;
  for (const entry of entries) {
    if (entry.sequence !== ++sequence) {
      firstDifference ??= `entry ${sequence}: missing`;
      break;
    }
    const outcome = execute(entry, instance, world);
    recordedHash = chained(recordedHash, entry.events);
    if ("stopped" in outcome) {
      firstDifference ??= `entry ${sequence}: ${outcome.stopped}`;
      break;
    }
    instance = outcome.instance;
    // As it would be stored: without undefined members.
    const events = JSON.parse(JSON.stringify(outcome.events)) as Event[];
    replayedHash = chained(replayedHash, events);
    if (recordedHash !== replayedHash) {
      firstDifference ??= `entry ${sequence}: ${difference(entry.events as unknown as JsonValue, events as unknown as JsonValue, "events") ?? "events"}`;
      break;
    }
    const otherPrompt = prompts.follow(events, instance);
    if (otherPrompt !== null) firstDifference ??= `entry ${sequence}: ${otherPrompt}`;
    observe(entry, instance, events);
  }
  return { recordedHash, replayedHash, prompts: prompts.checked, firstDifference };
}

/** Hash of everything before and these events, hex. */
export function chained(before: string, events: readonly Event[]): string {
  return createHash("sha256")
    .update(`${before}|${canonicalText(events as unknown as JsonValue)}`)
    .digest("hex");
}

function execute(
  entry: RecordedEntry,
  instance: Instance | null,
  world: ReplayWorld,
): { readonly instance: Instance; readonly events: readonly Event[] } | { readonly stopped: string } {
  const { command } = entry.recorded;
  const environment = recordedEnvironment(entry, world);
  try {
    if (instance === null) {
      if (command.type !== "createInstance") return { stopped: `Expected a creation, but found ${command.type}` };
      const created = createInstance(command, environment);
      return "rejected" in created ? { stopped: created.rejected.message } : created;
    }
    const outcome = step(instance, command, environment);
    return "rejected" in outcome ? { stopped: outcome.rejected.message } : { instance, events: outcome.events };
  } catch (error) {
    // A record that was tampered with may not even be a command any more.
    return { stopped: error instanceof Error ? error.message : String(error) };
  }
}
