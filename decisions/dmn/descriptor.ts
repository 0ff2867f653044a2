/**
 * The moddle packages that read one DMN version. dmn-moddle 12 knows DMN 1.3 only and drops what 1.4 and 1.5 added
 * with nothing but a warning; the packages here are its own, with the boxed conditional, filter and iterators
 * (DMN 1.5 §10.2.2), `typeConstraint` (§7.3.2) added and the namespaces set to those of the document. No text of the
 * document is rewritten, so what an author wrote inside an expression stays as it is.
 */
import { createRequire } from "node:module";

/** The namespaces one document uses for the model and for its diagrams. */
export interface DmnNamespaces {
  readonly version: string;
  readonly model: string;
  readonly diagram: string;
  readonly di: string;
  readonly dc: string;
}

const versions = new Map([
  ["20151101", "1.1"],
  ["20180521", "1.2"],
  ["20191111", "1.3"],
  ["20211108", "1.4"],
  ["20230324", "1.5"],
  ["20240513", "1.6"],
]);

const omg = /^https?:\/\/www\.omg\.org\/spec\/(DMN|FEEL)\/(?:(\d{8})\/?)?([A-Za-z0-9.]*)\/?$/;

interface OmgNamespace {
  readonly role: "model" | "diagram" | "di" | "dc" | "feel";
  readonly version: string;
}

/** Which of OMG's DMN namespaces a URI is; undefined for any other. DMN 1.7 has the same URIs without a date. */
export function omgNamespace(uri: string): OmgNamespace | undefined {
  const parts = omg.exec(uri);
  if (!parts) return undefined;
  const [, family, date, tail = ""] = parts;
  const version = date === undefined ? "1.7" : versions.get(date);
  if (family === "FEEL" || tail === "FEEL") return { role: "feel", version: version ?? "1.1" };
  if (version === undefined) return undefined;
  if (tail === "" || tail === "MODEL" || /^(dmn|DMN)\d*\.xsd$/.test(tail)) return { role: "model", version };
  if (tail === "DMNDI" || (tail === "DI" && date === undefined)) return { role: "diagram", version };
  if (tail === "DI") return { role: "di", version };
  if (tail === "DC") return { role: "dc", version };
  return undefined;
}

/** The packages for `new DmnModdle(…)`, made once per set of namespaces. */
export function moddlePackages(namespaces: DmnNamespaces): Readonly<Record<string, unknown>> {
  return {
    dmn: { ...modelPackage, uri: namespaces.model },
    dmndi: { ...diagramPackage, uri: namespaces.diagram },
    di: { ...diPackage, uri: namespaces.di },
    dc: { ...dcPackage, uri: namespaces.dc },
  };
}

interface Property {
  readonly name: string;
  readonly type: string;
  readonly isAttr?: boolean;
  readonly isMany?: boolean;
  readonly isReference?: boolean;
  readonly xml?: { readonly serialize: string };
}

interface Type {
  readonly name: string;
  readonly isAbstract?: boolean;
  readonly superClass?: readonly string[];
  readonly properties?: readonly Property[];
}

interface Package {
  readonly name: string;
  readonly types: readonly Type[];
}

const resource = createRequire(import.meta.url);
const load = (name: string): Package => resource(`dmn-moddle/resources/dmn/json/${name}.json`) as Package;

const child = (name: string, type = "ChildExpression"): Property => ({ name, type, xml: { serialize: "property" } });
const attribute = (name: string): Property => ({ name, type: "String", isAttr: true });

const addedTypes: readonly Type[] = [
  { name: "ChildExpression", superClass: ["DMNElement"], properties: [{ name: "value", type: "Expression" }] },
  { name: "TypedChildExpression", superClass: ["ChildExpression"], properties: [attribute("typeRef")] },
  { name: "Conditional", superClass: ["Expression"], properties: [child("if"), child("then"), child("else")] },
  { name: "Filter", superClass: ["Expression"], properties: [child("in"), child("match")] },
  {
    name: "Iterator",
    isAbstract: true,
    superClass: ["Expression"],
    properties: [attribute("iteratorVariable"), child("in", "TypedChildExpression")],
  },
  { name: "For", superClass: ["Iterator"], properties: [child("return")] },
  { name: "Quantified", isAbstract: true, superClass: ["Iterator"], properties: [child("satisfies")] },
  { name: "Every", superClass: ["Quantified"] },
  { name: "Some", superClass: ["Quantified"] },
];

/** What 1.4 to 1.7 added to types that 1.3 has. */
const addedProperties = new Map<string, Property>([
  ["ItemDefinition", child("typeConstraint", "UnaryTests")],
  ["Definitions", attribute("dmnVersion")],
]);

function patchModel(source: Package): Package {
  const types = [...source.types, ...addedTypes].map((type) => {
    const properties = [type.properties ?? [], addedProperties.get(type.name) ?? []].flat();
    return { ...type, properties: properties.map(collected) };
  });
  return { ...source, types };
}

/**
 * moddle keeps the last of two children where a property holds one, and says nothing: a decision with two tables would
 * lose the first. So every child is read into a list, and `read-element.ts` refuses a second one.
 */
function collected(property: Property): Property {
  return property.isAttr || property.isReference ? property : { ...property, isMany: true };
}

const modelPackage = patchModel(load("dmn13"));
const diagramPackage = load("dmndi13");
const diPackage = load("di");
const dcPackage = load("dc");
