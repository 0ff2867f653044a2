/** Pairs of name and password that were right for the hash that is stored: keyed digests in memory, bounded, for a minute. */
import { createHmac, randomBytes } from "node:crypto";

const livesMs = 60_000;
const sizeMax = 1_000;

export class RightPasswords {
  readonly #key = randomBytes(32);
  readonly #until = new Map<string, number>();

  #digest(...parts: readonly string[]): string {
    return createHmac("sha256", this.#key).update(JSON.stringify(parts)).digest("base64");
  }

  has(accountId: string, password: string, stored: string): boolean {
    return (this.#until.get(this.#digest(accountId, password, stored)) ?? 0) > Date.now();
  }

  add(accountId: string, password: string, stored: string): void {
    if (this.#until.size >= sizeMax) this.#until.clear();
    this.#until.set(this.#digest(accountId, password, stored), Date.now() + livesMs);
  }
}
