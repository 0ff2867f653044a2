// Compile-time scopes: which slot a name lives in, and which filters may supply it at run time.
// Contract: slots are never reused inside one function, so a lambda can capture its frame by copying the locals.

/** The locals of one function body (or of the whole expression). */
export class FunctionScope {
  slots = 0;
  readonly outer: FunctionScope | null;

  constructor(outer: FunctionScope | null) {
    this.outer = outer;
  }

  allocate(): number {
    return this.slots++;
  }
}

/** A local variable, as the number of frames outwards and the slot there. */
export interface Address {
  hops: number;
  slot: number;
}

type Binding =
  | { kind: "name"; name: string; slot: number }
  /** The element of a filter: when it is a context, its entries are names. */
  | { kind: "item"; slot: number }
  /** The partial results of a `for`. */
  | { kind: "partial"; slot: number };

export interface Resolution {
  /** Filter elements to ask first, innermost first. */
  items: Address[];
  local?: Address;
  partial?: boolean;
}

/** A chain of bindings; extending makes a new link, so siblings never see each other. */
export class StaticScope {
  readonly fn: FunctionScope;
  private readonly parent: StaticScope | null;
  private readonly binding: Binding | null;

  constructor(fn: FunctionScope, parent: StaticScope | null = null, binding: Binding | null = null) {
    this.fn = fn;
    this.parent = parent;
    this.binding = binding;
  }

  withName(name: string, slot: number): StaticScope {
    return new StaticScope(this.fn, this, { kind: "name", name, slot });
  }

  withItem(slot: number): StaticScope {
    return new StaticScope(this.fn, this, { kind: "item", slot });
  }

  withPartial(slot: number): StaticScope {
    return new StaticScope(this.fn, this, { kind: "partial", slot });
  }

  inFunction(fn: FunctionScope): StaticScope {
    return new StaticScope(fn, this, null);
  }

  resolve(name: string): Resolution {
    const items: Address[] = [];
    let hops = 0;
    let fn = this.fn;
    for (let scope: StaticScope | null = this; scope; scope = scope.parent) {
      if (scope.fn !== fn) {
        hops++;
        fn = scope.fn;
      }
      const binding = scope.binding;
      if (!binding) continue;
      const address = { hops, slot: binding.slot };
      if (binding.kind === "item") items.push(address);
      if (binding.kind === "item" && name === "item") return { items, local: address };
      if (binding.kind === "name" && binding.name === name) return { items, local: address };
      if (binding.kind === "partial" && name === "partial") return { items, local: address, partial: true };
    }
    return { items };
  }
}
