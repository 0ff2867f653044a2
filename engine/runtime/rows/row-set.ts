/**
 * Rows of one table that a unit inserts and changes, folded: a thing that is created and changed in the same unit is
 * one insert, several changes are one update. Two statements of one batch never touch the same row.
 */

import type { TableWrite } from "../../../store/index.ts";
import type { Key } from "../../core/json.ts";
import { statementName, type WriteName } from "./tables.ts";

type Row = Record<string, unknown>;

export class RowSet {
  // Made when the first row comes: a unit touches few of the tables, and empty maps were a tenth of all garbage.
  #inserted: Map<Key, Row> | null = null;
  #changed: Map<Key, Row> | null = null;
  readonly #rootKey: Key;

  constructor(rootKey: Key) {
    this.#rootKey = rootKey;
  }

  insert(key: Key, row: Row): void {
    this.#inserted ??= new Map();
    this.#inserted.set(key, { root_key: this.#rootKey, key, ...row });
  }

  change(key: Key, columns: Row): void {
    const row = this.#inserted?.get(key) ?? this.#changed?.get(key);
    if (row) Object.assign(row, columns);
    else this.#change(key, columns);
  }

  #change(key: Key, columns: Row): void {
    this.#changed ??= new Map();
    this.#changed.set(key, { root_key: this.#rootKey, key, ...columns });
  }

  /** True when the unit itself creates the row. */
  creates(key: Key): boolean {
    return this.#inserted?.has(key) === true;
  }

  inserted(key: Key): Row | undefined {
    return this.#inserted?.get(key);
  }

  /** For tables whose rows are deleted when they end: what was created in the same unit need not be written at all. */
  remove(key: Key): void {
    if (this.#inserted?.delete(key) !== true) this.#change(key, {});
  }

  writes(insert: WriteName, change: WriteName, out: TableWrite[]): void {
    if (this.#inserted && this.#inserted.size > 0)
      out.push({ statement: statementName(insert), rows: [...this.#inserted.values()] });
    if (this.#changed) out.push({ statement: statementName(change), rows: [...this.#changed.values()] });
  }
}
