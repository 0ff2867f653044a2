/** Identifiers ordered by creation: UUID version 7 (RFC 9562 §5.7), monotonic within one process. */
import { randomFillSync } from "node:crypto";

const pool = new Uint8Array(16 * 256);
let used = pool.length;
let lastMs = 0;
let counter = 0;
/** Text of the last instant: many decisions fall into one millisecond. */
let time = "";
let timeMs = -1;

const bytes = Array.from({ length: 256 }, (_, value) => value.toString(16).padStart(2, "0"));
const byte = (value: number): string => bytes[value] as string;

function random(from: number, count: number): string {
  let text = "";
  for (let index = from; index < from + count; index++) text += byte(pool[index] as number);
  return text;
}

/** A UUIDv7 for this instant. A clock that goes back does not break the order: the last instant is kept and counted on. */
export function timeOrderedId(nowMs: number): string {
  if (nowMs > lastMs) {
    lastMs = nowMs;
    counter = 0;
  } else counter++;
  if (counter > 0xfff) {
    lastMs++;
    counter = 0;
  }
  if (used >= pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const at = used;
  used += 8;
  if (lastMs !== timeMs) {
    const text = lastMs.toString(16).padStart(12, "0");
    time = `${text.slice(0, 8)}-${text.slice(8)}-7`;
    timeMs = lastMs;
  }
  const count = (counter | 0x1000).toString(16).slice(1);
  const variant = ((pool[at] as number) & 0x3f) | 0x80;
  return `${time}${count}-${byte(variant)}${random(at + 1, 1)}-${random(at + 2, 6)}`;
}
