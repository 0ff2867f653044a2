/**
 * Canonical JSON (RFC 8785) and its hash: the bytes that are hashed, signed and executed.
 * Written here because it lies on the hot path: twice as fast as the `canonicalize` package and more, which the tests
 * compare it with. Values are JSON; undefined members are left out as JSON.stringify does.
 */
import { hash } from "node:crypto";
import { InvalidInputError } from "../errors.ts";

const depthMax = 128;
const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** RFC 8785 text of a JSON value. Throws InvalidInputError for what is not JSON: NaN, Infinity, lone surrogates, depth over 128. */
export function canonicalJson(value: unknown): string {
  return write(value, 0);
}

/** SHA-256 of the canonical text, in hex. */
export function canonicalHash(value: unknown): string {
  return sha256(canonicalJson(value));
}

/** SHA-256 of a text or bytes, in hex. */
export function sha256(data: string | Uint8Array): string {
  return hash("sha256", data, "hex");
}

function write(value: unknown, depth: number): string {
  if (typeof value === "string") return writeString(value);
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new InvalidInputError(`Expected a finite number, but got ${value}`);
    // ECMAScript's text of a number is that of RFC 8785 §3.2.2.3; -0 is written as 0.
    return String(value);
  }
  if (typeof value !== "object") throw new InvalidInputError(`Expected a JSON value, but got ${typeof value}`);
  if (depth >= depthMax) throw new InvalidInputError(`Expected JSON at most ${depthMax} deep, but it goes deeper`);
  return Array.isArray(value) ? writeList(value, depth) : writeObject(value as Record<string, unknown>, depth);
}

function writeList(list: readonly unknown[], depth: number): string {
  let text = "[";
  for (let index = 0; index < list.length; index++) {
    if (index > 0) text += ",";
    text += write(list[index], depth + 1);
  }
  return `${text}]`;
}

function writeObject(object: Record<string, unknown>, depth: number): string {
  const members = inOrder(Object.keys(object));
  let text = "{";
  for (const name of members) {
    const member = object[name];
    if (member === undefined) continue;
    if (text.length > 1) text += ",";
    text += writeName(name) + write(member, depth + 1);
  }
  return `${text}}`;
}

/** `>` and Array#sort compare UTF-16 code units: exactly the order of RFC 8785 §3.2.3. Our own records come in order. */
function inOrder(members: string[]): readonly string[] {
  for (let index = 1; index < members.length; index++)
    if ((members[index - 1] as string) > (members[index] as string)) return members.sort();
  return members;
}

const names = new Map<string, string>();
const namesMax = 4096;

/** Member names repeat: their JSON is kept, a bounded number of short ones. */
function writeName(name: string): string {
  const known = names.get(name);
  if (known !== undefined) return known;
  const json = `${writeString(name)}:`;
  if (names.size < namesMax && name.length <= 64) names.set(name, json);
  return json;
}

const plainMax = 100;

/** Short texts that need no escape, which most are, are quoted as they are: a third of the cost of JSON.stringify. */
function writeString(text: string): string {
  const { length } = text;
  if (length > plainMax) return escapeString(text);
  for (let index = 0; index < length; index++) {
    const unit = text.charCodeAt(index);
    // Control characters, the quotation mark, the backslash, halves of surrogate pairs and what lies above them.
    if (unit < 0x20 || unit === 0x22 || unit === 0x5c || unit >= 0xd800) return escapeString(text);
  }
  return `"${text}"`;
}

/** JSON.stringify escapes a lone surrogate as \\udXXX: only texts whose JSON has that need the slow look. */
function escapeString(text: string): string {
  const json = JSON.stringify(text);
  if (json.length !== text.length + 2 && json.includes("\\ud") && loneSurrogate.test(text))
    throw new InvalidInputError("Expected well-formed Unicode, but got a lone surrogate");
  return json;
}
