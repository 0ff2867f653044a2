/**
 * An export as bytes, walked without reading its records: the places are taken from their fixed form, a record's bytes
 * are hashed where they lie. A hash that fits proves that these bytes are the record; so its end may be guessed at the
 * next place, and a guess that was wrong cannot pass. Reading 50,000 records and writing each again to hash it took
 * three to four times as long.
 *
 * Only the exact form that our export has is walked; anything else (white space, another order, a name twice) is left
 * to JSON.parse and the check of what it gives, so that nobody can show one thing to us and another to a reader.
 */
import { hash } from "node:crypto";
import type { JsonRecord } from "../types.ts";
import type { StreamCheck } from "./stream-check.ts";

export interface ExportText {
  readonly bytes: Buffer;
  /** Where the first entry begins, and the bracket after the last one. */
  readonly from: number;
  readonly to: number;
  /** The bundle with an empty list of records. */
  readonly rest: unknown;
  /** Counted by `checkExportText`. */
  records: number;
  withheld: number;
}

/** Fixed as well, so that the list that is walked is the bundle's own and not one deeper inside of it. */
const beginning =
  /^\{"schema":"interlock-export\/1","exportedAt":"[^"\\]*","from":(?:null|"[^"\\]*"),"to":(?:null|"[^"\\]*"),"records":\[/;
const beginningBytesMax = 1024;
const rangesName = Buffer.from('],"ranges":[');
const nextEntry = Buffer.from('}},{"stream":"');
const ownSignature = Buffer.from('"signature":');
const place =
  /\{"stream":"([\w.:-]{1,200})","seq":([1-9]\d{0,14}),"prevHash":"([0-9a-f]{64})","recordHash":"([0-9a-f]{64})","hash":"([0-9a-f]{64})","record":/y;
const placeBytesMax = 512;
/** A record may contain what looks like the next place; one that does so more often is read. */
const guessesMax = 16;

/** Undefined: not in the form that can be walked. */
export function readExportText(given: Uint8Array): ExportText | undefined {
  let length = given.byteLength;
  if (given[length - 1] === 0x0a) length--;
  const bytes = Buffer.from(given.buffer, given.byteOffset, length);
  const from = beginning.exec(bytes.toString("latin1", 0, beginningBytesMax))?.[0].length ?? 0;
  const to = bytes.lastIndexOf(rangesName);
  if (from === 0 || to < from) return undefined;
  try {
    const text = bytes.toString("utf8", 0, from) + bytes.toString("utf8", to);
    const rest: unknown = JSON.parse(text);
    // The same text again: no name twice, nothing that another reader could take for something else.
    return JSON.stringify(rest) === text ? { bytes, from, to, rest, records: 0, withheld: 0 } : undefined;
  } catch {
    return undefined;
  }
}

/** Walks all entries and counts them; false at the first that does not fit. `isSigned` judges records with a signature. */
export function checkExportText(
  text: ExportText,
  check: StreamCheck,
  isSigned: (record: JsonRecord) => boolean,
): boolean {
  const { bytes, to } = text;
  let at = text.from;
  let signature = bytes.indexOf(ownSignature, at);
  while (at < to) {
    place.lastIndex = 0;
    const found = place.exec(bytes.toString("latin1", at, Math.min(at + placeBytesMax, to)));
    if (found === null) return false;
    const [form, stream, seq, prevHash, recordHash, entryHash] = found as unknown as [string, ...string[]];
    const start = at + form.length;
    const end = recordEnd(bytes, start, to, recordHash as string);
    if (end === undefined) return false;
    const isWithheld = end === start + 4 && bytes[start] === 0x6e;
    const reason = check.next(
      {
        stream: stream as string,
        seq: Number(seq),
        prevHash: prevHash as string,
        recordHash: recordHash as string,
        hash: entryHash as string,
      },
      isWithheld ? "withheld" : "whole",
    );
    if (reason !== undefined) return false;
    text.records++;
    if (isWithheld) text.withheld++;
    while (signature >= 0 && signature < start) signature = bytes.indexOf(ownSignature, start);
    if (signature >= 0 && signature < end && !isSigned(JSON.parse(bytes.toString("utf8", start, end)) as JsonRecord))
      return false;
    // After the entry's brace: a comma and the next one, or the bracket.
    at = end + 1;
    if (at === to) return true;
    if (bytes[end] !== 0x7d || bytes[at] !== 0x2c) return false;
    at++;
  }
  return text.records === 0;
}

/** Where the record that begins here ends; undefined when no guess has its hash. */
function recordEnd(bytes: Buffer, start: number, to: number, recordHash: string): number | undefined {
  if (bytes[start] === 0x6e) return bytes.toString("latin1", start, start + 5) === "null}" ? start + 4 : undefined;
  if (bytes[start] !== 0x7b) return undefined;
  for (let guess = 0, from = start; guess < guessesMax; guess++) {
    const next = bytes.indexOf(nextEntry, from);
    // The last entry ends before the bracket: its record one brace earlier.
    const end = next < 0 || next >= to ? to - 1 : next + 1;
    if (end <= start) return undefined;
    if (hash("sha256", bytes.subarray(start, end), "hex") === recordHash) return end;
    if (end === to - 1) return undefined;
    from = next + 1;
  }
  return undefined;
}
