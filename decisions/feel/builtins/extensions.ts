// Logic functions, and the functions of Camunda 8 diagrams that DMN does not have.
// Contract: nothing here reads a clock, randomness or the network; `random number()` and `uuid()` come from the
// session's seed, so that a replay draws the same.
import { isIdentical } from "../equality.ts";
import { textOf } from "../format.ts";
import { fromBig } from "../number/decimal.ts";
import type { EvaluationSession } from "../session.ts";
import type { FeelValue } from "../value.ts";
import { type BuiltIn, define } from "./define.ts";

/** 128 bits from the seed and the number of draws (FNV-1a, four lanes with a final mix). Not for secrets. */
function draw(session: EvaluationSession): readonly number[] | undefined {
  if (session.seed === undefined) return undefined;
  const text = `${session.drawn++}:${session.seed}`;
  return [0x811c9dc5, 0x01000193, 0x9e3779b9, 0x85ebca6b].map((start) => {
    let hash = start;
    for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
    hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
    return (hash ^ (hash >>> 16)) >>> 0;
  });
}

function uuid(session: EvaluationSession): string | undefined {
  const words = draw(session);
  if (!words) return undefined;
  const hex = words.map((word) => word.toString(16).padStart(8, "0")).join("");
  const variant = ((Number.parseInt(hex[16]!, 16) & 3) | 8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** A number in [0, 1) with 16 digits. */
function randomNumber(session: EvaluationSession): FeelValue | undefined {
  const words = draw(session);
  if (!words) return undefined;
  const bits = (BigInt(words[0]!) << 32n) | BigInt(words[1]!);
  return fromBig((bits * 10n ** 16n) >> 64n, -16);
}

function negation(_session: EvaluationSession, negand: FeelValue): boolean | null | undefined {
  if (negand === null) return null;
  return typeof negand === "boolean" ? !negand : undefined;
}

function assertion(session: EvaluationSession, value: FeelValue, condition: FeelValue, cause?: FeelValue): FeelValue {
  if (condition === true) return value;
  const reason = cause === undefined ? "the condition is not fulfilled" : textOf(cause, session);
  return session.stop({ kind: "ASSERTION_FAILED", message: `Expected an assertion to hold, but ${reason}.` });
}

export const extensionFunctions: readonly BuiltIn[] = [
  define("not(negand: any)", negation),
  define(
    "is(value1: any, value2: any)",
    (_session, a?: FeelValue, b?: FeelValue) => isIdentical(a ?? null, b ?? null),
    {
      lenient: true,
    },
  ),
  define("is defined(value: any)", (_session, value: FeelValue) => value !== null),
  define("get or else(value: any, default: any)", (_session, value: FeelValue, other: FeelValue) => value ?? other),
  define("assert(value: any, condition: any, [cause: any])", assertion),
  define(
    "fromAi(value: any, [description: any], [type: any], [schema: any], [options: any])",
    (_session, value: FeelValue) => value,
  ),
  define("uuid()", uuid),
  define("random number()", randomNumber),
  define("to base64(value: string)", (session, value: string) => {
    session.chargeString(value.length * 2);
    return btoa(Array.from(new TextEncoder().encode(value), (byte) => String.fromCharCode(byte)).join(""));
  }),
  define("from base64(value: string)", (session, value: string) => {
    session.chargeString(value.length);
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(value) || value.replace(/(?<!=)=+$/, "").length % 4 === 1) return undefined;
    return new TextDecoder().decode(Uint8Array.from(atob(value), (character) => character.charCodeAt(0)));
  }),
];
