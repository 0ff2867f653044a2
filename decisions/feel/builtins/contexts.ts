// Context functions (DMN 1.5 table 81).
import type { EvaluationSession } from "../session.ts";
import { type FeelContext, type FeelList, type FeelValue, isContext } from "../value.ts";
import { type BuiltIn, define } from "./define.ts";

function getValue(context: FeelContext, key: string): FeelValue {
  return context.get(key) ?? null;
}

function getNested(context: FeelContext, keys: FeelList): FeelValue | undefined {
  let value: FeelValue = context;
  for (const key of keys) {
    if (typeof key !== "string") return undefined;
    value = isContext(value) ? getValue(value, key) : null;
  }
  return keys.length === 0 ? undefined : value;
}

function put(session: EvaluationSession, context: FeelContext, key: string, value: FeelValue): FeelContext {
  session.chargeList(context.size + 1);
  return new Map(context).set(key, value);
}

/** Replaces along a path of keys; every step but the last must be a context. */
function putNested(
  session: EvaluationSession,
  context: FeelContext,
  keys: FeelList,
  value: FeelValue,
): FeelContext | undefined {
  const [key, ...rest] = keys;
  if (typeof key !== "string") return undefined;
  if (rest.length === 0) return put(session, context, key, value);
  const inner = context.get(key) ?? null;
  if (!isContext(inner)) return undefined;
  session.enter(1);
  const changed = putNested(session, inner, rest, value);
  session.leave(1);
  return changed && put(session, context, key, changed);
}

function merge(session: EvaluationSession, contexts: FeelList): FeelContext | undefined {
  const merged = new Map<string, FeelValue>();
  for (const context of contexts) {
    if (!isContext(context)) return undefined;
    session.charge(context.size);
    for (const [key, value] of context) merged.set(key, value);
  }
  session.chargeList(merged.size);
  return merged;
}

function entriesOf(session: EvaluationSession, context: FeelContext): FeelList {
  session.chargeList(context.size);
  return [...context].map(
    ([key, value]) =>
      new Map<string, FeelValue>([
        ["key", key],
        ["value", value],
      ]),
  );
}

/** `context(entries)`: null when an entry has no key or value, or a key repeats. */
function fromEntries(session: EvaluationSession, entries: FeelList): FeelContext | undefined {
  session.chargeList(entries.length);
  const context = new Map<string, FeelValue>();
  for (const entry of entries) {
    const key = isContext(entry) ? entry.get("key") : undefined;
    const value = isContext(entry) ? entry.get("value") : undefined;
    if (typeof key !== "string" || value === undefined || context.has(key)) return undefined;
    context.set(key, value);
  }
  return context;
}

const getValueOf = (_session: EvaluationSession, context: FeelContext, key: string) => getValue(context, key);

export const contextFunctions: readonly BuiltIn[] = [
  define("get value(m: context, key: string)", getValueOf),
  define("get value(context: context, key: string)", getValueOf),
  define("get value(context: context, keys: list)", (_session, context: FeelContext, keys: FeelList) =>
    getNested(context, keys),
  ),
  define("get entries(m: context)", entriesOf),
  define("get entries(context: context)", entriesOf),
  define("context put(context: context, key: string, value: any)", put),
  define("context put(context: context, keys: list, value: any)", putNested),
  define("context merge(contexts: list)", merge),
  define("context(entries: list)", fromEntries),
];
