// The arithmetic operators over all kinds (DMN 1.5 tables 55 to 61).
// Contract: undefined when the operands do not go together or the result leaves the value space; the compiler turns
// that into null with a warning. Nothing here converts kinds.
import type { ArithmeticOperator } from "./ast.ts";
import {
  add,
  coefficientOf,
  divide,
  exponentOf,
  type FeelNumber,
  fromBig,
  multiply,
  negate,
  powerOfTen,
  subtract,
} from "./number/decimal.ts";
import { roundTo } from "./number/rounding.ts";
import { raise } from "./number/transcendental.ts";
import type { EvaluationSession } from "./session.ts";
import {
  addToDate,
  addToDateTime,
  addToTime,
  asDateTime,
  subtractDates,
  subtractDateTimes,
  subtractTimes,
} from "./temporal/arithmetic.ts";
import { FeelDate } from "./temporal/date.ts";
import { FeelDateTime } from "./temporal/date-time.ts";
import { DaysTimeDuration, YearsMonthsDuration } from "./temporal/duration.ts";
import { FeelTime } from "./temporal/time.ts";
import { type FeelValue, isDuration, isNumber } from "./value.ts";

/** Applies one operator. */
export function calculate(
  operator: ArithmeticOperator,
  left: FeelValue,
  right: FeelValue,
  session: EvaluationSession,
): FeelValue | undefined {
  switch (operator) {
    case "+":
      return plus(left, right, session);
    case "-":
      return minus(left, right);
    case "*":
      return times(left, right);
    case "/":
      return by(left, right);
    case "**":
      return isNumber(left) && isNumber(right) ? power(left, right, session) : undefined;
  }
}

function power(left: FeelNumber, right: FeelNumber, session: EvaluationSession): FeelNumber | undefined {
  session.charge(64);
  return raise(left, right) ?? undefined;
}

function plus(left: FeelValue, right: FeelValue, session: EvaluationSession): FeelValue | undefined {
  if (isNumber(left) && isNumber(right)) return add(left, right) ?? undefined;
  if (typeof left === "string" && typeof right === "string") {
    session.chargeString(left.length + right.length);
    return left + right;
  }
  if (left instanceof DaysTimeDuration && right instanceof DaysTimeDuration) {
    return new DaysTimeDuration(left.nanoseconds + right.nanoseconds);
  }
  if (left instanceof YearsMonthsDuration && right instanceof YearsMonthsDuration) {
    return months(left.months + right.months);
  }
  return isDuration(right) ? move(left, right) : isDuration(left) ? move(right, left) : undefined;
}

function move(value: FeelValue, duration: DaysTimeDuration | YearsMonthsDuration): FeelValue | undefined {
  if (value instanceof FeelDate) return addToDate(value, duration);
  if (value instanceof FeelDateTime) return addToDateTime(value, duration);
  if (value instanceof FeelTime && duration instanceof DaysTimeDuration) return addToTime(value, duration);
  return undefined;
}

function months(total: number): YearsMonthsDuration | undefined {
  return Number.isSafeInteger(total) ? new YearsMonthsDuration(total) : undefined;
}

function minus(left: FeelValue, right: FeelValue): FeelValue | undefined {
  if (isNumber(left) && isNumber(right)) return subtract(left, right) ?? undefined;
  if (isDuration(right)) return minusDuration(left, negateDuration(right));
  if (left instanceof FeelDate && right instanceof FeelDate) return subtractDates(left, right);
  if (left instanceof FeelTime && right instanceof FeelTime) return subtractTimes(left, right);
  if (isDay(left) && isDay(right)) return subtractDateTimes(asDateTime(left), asDateTime(right));
  return undefined;
}

function isDay(value: FeelValue): value is FeelDate | FeelDateTime {
  return value instanceof FeelDate || value instanceof FeelDateTime;
}

function minusDuration(left: FeelValue, negated: DaysTimeDuration | YearsMonthsDuration): FeelValue | undefined {
  if (left instanceof DaysTimeDuration && negated instanceof DaysTimeDuration) {
    return new DaysTimeDuration(left.nanoseconds + negated.nanoseconds);
  }
  if (left instanceof YearsMonthsDuration && negated instanceof YearsMonthsDuration) {
    return months(left.months + negated.months);
  }
  return move(left, negated);
}

/** The duration with the other sign. */
export function negateDuration<D extends DaysTimeDuration | YearsMonthsDuration>(duration: D): D {
  const negated =
    duration instanceof DaysTimeDuration
      ? new DaysTimeDuration(-duration.nanoseconds)
      : new YearsMonthsDuration(-duration.months);
  return negated as D;
}

function times(left: FeelValue, right: FeelValue): FeelValue | undefined {
  if (isNumber(left)) {
    if (isNumber(right)) return multiply(left, right) ?? undefined;
    return isDuration(right) ? scale(right, (amount) => multiply(amount, left)) : undefined;
  }
  return isDuration(left) && isNumber(right) ? scale(left, (amount) => multiply(amount, right)) : undefined;
}

function by(left: FeelValue, right: FeelValue): FeelValue | undefined {
  if (isNumber(left) && isNumber(right)) return divide(left, right) ?? undefined;
  if (isDuration(left) && isNumber(right)) return scale(left, (amount) => divide(amount, right));
  if (left instanceof DaysTimeDuration && right instanceof DaysTimeDuration) {
    return divide(amountOf(left), amountOf(right)) ?? undefined;
  }
  if (left instanceof YearsMonthsDuration && right instanceof YearsMonthsDuration) {
    return divide(left.months, right.months) ?? undefined;
  }
  return undefined;
}

function amountOf(duration: DaysTimeDuration | YearsMonthsDuration): FeelNumber {
  return duration instanceof DaysTimeDuration ? (fromBig(duration.nanoseconds, 0) ?? 0) : duration.months;
}

/** Scales the amount of a duration; parts of a nanosecond or a month are dropped. */
function scale(
  duration: DaysTimeDuration | YearsMonthsDuration,
  change: (amount: FeelNumber) => FeelNumber | null,
): FeelValue | undefined {
  const changed = change(amountOf(duration));
  const whole = changed === null ? null : roundTo(changed, 0, "down");
  if (whole === null || exponentOf(whole) > 60) return undefined;
  if (duration instanceof YearsMonthsDuration)
    return typeof whole === "number" ? new YearsMonthsDuration(whole) : undefined;
  return new DaysTimeDuration(coefficientOf(whole) * powerOfTen(exponentOf(whole)));
}

/** `-value` for numbers and durations. */
export function opposite(value: FeelValue): FeelValue | undefined {
  if (isNumber(value)) return negate(value);
  return isDuration(value) ? negateDuration(value) : undefined;
}
