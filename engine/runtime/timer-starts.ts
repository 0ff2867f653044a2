/** Timer start events of latest versions. The instance, the next due time and the proof of delivery are one transaction. */
import type { Database, TableWrite } from "../../store/index.ts";
import type { Actor } from "../core/command.ts";
import type { EpochMs, Key } from "../core/json.ts";
import { nextSchedule } from "../triggers/timer.ts";
import { AlreadyDeliveredError, RejectedError } from "./intake-errors.ts";
import { statementName } from "./rows/tables.ts";
import { delivery } from "./signals.ts";
import { type InstanceStarter, type StartRow, startColumns } from "./start-instance.ts";

const claimMs = 30_000;
const engineActor: Actor = { id: "engine", type: "engine" };

interface DueStart extends StartRow {
  due_at: string;
  repetitions: number;
  interval: string | null;
}

/** Starts what is due; returns when the next one is, or null. */
export async function fireTimerStarts(
  database: Database,
  starter: InstanceStarter,
  now: EpochMs,
): Promise<EpochMs | null> {
  const due = await database.query<DueStart>(
    `update start_subscription set claimed_until = $1
      where key in (select key from start_subscription where due_at <= $2 and claimed_until <= $2 order by due_at limit 200 for update skip locked)
     returning ${startColumns}, due_at, repetitions, interval`,
    [now + claimMs, now],
  );
  await Promise.all(due.map((start) => fire(start, starter, now)));
  const rows = await database.query<{ due: string | null }>(
    "select min(greatest(due_at, claimed_until)) as due from start_subscription where due_at is not null",
  );
  const next = rows[0]?.due;
  return next === null || next === undefined ? null : Number(next);
}

async function fire(start: DueStart, starter: InstanceStarter, now: EpochMs): Promise<void> {
  const dueAt = Number(start.due_at);
  const next = nextSchedule({ dueAt, repetitions: start.repetitions, interval: start.interval }, now);
  const advance: TableWrite = {
    statement: statementName("startTimer"),
    rows: [{ key: start.key, due_at: next?.dueAt ?? null, repetitions: next?.repetitions ?? 0 }],
  };
  try {
    await starter.start(start, {}, engineActor, (_rootKey: Key) => [delivery(start.key, dueAt), advance]);
  } catch (error) {
    if (error instanceof AlreadyDeliveredError || error instanceof RejectedError) return;
    throw error;
  }
}
