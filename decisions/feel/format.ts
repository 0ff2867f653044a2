// Values as FEEL literals, and the text that `string()` gives.
// Contract: the output is bounded; a value that shares parts many times over cannot blow it up.

import { feelLimits, ValueLimitError } from "./limits.ts";
import { formatNumber } from "./number/text.ts";
import type { EvaluationSession } from "./session.ts";
import {
  type FeelContext,
  type FeelList,
  FeelRange,
  type FeelValue,
  isContext,
  isFunction,
  isList,
  isNumber,
} from "./value.ts";

const PLAIN_KEY = /^[A-Za-z_][A-Za-z0-9_]*( [A-Za-z0-9_]+)*$/;
const DEPTH_MAX = 1_000;

/** The FEEL literal of a value: strings quoted, dates as `@"…"`. */
export function formatFeel(value: FeelValue): string {
  return new Writer(undefined).text(value);
}

/** `string(value)`: a string is itself, everything else its literal without the `@`. */
export function textOf(value: FeelValue, session: EvaluationSession): string {
  if (typeof value === "string") return value;
  if (isPlain(value)) return String(isNumber(value) ? formatNumber(value) : value);
  return new Writer(session).text(value);
}

function isPlain(value: FeelValue): boolean {
  return !isList(value) && !isContext(value) && !(value instanceof FeelRange) && !isFunction(value);
}

class Writer {
  private readonly session: EvaluationSession | undefined;
  private written = 0;
  private depth = 0;

  constructor(session: EvaluationSession | undefined) {
    this.session = session;
  }

  private pay(characters: number): void {
    this.written += characters;
    if (this.session) {
      this.session.charge(4);
      if (this.written > this.session.limits.stringCharactersMax)
        this.session.exceed("stringCharactersMax", "characters");
    } else if (this.written > feelLimits.stringCharactersMax) {
      throw new RangeError(
        `Expected a value of at most ${feelLimits.stringCharactersMax} characters, but it has more.`,
      );
    }
  }

  text(value: FeelValue): string {
    if (++this.depth > DEPTH_MAX) {
      this.session?.exceed("depthMax", "nested values");
      throw new ValueLimitError("depthMax", `Expected at most ${DEPTH_MAX} nested values.`);
    }
    const text = this.compose(value);
    this.depth--;
    return text;
  }

  private compose(value: FeelValue): string {
    if (isList(value)) return this.list(value);
    if (isContext(value)) return this.context(value);
    if (value instanceof FeelRange) return this.range(value);
    const text = scalar(value, this.session === undefined);
    this.pay(text.length);
    return text;
  }

  private list(list: FeelList): string {
    this.pay(2);
    return `[${list.map((item) => this.text(item)).join(", ")}]`;
  }

  private context(context: FeelContext): string {
    this.pay(2);
    const entries: string[] = [];
    for (const [key, value] of context) {
      this.pay(key.length + 2);
      entries.push(`${PLAIN_KEY.test(key) ? key : quote(key)}: ${this.text(value)}`);
    }
    return `{${entries.join(", ")}}`;
  }

  private range(range: FeelRange): string {
    this.pay(4);
    if (range.form === "equal") return `(= ${this.text(range.start ?? null)})`;
    if (range.form === "not equal") return `(!= ${this.text(range.start ?? null)})`;
    if (range.start === undefined) return `(${range.endIncluded ? "<=" : "<"} ${this.text(range.end ?? null)})`;
    if (range.end === undefined) return `(${range.startIncluded ? ">=" : ">"} ${this.text(range.start)})`;
    const [open, close] = [range.startIncluded ? "[" : "(", range.endIncluded ? "]" : ")"];
    return `${open}${this.text(range.start)}..${this.text(range.end)}${close}`;
  }
}

function scalar(value: FeelValue, literal: boolean): string {
  if (value === null) return "null";
  if (typeof value === "string") return quote(value);
  if (typeof value === "boolean") return String(value);
  if (isNumber(value)) return formatNumber(value);
  if (isFunction(value)) return `function ${value.name}`;
  return literal ? `@"${value}"` : String(value);
}

function quote(text: string): string {
  const escaped = text.replace(/[\\"\n\r\t]/g, (character) => {
    switch (character) {
      case "\n":
        return "\\n";
      case "\r":
        return "\\r";
      case "\t":
        return "\\t";
      default:
        return `\\${character}`;
    }
  });
  return `"${escaped}"`;
}
