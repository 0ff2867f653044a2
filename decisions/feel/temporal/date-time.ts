// FEEL date and time (DMN 1.5 §10.3.2.3.6).
import type { FeelDate } from "./date.ts";
import { FeelTime } from "./time.ts";
import { offsetOf } from "./zone.ts";

/** A point of UTC time: day number, second of day, nanosecond. All three stay safe integers for every year. */
export interface Instant {
  days: number;
  second: number;
  nanosecond: number;
}

export class FeelDateTime {
  readonly kind = "date and time";
  readonly date: FeelDate;
  readonly time: FeelTime;

  constructor(date: FeelDate, time: FeelTime) {
    this.date = date;
    this.time = time;
  }

  /** Seconds east of UTC on that day, undefined for a local date and time. */
  get offset(): number | undefined {
    return offsetOf(this.time.zone, this.date.dayNumber, this.time.secondOfDay);
  }

  toString(): string {
    return `${this.date}T${this.time}`;
  }

  toJSON(): string {
    return this.toString();
  }
}

/** The instant of a date and time; a local one is read at `assumed` seconds east of UTC. */
export function instantOf(value: FeelDateTime, assumed = 0): Instant {
  const shifted = value.time.secondOfDay - (value.offset ?? assumed);
  const carry = Math.floor(shifted / 86_400);
  return { days: value.date.dayNumber + carry, second: shifted - carry * 86_400, nanosecond: value.time.nanosecond };
}

export function compareInstants(a: Instant, b: Instant): number {
  return a.days - b.days || a.second - b.second || a.nanosecond - b.nanosecond;
}

const MIDNIGHT_UTC = new FeelTime(0, 0, 0, 0, 0);

/** A date as the date and time it starts with: UTC midnight (DMN 1.5 §10.3.2.3.4). */
export function startOfDay(date: FeelDate): FeelDateTime {
  return new FeelDateTime(date, MIDNIGHT_UTC);
}
