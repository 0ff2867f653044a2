/**
 * Admission of JSON text: one linear pass before `JSON.parse`, over the characters as they arrived, because afterwards
 * it is too late: the parser keeps the last of two equal names (an approver might see the first), rounds long integers,
 * turns 1e400 into Infinity and takes a depth of a million that `JSON.stringify` then cannot write (RFC 8259 §4, §6, §9).
 * Refused here: depth over the limit, too many names, equal names in one object, `__proto__`, NUL and lone surrogates
 * (PostgreSQL's jsonb takes neither), integers beyond 2^53 and numbers beyond the range of a double.
 */

export interface JsonLimits {
  readonly depthMax: number;
  readonly namesMax: number;
}

export const jsonLimitsDefault: JsonLimits = { depthMax: 64, namesMax: 100_000 };

export type JsonAdmission =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string };

class Refusal extends Error {}

/** Parses `text`; the message of a refusal names the place as a path from `$`. */
export function admitJsonText(text: string, limits: JsonLimits = jsonLimitsDefault): JsonAdmission {
  try {
    scan(text, limits);
    return { ok: true, value: JSON.parse(text) as unknown };
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, message: error.message };
    if (error instanceof SyntaxError) return { ok: false, message: `Expected JSON, but ${syntaxMessage(error, text)}` };
    throw error;
  }
}

/** The parser quotes the body in its message; keep the position and drop the quotation, which may hold secrets. */
function syntaxMessage(error: SyntaxError, text: string): string {
  const position = /at position (\d+)/.exec(error.message)?.[1];
  if (text.trim() === "") return "the body is empty";
  if (position !== undefined) return `it breaks off at character ${position}`;
  const token = /^Unexpected token '(.{1,2})'/u.exec(error.message)?.[1];
  return token === undefined ? "it ends too early" : `there is a "${token}" where none can be`;
}

interface Frame {
  readonly isObject: boolean;
  /** Names seen; a set only from the second on: most objects are small and this is the hot path. */
  firstName: string | undefined;
  names: Set<string> | undefined;
  current: string | number;
}

const quote = 0x22;
const backslash = 0x5c;
const colon = 0x3a;

/** `"":0,` */
const charactersOfNameMin = 5;

/** Counts before anything is kept: to find out by collecting 100,000 names that they are too many took 40 ms. */
function assertNames(text: string, { namesMax }: JsonLimits): void {
  if (text.length <= namesMax * charactersOfNameMin) return;
  let names = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === quote) isInString = !isInString;
    else if (isInString && code === backslash) at++;
    else if (!isInString && code === colon && ++names > namesMax)
      refuse(`at most ${namesMax} names`, "the body holds more", []);
  }
}

function scan(text: string, limits: JsonLimits): void {
  assertNames(text, limits);
  const frames: Frame[] = [];
  let expectName = false;
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === quote) {
      const end = endOfString(text, at, frames);
      const frame = frames[frames.length - 1];
      if (expectName && frame !== undefined) {
        noteName(frame, text.slice(at, end), frames);
        expectName = false;
      }
      at = end;
      continue;
    }
    if (code === 0x7b || code === 0x5b) {
      if (frames.length >= limits.depthMax)
        refuse(`at most ${limits.depthMax} levels`, "the value is nested deeper", frames);
      const isObject = code === 0x7b;
      frames.push({ isObject, firstName: undefined, names: undefined, current: isObject ? "" : 0 });
      expectName = isObject;
    } else if (code === 0x7d || code === 0x5d) {
      frames.pop();
      expectName = false;
    } else if (code === 0x2c) {
      const frame = frames[frames.length - 1];
      if (frame !== undefined) {
        expectName = frame.isObject;
        if (typeof frame.current === "number") frame.current++;
      }
    } else if (code === 0x2d || (code >= 0x30 && code <= 0x39)) {
      at = checkNumber(text, at, frames);
      continue;
    }
    at++;
  }
}

/** Index after the closing quote. Escapes are judged here, so that no second pass over the strings is needed. */
function endOfString(text: string, start: number, frames: readonly Frame[]): number {
  let at = start + 1;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === quote) return at + 1;
    if (code === backslash) {
      at = text.charCodeAt(at + 1) === 0x75 ? endOfUnicodeEscape(text, at, frames) : at + 2;
    } else {
      if (code >= 0xd800 && code <= 0xdfff)
        refuse("well-formed text", "a string holds half of a surrogate pair", frames, !isPair(text, at));
      at += code >= 0xd800 && code <= 0xdbff ? 2 : 1;
    }
  }
  return text.length;
}

function isPair(text: string, at: number): boolean {
  const high = text.charCodeAt(at);
  const low = text.charCodeAt(at + 1);
  return high <= 0xdbff && low >= 0xdc00 && low <= 0xdfff;
}

function endOfUnicodeEscape(text: string, at: number, frames: readonly Frame[]): number {
  const code = Number.parseInt(text.slice(at + 2, at + 6), 16);
  if (code === 0) refuse("text without NUL", "a string holds \\u0000", frames);
  if (code >= 0xdc00 && code <= 0xdfff) refuse("well-formed text", "a string holds half of a surrogate pair", frames);
  if (code < 0xd800 || code > 0xdbff || Number.isNaN(code)) return at + 6;
  const low = text.slice(at + 6, at + 8) === "\\u" ? Number.parseInt(text.slice(at + 8, at + 12), 16) : Number.NaN;
  if (!(low >= 0xdc00 && low <= 0xdfff)) refuse("well-formed text", "a string holds half of a surrogate pair", frames);
  return at + 12;
}

function noteName(frame: Frame, quoted: string, frames: readonly Frame[]): void {
  let name = quoted.slice(1, -1);
  if (name.includes("\\")) name = unescapeName(quoted);
  frame.current = name;
  if (name === "__proto__") refuse("no member called __proto__", "there is one", frames);
  if (frame.firstName === undefined) {
    frame.firstName = name;
    return;
  }
  frame.names ??= new Set([frame.firstName]);
  if (frame.names.has(name))
    refuse("each name once in an object", `"${name.slice(0, 100)}" stands there twice`, frames);
  frame.names.add(name);
}

function unescapeName(quoted: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return quoted;
  }
}

function checkNumber(text: string, start: number, frames: readonly Frame[]): number {
  let at = start + 1;
  let isInteger = true;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 0x30 && code <= 0x39) continue;
    if (code !== 0x2e && code !== 0x65 && code !== 0x45 && code !== 0x2b && code !== 0x2d) break;
    isInteger = false;
  }
  if (isInteger && at - start > 15 && !Number.isSafeInteger(Number(text.slice(start, at)))) {
    refuse("integers between -(2^53-1) and 2^53-1", "one is longer and would be rounded; send it as a string", frames);
  }
  if (!isInteger && Math.abs(Number(text.slice(start, at))) === Number.POSITIVE_INFINITY) {
    refuse("numbers in the range of a double", "one is beyond it", frames);
  }
  return at;
}

function refuse(expected: string, found: string, frames: readonly Frame[], when = true): void {
  if (!when) return;
  const shown = frames.slice(0, 8).map((frame) => (frame.isObject ? `.${frame.current}` : `[${frame.current}]`));
  const path = `$${shown.join("").slice(0, 200)}${frames.length > 8 ? "…" : ""}`;
  throw new Refusal(`Expected ${expected}, but ${found} (at ${path}).`);
}
