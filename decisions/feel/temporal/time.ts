// FEEL time (DMN 1.5 §10.3.2.3.5): a time of day with nanoseconds and an optional offset or IANA zone.
import { formatZone, offsetOf, two, type Zone } from "./zone.ts";

export class FeelTime {
  readonly kind = "time";
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nanosecond: number;
  readonly zone: Zone;

  constructor(hour: number, minute: number, second: number, nanosecond: number, zone: Zone) {
    this.hour = hour;
    this.minute = minute;
    this.second = second;
    this.nanosecond = nanosecond;
    this.zone = zone;
  }

  get secondOfDay(): number {
    return this.hour * 3600 + this.minute * 60 + this.second;
  }

  /** Seconds east of UTC, undefined for a local time. A zone without a date is read at 1970-01-01. */
  get offset(): number | undefined {
    return offsetOf(this.zone, 0, this.secondOfDay);
  }

  toString(): string {
    return `${formatClock(this.hour, this.minute, this.second, this.nanosecond)}${formatZone(this.zone)}`;
  }

  toJSON(): string {
    return this.toString();
  }
}

export function formatClock(hour: number, minute: number, second: number, nanosecond: number): string {
  const fraction =
    nanosecond === 0
      ? ""
      : `.${String(nanosecond)
          .padStart(9, "0")
          .replace(/(?<!0)0+$/, "")}`;
  return `${two(hour)}:${two(minute)}:${two(second)}${fraction}`;
}

/** A time, or undefined when a part is out of range. */
export function makeTime(
  hour: number,
  minute: number,
  second: number,
  nanosecond: number,
  zone: Zone,
): FeelTime | undefined {
  const whole = [hour, minute, second, nanosecond].every((part) => Number.isInteger(part) && part >= 0);
  if (!whole || hour > 23 || minute > 59 || second > 59 || nanosecond > 999_999_999) return undefined;
  return new FeelTime(hour, minute, second, nanosecond, zone);
}
