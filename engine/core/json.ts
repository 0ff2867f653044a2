/** Plain JSON: what variables, events and snapshots are made of. No NaN, no Infinity, no cycles, no functions. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

/** A 63-bit integer in decimal digits, unique in the installation; ordered by creation within one node. */
export type Key = string;

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number;
