/** Prefixes in scope during the XML pre-scan (Namespaces in XML §3 and §6). No dependencies. */

import { Refusal } from "./xml-characters.ts";

/** Where a value stands, both ends in characters; `to` is exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Attribute name → its value without the quotes; the name stands before. */
export type Attributes = ReadonlyMap<string, Span & { readonly nameAt: number }>;

export interface NamespaceLimits {
  /** Open elements that declare a namespace; ADONIS redeclares on every element, so the nesting is bounded, not the count. */
  readonly namespaceNestingMax: number;
  /** Prefixes in force at one place. saxen copies all of them at every element that declares one: 27 s for 269 kB. */
  readonly namespacesMax: number;
}

/** What is declared where the scan stands. */
export class NamespaceScope {
  /** Prefix → the URIs that open elements give it, the innermost last; "" is the default namespace. */
  readonly #uris = new Map<string, string[]>([["xml", ["http://www.w3.org/XML/1998/namespace"]]]);
  readonly #limits: NamespaceLimits;
  #declaring = 0;

  constructor(limits: NamespaceLimits) {
    this.#limits = limits;
  }

  /** The prefixes that an element declares, to be handed to `close` at its end; null when none. */
  open(xml: string, attributes: Attributes, start: number): readonly string[] | null {
    let prefixes: string[] | null = null;
    for (const [name, { nameAt, from, to }] of attributes) {
      if (name !== "xmlns" && !name.startsWith("xmlns:")) continue;
      const prefix = name.slice(6);
      if (prefix === "xmlns" || prefix === "xml") {
        throw new Refusal("xml-namespace", nameAt, `Expected an own prefix, but ${prefix} is reserved`);
      }
      prefixes ??= [];
      prefixes.push(prefix);
      const uris = this.#uris.get(prefix);
      if (uris) uris.push(xml.slice(from, to));
      else this.#uris.set(prefix, [xml.slice(from, to)]);
    }
    if (prefixes) this.#count(start);
    return prefixes;
  }

  #count(start: number): void {
    const { namespaceNestingMax, namespacesMax } = this.#limits;
    if (++this.#declaring > namespaceNestingMax) {
      const expected = `Expected namespace declarations nested at most ${namespaceNestingMax} deep`;
      throw new Refusal("xml-limit", start, `${expected}, but there are more`);
    }
    if (this.#uris.size > namespacesMax) {
      const expected = `Expected at most ${namespacesMax} namespace prefixes in force at one place`;
      throw new Refusal("xml-limit", start, `${expected}, but there are more`);
    }
  }

  close(prefixes: readonly string[] | null): void {
    if (!prefixes) return;
    this.#declaring--;
    for (const prefix of prefixes) {
      const uris = this.#uris.get(prefix);
      uris?.pop();
      if (uris?.length === 0) this.#uris.delete(prefix);
    }
  }

  /** The namespace of an element's name as the document spells it; undefined for a name without one. */
  uriOf(name: string): string | undefined {
    const colon = name.indexOf(":");
    return this.#uris.get(colon === -1 ? "" : name.slice(0, colon))?.at(-1);
  }

  /** Refuses a name whose prefix nobody declares. */
  check(name: string, at: number): void {
    const colon = name.indexOf(":");
    if (colon === -1 || name.startsWith("xmlns:")) return;
    const prefix = name.slice(0, colon);
    if (this.#uris.has(prefix)) return;
    const message = `Expected a declared prefix, but nothing declares the ${prefix} of ${name}`;
    throw new Refusal("xml-namespace", at, message);
  }
}
