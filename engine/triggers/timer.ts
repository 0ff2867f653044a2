/**
 * Timer event definition (BPMN 10.5.5; rules 61–63): dates, durations, cycles and cron. A cycle counts from its due date,
 * never from now, so it does not drift; firings missed while nobody ran collapse into one.
 */
import { emit } from "../core/emit.ts";
import type { Result } from "../core/failure.ts";
import type { TimerWait } from "../core/instance.ts";
import type { EpochMs, JsonValue } from "../core/json.ts";
import type { Step, Trigger } from "../core/machine.ts";
import type { EventDefinition, TimerKind } from "../core/process.ts";
import { evaluate } from "../core/variables.ts";
import { definitionField } from "../core/waits.ts";
import { nextCron, parseCron } from "./cron.ts";
import { addDuration, parseDate, parseDuration, parseRepeating, splitZone } from "./iso-8601.ts";

export interface Schedule {
  readonly dueAt: EpochMs;
  /** Firings left after this one, -1 without end. */
  readonly repetitions: number;
  /** ISO duration or cron text, perhaps with a zone in brackets; null: fires once. */
  readonly interval: string | null;
}

export const timer: Trigger = {
  prepare(step, { owner, event, definition, variables }) {
    const { kind, expression } = event.eventDefinitions[definition] as Extract<EventDefinition, { type: "timer" }>;
    const result = evaluate(step, owner, expression, variables);
    if (!result.ok) return { ok: false, failure: { ...result.failure, kind: "EXTRACT_VALUE_ERROR" } };
    const schedule = scheduleOf(kind, result.value, step.now);
    if (!schedule.ok)
      return {
        ok: false,
        failure: { ...schedule.failure, message: `${schedule.failure.message} ('${expression.source}')` },
      };
    return {
      ok: true,
      value: () =>
        emit(step, {
          type: "timerScheduled",
          key: step.environment.nextKey(),
          element: owner.key,
          elementId: event.id,
          instance: owner.process.key,
          purpose: "event",
          ...schedule.value,
          ...definitionField(event, definition),
        }),
    };
  },
};

/** When a timer of this kind and value is due for the first time. Also used for timer start events. */
export function scheduleOf(kind: TimerKind, value: JsonValue, now: EpochMs): Result<Schedule> {
  if (typeof value !== "string") return unreadable(kind, value);
  if (kind === "date") {
    const dueAt = parseDate(value);
    return dueAt === null ? unreadable(kind, value) : { ok: true, value: { dueAt, repetitions: 0, interval: null } };
  }
  if (kind === "duration") {
    const duration = parseDuration(value);
    return duration
      ? { ok: true, value: { dueAt: addDuration(now, duration), repetitions: 0, interval: null } }
      : unreadable(kind, value);
  }
  const schedule = cycleOf(value, now);
  return schedule ? { ok: true, value: schedule } : unreadable(kind, value);
}

function cycleOf(text: string, now: EpochMs): Schedule | null {
  const repeating = parseRepeating(text);
  if (repeating) {
    const { times, start, interval } = repeating;
    const next = add(now, interval)!;
    if (times === 0 || (times < 0 && next <= now)) return null;
    const first = start ?? next;
    return {
      dueAt: first < now ? (following(first, interval, now) ?? now) : first,
      repetitions: times < 0 ? -1 : times - 1,
      interval,
    };
  }
  const dueAt = cronAfter(text, now);
  return dueAt === null ? null : { dueAt, repetitions: -1, interval: text.trim() };
}

/** `from` plus an interval as `parseRepeating` gives it; null when it is none. */
function add(from: EpochMs, interval: string, times = 1): EpochMs | null {
  const split = splitZone(interval);
  const duration = split && parseDuration(split.text);
  return duration ? addDuration(from, duration, times, split.zone) : null;
}

/** "0 0 9 * * MON-FRI", or on the clocks of a zone: "0 0 9 * * MON-FRI [Europe/Berlin]". */
function cronAfter(text: string, from: EpochMs): EpochMs | null {
  const split = splitZone(text);
  const cron = split && parseCron(split.text);
  return cron ? nextCron(cron, from, split.zone) : null;
}

/** The schedule after a firing; null when that was the last one. */
export function nextSchedule(fired: Schedule, now: EpochMs): Schedule | null {
  if (fired.interval === null || fired.repetitions === 0) return null;
  const dueAt = following(fired.dueAt, fired.interval, now);
  if (dueAt === null) return null;
  return { dueAt, repetitions: fired.repetitions < 0 ? -1 : fired.repetitions - 1, interval: fired.interval };
}

/** First time on the grid of `interval` from `base` that is after both `base` and `now`. */
function following(base: EpochMs, interval: string, now: EpochMs): EpochMs | null {
  const next = add(base, interval);
  if (next === null) return cronAfter(interval, Math.max(base, now));
  if (next > now || next <= base) return next;
  // Whole intervals that were missed are skipped in one step; calendar months need at most one correction.
  let skipped = Math.max(1, Math.floor((now - base) / (next - base)) - 1);
  while (add(base, interval, skipped)! <= now) skipped++;
  return add(base, interval, skipped);
}

function unreadable(
  kind: TimerKind,
  value: JsonValue,
): { readonly ok: false; readonly failure: { readonly kind: "EXTRACT_VALUE_ERROR"; readonly message: string } } {
  const wanted = {
    date: "a date and time",
    duration: "an ISO 8601 duration",
    cycle: "a repeating interval or cron expression",
  }[kind];
  return {
    ok: false,
    failure: {
      kind: "EXTRACT_VALUE_ERROR",
      message: `Expected the timer to be ${wanted}, but it is ${JSON.stringify(value).slice(0, 100)}`,
    },
  };
}

/** Schedules the next firing of a cycle. */
export function rearm(step: Step, fired: TimerWait): void {
  const next = nextSchedule(fired, step.now);
  if (!next) return;
  const event = fired.owner.definition.elements[fired.event]!;
  emit(step, {
    type: "timerScheduled",
    key: step.environment.nextKey(),
    element: fired.owner.key,
    elementId: event.id,
    instance: fired.owner.process.key,
    purpose: "event",
    ...next,
    ...definitionField(event, fired.definition),
  });
}
