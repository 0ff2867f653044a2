// Names to values: locals by slot, filter elements by entry, everything else from the scope at run time.
// Contract: data never shadows a built-in in call position, and a name that nothing defines is null with a warning.
import { builtInFunction } from "../builtins/registry.ts";
import { type FeelContext, type FeelValue, isContext } from "../value.ts";
import type { Build, NodeOf } from "./build.ts";
import type { Code, Frame } from "./frame.ts";
import type { Address, StaticScope } from "./static-scope.ts";

export function compileName(node: NodeOf<"name">, scope: StaticScope, build: Build): Code {
  const found = scope.resolve(node.name);
  const base = found.local
    ? compileLocal(found.local, found.partial ?? false)
    : compileFree(node, build, found.items.length > 0);
  return found.items.length === 0 ? base : compileItemEntry(node.name, found.items, base);
}

/** Reads a local; `partial` is handed out as a copy because the list still grows. */
function compileLocal(address: Address, partial: boolean): Code {
  const { hops, slot } = address;
  if (partial) return (frame) => copyPartial(readLocal(frame, address), frame);
  if (hops === 0) return (frame) => frame.locals[slot]!;
  return (frame) => readLocal(frame, address);
}

function copyPartial(value: FeelValue, frame: Frame): FeelValue {
  const list = value as readonly FeelValue[];
  frame.session.charge(1 + (list.length >> 2));
  return list.slice();
}

export function readLocal(frame: Frame, address: Address): FeelValue {
  let current = frame;
  for (let hops = address.hops; hops > 0; hops--) current = current.outer!;
  return current.locals[address.slot]!;
}

function compileFree(node: NodeOf<"name">, build: Build, uncertain: boolean): Code {
  const { name, at } = node;
  const fallback = build.functions.get?.(name) ?? builtInFunction(name);
  build.references.add(name);
  if (uncertain || fallback) build.uncertainReferences.add(name);
  return (frame) => {
    const value = frame.scope.get(name);
    if (value !== undefined) return value;
    if (fallback) return fallback;
    return frame.session.warn("NO_VARIABLE_FOUND", `Expected a variable "${name}", but nothing defines it.`, at);
  };
}

function compileItemEntry(name: string, items: readonly Address[], base: Code): Code {
  return (frame) => {
    for (const address of items) {
      const item = readLocal(frame, address);
      const entry = isContext(item) ? (item as FeelContext).get(name) : undefined;
      if (entry !== undefined) return entry;
    }
    return base(frame);
  };
}
