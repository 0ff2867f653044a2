// The proleptic Gregorian calendar (ISO 8601, XML Schema 1.1) over years -999,999,999 to 999,999,999.
// Contract: pure integer arithmetic; day numbers count from 1970-01-01 and stay safe integers.
// Days from civil dates follow the usual era decomposition: 400 years are 146,097 days.

export const YEAR_MAX = 999_999_999;

export function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

export function isDate(year: number, month: number, day: number): boolean {
  return (
    Number.isInteger(year) &&
    Math.abs(year) <= YEAR_MAX &&
    Number.isInteger(month) &&
    month >= 1 &&
    month <= 12 &&
    Number.isInteger(day) &&
    day >= 1 &&
    day <= daysInMonth(year, month)
  );
}

/** Days since 1970-01-01. */
export function toDayNumber(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** The civil date of a day number. */
export function fromDayNumber(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthIndex = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthIndex + 2) / 5) + 1;
  const month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

/** ISO weekday of a day number: Monday 1 to Sunday 7. */
export function weekdayOf(days: number): number {
  return ((((days + 3) % 7) + 7) % 7) + 1;
}

export function dayOfYear(year: number, month: number, day: number): number {
  return toDayNumber(year, month, day) - toDayNumber(year, 1, 1) + 1;
}

/** ISO 8601 week number. */
export function weekOfYear(year: number, month: number, day: number): number {
  const days = toDayNumber(year, month, day);
  const thursday = days + 4 - weekdayOf(days);
  const yearStart = toDayNumber(fromDayNumber(thursday).year, 1, 1);
  return Math.floor((thursday - yearStart) / 7) + 1;
}

/** Adds months; the day is cut to the month's length. Undefined beyond the year range. */
export function addMonths(
  date: { year: number; month: number; day: number },
  months: number,
): { year: number; month: number; day: number } | undefined {
  const index = date.year * 12 + (date.month - 1) + months;
  const year = Math.floor(index / 12);
  if (Math.abs(year) > YEAR_MAX) return undefined;
  const month = index - year * 12 + 1;
  return { year, month, day: Math.min(date.day, daysInMonth(year, month)) };
}
