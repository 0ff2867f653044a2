/** Identifiers ordered by creation: UUID version 7 (RFC 9562 §5.7), monotonic within one process. */
import { randomFillSync } from "node:crypto";

const pool = new Uint8Array(16 * 256);
let used = pool.length;
let lastMs = 0;
let counter = 0;

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
  let tail = "";
  for (let index = 0; index < 8; index++) tail += (pool[used + index] as number).toString(16).padStart(2, "0");
  used += 8;
  const time = lastMs.toString(16).padStart(12, "0");
  const variant = ((Number.parseInt(tail[0] as string, 16) & 0x3) | 0x8).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, "0")}-${variant}${tail.slice(1, 4)}-${tail.slice(4)}`;
}
