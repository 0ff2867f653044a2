// JSON to values and back. What comes in is hostile: bounded, no prototypes, never a function.
// Contract: numbers keep their shortest decimal text; contexts convert when they are first asked, so the size of a
// payload does not matter to an expression that reads one entry.

import type { FeelScope } from "./compile/frame.ts";
import { formatFeel } from "./format.ts";
import { type FeelLimits, feelLimits, ValueLimitError } from "./limits.ts";
import { FeelDecimal } from "./number/decimal.ts";
import { formatNumber, fromJsNumber } from "./number/text.ts";
import { FeelDate } from "./temporal/date.ts";
import { FeelDateTime } from "./temporal/date-time.ts";
import { DaysTimeDuration, YearsMonthsDuration } from "./temporal/duration.ts";
import { FeelTime } from "./temporal/time.ts";
import {
  type FeelContext,
  FeelFunction,
  type FeelList,
  FeelRange,
  type FeelValue,
  isContext,
  isFunction,
  isList,
} from "./value.ts";

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

const DEPTH_MAX = 128;

/**
 * The FEEL value of a JSON value. Strings stay strings: `date(x)` makes dates.
 * Values that are FEEL values already (dates, contexts …) pass as they are; anything else (functions, class
 * instances, symbols, undefined) becomes null.
 * @throws ValueLimitError for lists that are too long and nesting that is too deep, when they are reached; inside an
 *   evaluation that becomes its error
 */
export function fromJson(json: unknown, limits: Partial<FeelLimits> = {}): FeelValue {
  return convert(json, { listItemsMax: feelLimits.listItemsMax, ...limits }, 0);
}

function convert(json: unknown, limits: Pick<FeelLimits, "listItemsMax">, depth: number): FeelValue {
  switch (typeof json) {
    case "string":
    case "boolean":
      return json;
    case "number":
      return Number.isSafeInteger(json) ? json + 0 : fromJsNumber(json);
    case "object":
      return json === null ? null : convertObject(json, limits, depth);
    default:
      return null;
  }
}

function convertObject(json: object, limits: Pick<FeelLimits, "listItemsMax">, depth: number): FeelValue {
  if (depth > DEPTH_MAX)
    throw new ValueLimitError("depthMax", `Expected JSON of at most ${DEPTH_MAX} levels, but it is deeper.`);
  if (Array.isArray(json)) {
    if (json.length > limits.listItemsMax) {
      throw new ValueLimitError(
        "listItemsMax",
        `Expected at most ${limits.listItemsMax} items in a list, but there are ${json.length}.`,
      );
    }
    return json.map((item) => convert(item, limits, depth + 1));
  }
  if (json instanceof Map || "kind" in json) {
    if (isFeelObject(json)) return json;
  }
  const prototype = Object.getPrototypeOf(json);
  if (prototype !== Object.prototype && prototype !== null) return null;
  return new JsonContext(json as Readonly<Record<string, unknown>>, limits, depth);
}

function isFeelObject(value: object): value is Exclude<FeelValue, null | boolean | string | number> {
  return (
    value instanceof Map ||
    value instanceof FeelDecimal ||
    value instanceof FeelRange ||
    FEEL_CLASSES.some((kind) => value instanceof kind)
  );
}

const FEEL_CLASSES = [FeelFunction, FeelDate, FeelDateTime, FeelTime, DaysTimeDuration, YearsMonthsDuration];

/** A context over a JSON object: an entry is converted when it is first read. */
class JsonContext extends Map<string, FeelValue> {
  private readonly json: Readonly<Record<string, unknown>>;
  private readonly limits: Pick<FeelLimits, "listItemsMax">;
  private readonly level: number;
  private complete = false;

  constructor(json: Readonly<Record<string, unknown>>, limits: Pick<FeelLimits, "listItemsMax">, level: number) {
    super();
    this.json = json;
    this.limits = limits;
    this.level = level;
  }

  override get(key: string): FeelValue | undefined {
    const known = super.get(key);
    if (known !== undefined || this.complete || !Object.hasOwn(this.json, key)) return known;
    const raw = this.json[key];
    if (raw === undefined) return undefined;
    const value = convert(raw, this.limits, this.level + 1);
    super.set(key, value);
    return value;
  }

  override has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  /** Converts the rest, in the order of the object. */
  private fill(): void {
    if (this.complete) return;
    const entries = Object.keys(this.json).map((key) => [key, this.get(key)] as const);
    this.complete = true;
    super.clear();
    for (const [key, value] of entries) if (value !== undefined) super.set(key, value);
  }

  override get size(): number {
    this.fill();
    return super.size;
  }

  override forEach(visit: (value: FeelValue, key: string, map: Map<string, FeelValue>) => void): void {
    this.fill();
    super.forEach(visit);
  }

  override entries() {
    this.fill();
    return super.entries();
  }

  override keys() {
    this.fill();
    return super.keys();
  }

  override values() {
    this.fill();
    return super.values();
  }

  override [Symbol.iterator]() {
    return this.entries();
  }
}

/** A scope over a JSON object: a variable is converted when an expression first names it. */
export function scopeFromJson(record: Readonly<Record<string, unknown>>, limits: Partial<FeelLimits> = {}): FeelScope {
  return new JsonContext(record, { listItemsMax: feelLimits.listItemsMax, ...limits }, 0);
}

/**
 * The JSON value of a FEEL value. Numbers are numbers; those of more than ten digits before the point that no double
 * holds are their decimal text, unless they are rounded themselves (34 digits). Dates, times and durations are ISO strings, ranges their FEEL text, functions null.
 * @throws ValueLimitError for a value with more than `stepsMax` parts: one that shares its parts many times over
 */
export function toJson(value: FeelValue, limits: Partial<FeelLimits> = {}): JsonValue {
  return new JsonWriter(limits.stepsMax ?? feelLimits.stepsMax).write(value, 0);
}

/** One way of a value to JSON, and what is left of its bounds. */
export class JsonWriter {
  private left: number;

  constructor(nodesMax: number) {
    this.left = nodesMax;
  }

  /** @throws ValueLimitError when there is one part too many, or it lies too deep */
  protected charge(depth: number): void {
    if (--this.left < 0)
      throw new ValueLimitError("stepsMax", "Expected a smaller value, but it has too many parts to become JSON.");
    if (depth > DEPTH_MAX * 2)
      throw new ValueLimitError("depthMax", `Expected at most ${DEPTH_MAX * 2} nested values, but there are more.`);
  }

  write(value: FeelValue, depth: number): JsonValue {
    this.charge(depth);
    if (value === null || typeof value !== "object") return value;
    if (isList(value)) return this.list(value, depth);
    if (isContext(value)) return this.context(value, depth);
    if (value instanceof FeelDecimal) return numberToJson(value);
    if (isFunction(value)) return null;
    return value instanceof FeelRange ? formatFeel(value) : String(value);
  }

  private list(list: FeelList, depth: number): JsonValue {
    return list.map((item) => this.write(item, depth + 1));
  }

  private context(context: FeelContext, depth: number): JsonValue {
    const entries: [string, JsonValue][] = [];
    for (const [key, value] of context) entries.push([key, this.write(value, depth + 1)]);
    // fromEntries defines own properties: a key "__proto__" stays data.
    return Object.fromEntries(entries);
  }
}

/** Below it a double is off by less than a millionth. */
const SMALL_MAX = 2 ** 33;
/** A number with more digits has been rounded already (34 is the limit): its last digits say nothing. */
const EXACT_DIGITS_MAX = 30;

/**
 * A text only where a double would lose something that somebody wrote: `10 / 3` has to stay a number, or the next
 * condition that compares it finds a string.
 */
function numberToJson(value: FeelDecimal): number | string {
  const text = formatNumber(value);
  const near = Number(text);
  const back = fromJsNumber(near);
  if (back instanceof FeelDecimal && back.exponent === value.exponent && back.coefficient === value.coefficient)
    return near;
  if (!Number.isFinite(near) || near === 0) return text;
  const digits = String(value.coefficient).replace("-", "").length;
  return Math.abs(near) < SMALL_MAX || digits > EXACT_DIGITS_MAX ? near : text;
}
