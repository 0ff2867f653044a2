/**
 * Which rules of a table a value of one column leaves: a bit set of rules for each region of the column. A rule is one
 * bit, so the columns of a table of 1,000 rules meet in 32 words. Very long tables share a bit set among neighbouring
 * regions (a bucket) to stay within memory; then the set is a superset and cells must be checked.
 */
import type { FeelValue } from "../../feel/index.ts";
import type { Cell } from "./cell.ts";
import { regionsOf, spansOf } from "./regions.ts";

export interface ColumnIndex {
  /** Offset of the value's bit set in `bits`; -1 when the index cannot tell (null, another type). */
  locate(value: FeelValue): number;
  readonly bits: Uint32Array;
  /** Rules in a set may still fail because buckets hold several regions. */
  readonly exact: boolean;
}

/** Words for all sets of one column: 4 MiB. Enough for exact sets up to about 5,000 rules of two values each. */
const columnWordsMax = 1 << 20;

/** Builds the index; undefined when the cells of the column have nothing to index. */
export function indexColumn(cells: readonly Cell[], columns: number): ColumnIndex | undefined {
  const regions = regionsOf(cells);
  if (!regions) return undefined;
  const words = (cells.length + 31) >>> 5;
  const bucketsMax = Math.max(1, Math.floor(columnWordsMax / words / Math.max(1, columns / 8)));
  const regionsPerBucket = Math.ceil(regions.count / bucketsMax);
  const buckets = Math.ceil(regions.count / regionsPerBucket);
  const bits = new Uint32Array(buckets * words);
  cells.forEach((cell, rule) => {
    const spans = cell.kind === "tests" ? spansOf(cell, regions) : [{ from: 0, to: regions.count - 1 }];
    const mask = 1 << (rule & 31);
    for (const { from, to } of spans) {
      const last = Math.floor(to / regionsPerBucket);
      for (let bucket = Math.floor(from / regionsPerBucket); bucket <= last; bucket++) {
        bits[bucket * words + (rule >>> 5)]! |= mask;
      }
    }
  });
  const locate = (value: FeelValue): number => {
    const region = regions.locate(value);
    return region === -1 ? -1 : (regionsPerBucket === 1 ? region : Math.floor(region / regionsPerBucket)) * words;
  };
  return { locate, bits, exact: regionsPerBucket === 1 };
}
