// FEEL date (DMN 1.5 §10.3.2.3.4).
import { dayOfYear, fromDayNumber, isDate, toDayNumber, weekdayOf, YEAR_MAX } from "./calendar.ts";
import { two } from "./zone.ts";

export class FeelDate {
  readonly kind = "date";
  readonly year: number;
  readonly month: number;
  readonly day: number;

  constructor(year: number, month: number, day: number) {
    this.year = year;
    this.month = month;
    this.day = day;
  }

  /** Days since 1970-01-01. */
  get dayNumber(): number {
    return toDayNumber(this.year, this.month, this.day);
  }

  /** Monday 1 to Sunday 7. */
  get weekday(): number {
    return weekdayOf(this.dayNumber);
  }

  get dayOfYear(): number {
    return dayOfYear(this.year, this.month, this.day);
  }

  toString(): string {
    return `${formatYear(this.year)}-${two(this.month)}-${two(this.day)}`;
  }

  toJSON(): string {
    return this.toString();
  }
}

export function formatYear(year: number): string {
  return `${year < 0 ? "-" : ""}${String(Math.abs(year)).padStart(4, "0")}`;
}

/** A date, or undefined when the calendar has none such. */
export function makeDate(year: number, month: number, day: number): FeelDate | undefined {
  return isDate(year, month, day) ? new FeelDate(year, month, day) : undefined;
}

/** The date of a day number, or undefined beyond the year range. */
export function dateFromDayNumber(days: number): FeelDate | undefined {
  if (Math.abs(days) > 366 * YEAR_MAX) return undefined;
  const { year, month, day } = fromDayNumber(days);
  return Math.abs(year) > YEAR_MAX ? undefined : new FeelDate(year, month, day);
}
