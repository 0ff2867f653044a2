/**
 * What BPMN adds to the rules of XML, for the pre-scan: which elements hold text, which namespaces the reader knows,
 * which attributes it takes as lists. Read off the reader's own descriptors (BPMN 2.0.2 §15, zeebe, ours), so that what
 * it would warn about, at the price of a look through the whole text each time, is refused before.
 */
import type { XmlRules } from "../../decisions/dmn/xml-prescan.ts";

interface Property {
  readonly name: string;
  readonly type: string;
  readonly isAttr?: boolean;
  readonly isBody?: boolean;
  readonly isMany?: boolean;
  readonly isReference?: boolean;
}

interface Type {
  readonly name: string;
  readonly superClass?: readonly string[];
  readonly properties?: readonly Property[];
}

export interface Package {
  readonly uri: string;
  readonly types: readonly Type[];
}

const simpleTypes = new Set(["String", "Boolean", "Integer", "Real"]);
const schemaInstance = "http://www.w3.org/2001/XMLSchema-instance";

/** Names of packages and types are qualified at will: only what follows the colon counts here. */
const local = (name: string): string => name.slice(name.indexOf(":") + 1);
const tagOf = (type: string): string => type.charAt(0).toLowerCase() + type.slice(1);

/** @param packages the descriptors that the reader works with. */
export function languageRules(packages: readonly Package[]): XmlRules {
  const types = packages.flatMap((each) => each.types);
  const withBody = typesWithBody(types);
  const textElements = new Set([...withBody].map(tagOf));
  const listAttributes = new Set<string>();
  for (const { name, type, isAttr, isBody, isMany, isReference } of types.flatMap(
    ({ properties = [] }) => properties,
  )) {
    if (isReference === true && isMany === true) listAttributes.add(local(name));
    if (isAttr === true || isBody === true) continue;
    if (isReference === true || simpleTypes.has(local(type)) || withBody.has(local(type)))
      textElements.add(local(name));
  }
  const namespaces = new Set([schemaInstance, ...packages.map(({ uri }) => uri)]);
  return { textElements, listAttributes, isKnownNamespace: (uri) => namespaces.has(uri) };
}

/** Types that hold text themselves or by what they extend. */
function typesWithBody(types: readonly Type[]): ReadonlySet<string> {
  const found = new Set<string>();
  const inherits = ({ name, superClass = [], properties = [] }: Type): boolean =>
    !found.has(local(name)) &&
    (properties.some(({ isBody }) => isBody === true) || superClass.some((parent) => found.has(local(parent))));
  for (let next = types.filter(inherits); next.length > 0; next = types.filter(inherits))
    for (const { name } of next) found.add(local(name));
  return found;
}
