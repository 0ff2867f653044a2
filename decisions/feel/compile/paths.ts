// Paths, filters, lists and contexts (DMN 1.5 §10.3.2.5, §10.3.2.6, §10.3.2.10).
// Contract: a path over a list projects, a number in a filter is an index (from 1, or from the end), anything else a
// condition. Every element visited is paid for.
import type { Node } from "../ast.ts";
import { propertyOf } from "../property.ts";
import type { FeelPosition } from "../session.ts";
import { type FeelContext, type FeelList, type FeelValue, isContext, isList, isNumber, typeOf } from "../value.ts";
import { type Build, measure, type NodeOf } from "./build.ts";
import { compileFunction } from "./calls.ts";
import type { Code, Frame } from "./frame.ts";
import type { StaticScope } from "./static-scope.ts";

export function compilePath(node: NodeOf<"path">, scope: StaticScope, build: Build): Code {
  const base = build.compile(node.base, scope);
  const { name, at } = node;
  const path = pathText(node, scope);
  if (path !== undefined) build.paths.add(path);
  return (frame) => select(base(frame), name, frame, at);
}

/** `a.b.c` when it starts at a free name. */
function pathText(node: Node, scope: StaticScope): string | undefined {
  const names: string[] = [];
  let current = node;
  while (current.kind === "path") {
    names.push(current.name);
    current = current.base;
  }
  if (current.kind !== "name" || scope.resolve(current.name).local) return undefined;
  return [current.name, ...names.reverse()].join(".");
}

function select(value: FeelValue, name: string, frame: Frame, at: FeelPosition): FeelValue {
  if (isContext(value)) {
    const entry = value.get(name);
    if (entry !== undefined) return entry;
    return frame.session.warn("NO_CONTEXT_ENTRY_FOUND", `Expected an entry "${name}", but the context has none.`, at);
  }
  if (isList(value)) {
    frame.session.chargeList(value.length);
    frame.session.enter(1);
    const projected = value.map((item) => select(item, name, frame, at));
    frame.session.leave(1);
    return projected;
  }
  const property = propertyOf(value, name);
  if (property !== undefined) return property;
  return frame.session.warn("NO_PROPERTY_FOUND", `Expected a value with "${name}", but found ${typeOf(value)}.`, at);
}

export function compileFilter(node: NodeOf<"filter">, scope: StaticScope, build: Build): Code {
  const base = build.compile(node.base, scope);
  const slot = scope.fn.allocate();
  const condition = build.compile(node.condition, scope.withItem(slot));
  const { weight } = measure(node.condition);
  return (frame) => {
    const value = base(frame);
    const list: FeelList = isList(value) ? value : value === null ? [] : [value];
    const first = evaluateWith(condition, slot, list[0] ?? null, frame);
    if (isNumber(first)) return elementAt(list, first, frame, node.at);
    if (list.length === 0) return list;
    return keep(list, first, condition, slot, weight, frame, node);
  };
}

function evaluateWith(condition: Code, slot: number, item: FeelValue, frame: Frame): FeelValue {
  frame.locals[slot] = item;
  return condition(frame);
}

function keep(
  list: FeelList,
  first: FeelValue,
  condition: Code,
  slot: number,
  weight: number,
  frame: Frame,
  node: NodeOf<"filter">,
): FeelValue {
  const kept: FeelValue[] = [];
  let result = first;
  for (let index = 0; index < list.length; index++) {
    frame.session.charge(weight);
    if (index > 0) result = evaluateWith(condition, slot, list[index]!, frame);
    if (result === true) kept.push(list[index]!);
    else if (result !== false && result !== null) {
      return frame.session.warn(
        "INVALID_TYPE",
        `Expected a boolean or a number in the filter, but found ${typeOf(result)}.`,
        node.condition.at,
      );
    }
  }
  return kept;
}

function elementAt(list: FeelList, position: FeelValue, frame: Frame, at: FeelPosition): FeelValue {
  if (typeof position === "number") {
    const item = position > 0 ? list[position - 1] : position < 0 ? list[list.length + position] : undefined;
    if (item !== undefined) return item;
  }
  return frame.session.warn(
    "OUT_OF_RANGE",
    `Expected an index within ${list.length} items, but found ${position}.`,
    at,
  );
}

export function compileList(node: NodeOf<"list">, scope: StaticScope, build: Build): Code {
  const items = node.items.map((item) => build.compile(item, scope));
  return (frame) => {
    const list: FeelValue[] = [];
    for (const item of items) list.push(item(frame));
    return list;
  };
}

/** Entries see the entries before them; a function also sees itself, so it can recur. */
export function compileContext(node: NodeOf<"context">, scope: StaticScope, build: Build): Code {
  const keys = node.entries.map((entry) => entry.key);
  if (new Set(keys).size < keys.length) {
    return (frame) =>
      frame.session.warn("INVALID_TYPE", "Expected different keys, but the context repeats one.", node.at);
  }
  let inner = scope;
  const entries = node.entries.map((entry) => {
    const slot = scope.fn.allocate();
    const own = inner.withName(entry.key, slot);
    const value =
      entry.value.kind === "function"
        ? compileFunction(entry.value, own, build, slot)
        : build.compile(entry.value, inner);
    inner = own;
    return { key: entry.key, slot, value };
  });
  return (frame) => {
    const context = new Map<string, FeelValue>();
    for (const entry of entries) {
      const value = entry.value(frame);
      frame.locals[entry.slot] = value;
      context.set(entry.key, value);
    }
    return context as FeelContext;
  };
}
