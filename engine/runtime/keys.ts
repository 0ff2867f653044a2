/**
 * Keys: 63-bit integers, unique in the installation, rising within one node. A node takes blocks of 2^18 numbers from a
 * database sequence, so keys need neither clock nor coordination per key; blocks of a crashed node are lost, which costs
 * nothing: 2^35 blocks fit below 2^53, and every key is also exact as a double.
 */
import type { Queryable } from "../../store/index.ts";
import type { Key } from "../core/json.ts";

const blockSize = 2 ** 18;
const firstKey = 2 ** 51;
/** A command may activate 10,000 elements with several keys each: never start one with less than this in hand. */
const reserveMin = 2 ** 17;

/** The first key of the block that a key is from. */
export function keyBlockOf(key: Key): number {
  return Math.floor(Number(key) / blockSize) * blockSize;
}

export class KeySource {
  readonly #database: Queryable;
  #next = 0;
  #end = 0;
  readonly #blocks: number[] = [];
  #refilling: Promise<void> | null = null;

  constructor(database: Queryable) {
    this.#database = database;
  }

  async #takeBlock(): Promise<void> {
    const rows = await this.#database.query<{ block: string }>("select nextval('engine_key_block') as block");
    this.#blocks.push(firstKey + Number(rows[0]?.block) * blockSize);
  }

  /** Waits until enough keys are in hand for a command. Call before stepping; cheap when nothing is to be done. */
  ensure(): Promise<void> | undefined {
    if (this.#end - this.#next + this.#blocks.length * blockSize >= reserveMin + blockSize) return undefined;
    this.#refilling ??= this.#refill().finally(() => {
      this.#refilling = null;
    });
    // Only a real shortage waits; otherwise the refill runs beside.
    if (this.#end - this.#next + this.#blocks.length * blockSize < reserveMin) return this.#refilling;
    this.#refilling.catch(() => {});
    return undefined;
  }

  async #refill(): Promise<void> {
    while (this.#blocks.length < 2) await this.#takeBlock();
  }

  next(): Key {
    if (this.#next >= this.#end) {
      const block = this.#blocks.shift();
      if (block === undefined)
        throw new Error("Expected keys in hand, but the blocks are used up: ensure() was not awaited");
      this.#next = block;
      this.#end = block + blockSize;
    }
    return String(this.#next++);
  }
}
