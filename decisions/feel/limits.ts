// What one evaluation may cost. Every bound has a default and an environment setting (INTERLOCK_FEEL_…).
// Steps are the real wall: they are deterministic, so a replay stops at the same place. Time is the second wall.

export interface FeelLimits {
  /** Work units: nodes evaluated in loops, items copied or compared, characters in blocks. About 20 to 50 ns each. */
  stepsMax: number;
  /** Nested evaluations: expression nesting plus function calls. */
  depthMax: number;
  listItemsMax: number;
  stringCharactersMax: number;
  timeMsMax: number;
  sourceCharactersMax: number;
  /** Tokens of a source text; parsing cost grows with them. */
  sourceTokensMax: number;
  /** Nesting of brackets and of constructs in a source text. */
  sourceDepthMax: number;
  warningsMax: number;
}

const DEFAULTS: FeelLimits = {
  stepsMax: 1_000_000,
  depthMax: 2_000,
  listItemsMax: 100_000,
  stringCharactersMax: 1_000_000,
  timeMsMax: 1_000,
  sourceCharactersMax: 65_536,
  sourceTokensMax: 4_000,
  sourceDepthMax: 200,
  warningsMax: 50,
};

const SETTINGS: Readonly<Record<keyof FeelLimits, string>> = {
  stepsMax: "INTERLOCK_FEEL_STEPS_MAX",
  depthMax: "INTERLOCK_FEEL_DEPTH_MAX",
  listItemsMax: "INTERLOCK_FEEL_LIST_ITEMS_MAX",
  stringCharactersMax: "INTERLOCK_FEEL_STRING_CHARACTERS_MAX",
  timeMsMax: "INTERLOCK_FEEL_TIME_MS_MAX",
  sourceCharactersMax: "INTERLOCK_FEEL_SOURCE_CHARACTERS_MAX",
  sourceTokensMax: "INTERLOCK_FEEL_SOURCE_TOKENS_MAX",
  sourceDepthMax: "INTERLOCK_FEEL_SOURCE_DEPTH_MAX",
  warningsMax: "INTERLOCK_FEEL_WARNINGS_MAX",
};

/** The limits with the settings of an environment applied; a setting that is no positive integer is an error. */
export function readLimits(environment: Readonly<Record<string, string | undefined>>): FeelLimits {
  const limits = { ...DEFAULTS };
  for (const key of Object.keys(SETTINGS) as (keyof FeelLimits)[]) {
    const text = environment[SETTINGS[key]];
    if (text === undefined || text === "") continue;
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value <= 0) {
      throw new RangeError(`Expected ${SETTINGS[key]} to be a positive integer, but it is "${text}".`);
    }
    limits[key] = value;
  }
  return limits;
}

/** A value that is larger than the limits allow, on its way in from JSON or out to it. */
export class ValueLimitError extends RangeError {
  override readonly name = "ValueLimitError";
  readonly limit: keyof FeelLimits;

  constructor(limit: keyof FeelLimits, message: string) {
    super(message);
    this.limit = limit;
  }
}

/** The limits of this process; a browser (the modeler's lint) has no environment and takes the defaults. */
export const feelLimits: FeelLimits = readLimits(typeof process === "undefined" ? {} : process.env);
