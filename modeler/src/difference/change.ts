/**
 * What differs between two versions of a model, whatever its kind: a model is read into parts (a task, a rule, a field)
 * with facts ("Condition": "= amount > 500"), and parts are matched by their id. Linear in the size of both models.
 */

export type What = "added" | "removed" | "changed" | "moved";

/** One thing of a model that has an id of its own. */
export interface Part {
  readonly id: string;
  /** "Service task", "Text field". */
  readonly kind: string;
  readonly name: string;
  /** What is said of it, by label; compared as it stands. */
  readonly facts: ReadonlyMap<string, string>;
  /** How a fact is told where it differs from how it is compared: the name of what an id refers to. */
  readonly told?: ReadonlyMap<string, string>;
}

export type Parts = ReadonlyMap<string, Part>;

export interface Detail {
  readonly label: string;
  /** Null: it was not there. */
  readonly before: string | null;
  readonly after: string | null;
}

export interface Change {
  readonly id: string;
  readonly what: What;
  readonly kind: string;
  readonly name: string;
  readonly details: readonly Detail[];
}

/**
 * The changes in the order of the newer version, what was removed last. `moved` names the parts that only stand in
 * another place; a part that also says something else is told as changed.
 */
export function compareParts(before: Parts, after: Parts, moved: ReadonlySet<string> = new Set()): readonly Change[] {
  const changes: Change[] = [];
  for (const part of after.values()) {
    const old = before.get(part.id);
    const details = detailsOf(old, part);
    const what = old === undefined ? "added" : details.length > 0 ? "changed" : moved.has(part.id) ? "moved" : null;
    if (what !== null) changes.push({ id: part.id, what, kind: part.kind, name: part.name, details });
  }
  for (const part of before.values()) {
    if (after.has(part.id)) continue;
    changes.push({ id: part.id, what: "removed", kind: part.kind, name: part.name, details: [] });
  }
  return changes;
}

/** A part that is new tells all its facts; one that stayed tells those that differ. */
function detailsOf(before: Part | undefined, after: Part): readonly Detail[] {
  const details: Detail[] = [];
  if (before && before.kind !== after.kind) details.push({ label: "Type", before: before.kind, after: after.kind });
  for (const [label, value] of after.facts) {
    const old = before?.facts.get(label) ?? null;
    if (old !== value) details.push({ label, before: tell(before, label), after: tell(after, label) });
  }
  for (const label of before?.facts.keys() ?? [])
    if (!after.facts.has(label)) details.push({ label, before: tell(before, label), after: null });
  return details;
}

function tell(part: Part | undefined, label: string): string | null {
  return part?.told?.get(label) ?? part?.facts.get(label) ?? null;
}

/** Ids in `after` that stand in another order than in `before`: as few as possible (longest increasing subsequence). */
export function reordered(before: readonly string[], after: readonly string[]): ReadonlySet<string> {
  const places = new Map(before.map((id, index) => [id, index]));
  const common = after.filter((id) => places.has(id));
  const placeOf = (id: string): number => places.get(id) ?? 0;
  /** For each length, the index in `common` of the smallest last place of an increasing row of that length. */
  const ends: number[] = [];
  const previous: number[] = [];
  common.forEach((id, index) => {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (placeOf(common[ends[middle] ?? 0] ?? "") < placeOf(id)) low = middle + 1;
      else high = middle;
    }
    previous[index] = low === 0 ? -1 : (ends[low - 1] ?? -1);
    ends[low] = index;
  });
  const moved = new Set(common);
  for (let index = ends.at(-1) ?? -1; index >= 0; index = previous[index] ?? -1) moved.delete(common[index] ?? "");
  return moved;
}

/** Both versions in one order: that of the newer one, each removed id after the one it followed. */
export function mergedOrder(before: readonly string[], after: readonly string[]): readonly string[] {
  const kept = new Set(after);
  const followers = new Map<string, string[]>();
  let last = "";
  for (const id of before) {
    if (kept.has(id)) last = id;
    else appendTo(followers, last, id);
  }
  return ["", ...after].flatMap((id) => [...(id === "" ? [] : [id]), ...(followers.get(id) ?? [])]);
}

/** Adds to the list under a key, which may be new. */
export function appendTo<Key, Value>(lists: Map<Key, Value[]>, key: Key, value: Value): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}
