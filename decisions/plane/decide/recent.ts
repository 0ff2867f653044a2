/**
 * What was said last, by id: the newest `entriesMax` entries and up to as many older ones. Two generations, the older
 * dropped whole: taking the oldest out of one Map one by one walks over all the places that were freed before it
 * (10 to 30 µs at 20,000 entries, against 0.2).
 */

export interface Recent<Value> {
  get(id: string): Value | undefined;
  set(id: string, value: Value): void;
}

export function createRecent<Value>(entriesMax: number): Recent<Value> {
  let newer = new Map<string, Value>();
  let older = new Map<string, Value>();
  return {
    get: (id) => newer.get(id) ?? older.get(id),
    set(id, value) {
      if (newer.size >= entriesMax) {
        older = newer;
        newer = new Map();
      }
      newer.set(id, value);
    },
  };
}
