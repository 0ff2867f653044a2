// What the evaluations of one request share: budget, clock, strictness, warnings and the first failure.
// Contract: a session that has failed stays failed, so a limit hit inside a called function ends the whole request.
import { type FeelLimits, feelLimits } from "./limits.ts";
import type { FeelDateTime } from "./temporal/date-time.ts";
import { parseDateTime } from "./temporal/parse.ts";

export type FeelWarningType =
  | "NO_VARIABLE_FOUND"
  | "NO_FUNCTION_FOUND"
  | "NO_PROPERTY_FOUND"
  | "NO_CONTEXT_ENTRY_FOUND"
  | "INVALID_TYPE"
  | "NOT_COMPARABLE"
  | "OUT_OF_RANGE"
  | "PARAMETER_MISMATCH"
  | "FUNCTION_INVOCATION_FAILURE"
  | "ASSERTION_FAILED"
  | "LIMIT_EXCEEDED";

export interface FeelPosition {
  from: number;
  to: number;
}

/** Something that made a part of the expression null, with its place in the source. */
export interface FeelWarning {
  type: FeelWarningType;
  message: string;
  position?: FeelPosition;
}

/** Why an evaluation has no value: a limit, or in strict mode the first thing that would have been a warning. */
export interface FeelFailure {
  kind: FeelWarningType;
  message: string;
  /** The limit that was hit, by its name in FeelLimits. */
  limit?: keyof FeelLimits;
  position?: FeelPosition;
}

/** Unwinds an evaluation that has failed; never leaves this folder. */
export class EvaluationStop extends Error {
  readonly failure: FeelFailure;

  constructor(failure: FeelFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

export interface SessionOptions {
  /** The instant of `now()` and `today()`. Absent: they are null with a warning, so that a replay cannot differ. */
  now?: FeelDateTime | string;
  /** The IANA zone of `today()` and of times without one; applied to `now`. */
  timeZone?: string;
  /** Unknown names, nulls where a value is needed and type errors end the evaluation instead of becoming null. */
  strict?: boolean;
  limits?: Partial<FeelLimits>;
  /** Seeds `random number()` and `uuid()`. Absent: they are null with a warning. */
  seed?: string;
}

/** How often the clock is read, in steps. */
const CLOCK_STEPS = 4096;

export class EvaluationSession {
  readonly limits: FeelLimits;
  readonly strict: boolean;
  readonly timeZone: string | undefined;
  readonly seed: string | undefined;
  readonly warnings: FeelWarning[] = [];
  failure: FeelFailure | undefined;
  /** Warnings are dropped while above zero: arguments of `is defined` and `get or else` are questions. */
  quiet = 0;
  /** Numbers drawn from the seed so far. */
  drawn = 0;
  depth = 0;
  /** The call that is running: where warnings of built-ins point to. */
  position: FeelPosition | undefined;
  private readonly nowGiven: FeelDateTime | string | undefined;
  private stepsLeft: number;
  private clockAt: number;
  private deadline = 0;

  constructor(options: SessionOptions = {}) {
    this.limits = options.limits ? { ...feelLimits, ...options.limits } : feelLimits;
    this.strict = options.strict ?? false;
    this.timeZone = options.timeZone;
    this.seed = options.seed;
    this.nowGiven = options.now;
    this.stepsLeft = this.limits.stepsMax;
    this.clockAt = this.stepsLeft - CLOCK_STEPS;
  }

  /** The injected clock. */
  get now(): FeelDateTime | undefined {
    return typeof this.nowGiven === "string" ? parseDateTime(this.nowGiven) : this.nowGiven;
  }

  get stepsUsed(): number {
    return this.limits.stepsMax - this.stepsLeft;
  }

  /** Pays for work before it is done. */
  charge(steps: number): void {
    this.stepsLeft -= steps;
    if (this.stepsLeft < 0) this.exceed("stepsMax", "steps");
    if (this.stepsLeft < this.clockAt) this.readClock();
  }

  private readClock(): void {
    this.clockAt = this.stepsLeft - CLOCK_STEPS;
    const time = performance.now();
    // The first reading starts the clock: evaluations below 4096 steps never pay for it.
    if (this.deadline === 0) this.deadline = time + this.limits.timeMsMax;
    else if (time > this.deadline) this.exceed("timeMsMax", "milliseconds");
  }

  enter(levels: number): void {
    this.depth += levels;
    if (this.depth > this.limits.depthMax) this.exceed("depthMax", "nested evaluations");
  }

  leave(levels: number): void {
    this.depth -= levels;
  }

  /** Pays for a list of that many items. */
  chargeList(items: number): void {
    if (items > this.limits.listItemsMax) this.exceed("listItemsMax", "list items");
    this.charge(items);
  }

  /** Pays for a string of that many characters. */
  chargeString(characters: number): void {
    if (characters > this.limits.stringCharactersMax) this.exceed("stringCharactersMax", "characters");
    this.charge(characters >> 4);
  }

  exceed(limit: keyof FeelLimits, unit: string): never {
    return this.stop({
      kind: "LIMIT_EXCEEDED",
      limit,
      message: `Expected at most ${this.limits[limit]} ${unit}, but the expression needs more (${limit}).`,
    });
  }

  stop(failure: FeelFailure): never {
    this.failure ??= failure;
    throw new EvaluationStop(this.failure);
  }

  /** Records why a value is null; ends the evaluation in strict mode. Returns null to be handed on. */
  warn(type: FeelWarningType, message: string, position?: FeelPosition): null {
    if (this.quiet > 0) return null;
    const at = position ?? this.position;
    const place = at && { position: { from: at.from, to: at.to } };
    if (this.strict) this.stop({ kind: type, message, ...place });
    if (this.warnings.length < this.limits.warningsMax) this.warnings.push({ type, message, ...place });
    return null;
  }
}
