/**
 * DMN XML to plain data. The text is pre-scanned, then read by dmn-moddle with the packages of its own DMN version;
 * what the reader did not understand is an error, because it would otherwise be logic that silently does not exist.
 */

import type { ModdleWarning } from "dmn-moddle";
import { DmnModdle } from "dmn-moddle";
import type { DmnNamespaces } from "./descriptor.ts";
import { moddlePackages, omgNamespace } from "./descriptor.ts";
import type {
  DecisionServiceSource,
  DecisionSource,
  DrgElementSource,
  ImportSource,
  ItemDefinitionSource,
  KnowledgeModelSource,
  ModelSource,
  RequirementSource,
} from "./model-source.ts";
import type { ProblemLog } from "./problems.ts";
import { hasErrors, newProblemLog } from "./problems.ts";
import type { Element, Reading } from "./read-element.ts";
import { attribute, children, normalizeName, onlyChild, onlyText, placeOf, tagOf } from "./read-element.ts";
import { readExpressionIn, readFunction, readNamed, readText } from "./read-expression.ts";
import type { XmlLimits, XmlRules } from "./xml-prescan.ts";
import { prescanXml } from "./xml-prescan.ts";

/** DMN 1.5 XSD: the elements of simple type. */
const textElements = new Set([
  "text",
  "description",
  "question",
  "allowedAnswers",
  "typeRef",
  "type",
  "importedElement",
]);

const languageRules: XmlRules = {
  textElements,
  isKnownNamespace: (uri) => omgNamespace(uri) !== undefined,
  // DMN 1.5 XSD has no attribute that is a list; moddle reads each many-valued reference as one when it is an attribute.
  listAttributes: new Set(["decisionMade", "decisionOwned"]),
};

/** The namespace that a model gives its elements, by which others import it; undefined when the model cannot be read. */
export async function readModelNamespace(xml: string): Promise<string | undefined> {
  return (await readModel(xml, newProblemLog()))?.namespace;
}

/** Reads a model; undefined when it cannot be read at all, with the reasons in `log`. Never throws for bad XML. */
export async function readModel(
  xml: string,
  log: ProblemLog,
  limits: Partial<XmlLimits> = {},
): Promise<ModelSource | undefined> {
  const refusal = prescanXml(xml, limits, languageRules);
  if (refusal) {
    const { ruleId, message, line, column } = refusal;
    log.error(ruleId, message, { position: { line, column } });
    return undefined;
  }
  const root = readRootTag(xml);
  const namespaces = namespacesOf(xml, root);
  if (!namespaces) {
    const message = `Expected <definitions> of DMN 1.1 to 1.7 as the root, but found <${root.name}> of ${root.uri ?? "no namespace"}`;
    log.error("model-namespace", message);
    return undefined;
  }
  const definitions = await parse(xml, namespaces, log);
  if (!definitions || hasErrors(log)) return undefined;
  return readDefinitions({ log, decisionId: undefined }, definitions, namespaces.version, root.prefixes);
}

interface RootTag {
  readonly name: string;
  readonly uri: string | undefined;
  readonly prefixes: ReadonlyMap<string, string>;
}

/** The root's name and namespace declarations; the pre-scan has made sure that the text is well-formed. */
function readRootTag(xml: string): RootTag {
  const start = rootStart(xml);
  const name = /[^\s/>]+/y;
  name.lastIndex = start + 1;
  const qualified = name.exec(xml)?.[0] ?? "";
  const prefixes = new Map<string, string>();
  const attributes = /\s+([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/y;
  attributes.lastIndex = name.lastIndex;
  for (let match = attributes.exec(xml); match; match = attributes.exec(xml)) {
    const [, attributeName = "", double, single] = match;
    const uri = double ?? single ?? "";
    if (attributeName === "xmlns") prefixes.set("", uri);
    else if (attributeName.startsWith("xmlns:")) prefixes.set(attributeName.slice(6), uri);
  }
  const colon = qualified.indexOf(":");
  const prefix = colon === -1 ? "" : qualified.slice(0, colon);
  return { name: qualified.slice(colon + 1), uri: prefixes.get(prefix), prefixes };
}

function rootStart(xml: string): number {
  let at = xml.indexOf("<");
  while (xml.startsWith("<!--", at) || xml.startsWith("<?", at)) {
    const end = xml.startsWith("<?", at) ? "?>" : "-->";
    at = xml.indexOf("<", xml.indexOf(end, at + 2) + end.length);
  }
  return at;
}

function namespacesOf(xml: string, root: RootTag): DmnNamespaces | undefined {
  const model = root.uri === undefined ? undefined : omgNamespace(root.uri);
  if (root.name !== "definitions" || root.uri === undefined || model?.role !== "model") return undefined;
  const namespaces = {
    version: model.version,
    model: root.uri,
    diagram: "https://www.omg.org/spec/DMN/20230324/DMNDI/",
    di: "http://www.omg.org/spec/DMN/20180521/DI/",
    dc: "http://www.omg.org/spec/DMN/20180521/DC/",
  };
  // Diagrams may declare their namespaces where they begin, not on the root.
  for (const [, uri = ""] of xml.matchAll(/\sxmlns:[^\s=]+\s*=\s*["']([^"']*)["']/g)) {
    const role = omgNamespace(uri)?.role;
    if (role === "diagram" || role === "di" || role === "dc") namespaces[role] = uri;
  }
  return namespaces;
}

async function parse(xml: string, namespaces: DmnNamespaces, log: ProblemLog): Promise<Element | undefined> {
  try {
    const { rootElement, warnings } = await new DmnModdle(moddlePackages(namespaces)).fromXML(xml, "dmn:Definitions", {
      lax: false,
    });
    for (const warning of warnings) reportWarning(warning, log);
    return rootElement as Element;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const [, line, column] = /line: (\d+)\s+column: (\d+)/.exec(message) ?? [];
    const place = line === undefined ? {} : { position: { line: Number(line) + 1, column: Number(column) + 1 } };
    log.error(
      "xml-unreadable",
      `Expected content that DMN ${namespaces.version} defines, but ${message.replace(/\s+/g, " ")}`,
      place,
    );
    return undefined;
  }
}

/** Diagrams carry no logic: a shape of an element that is gone is worth a warning. Everything else may hide logic. */
function reportWarning(warning: ModdleWarning, log: ProblemLog): void {
  const place = warning.element?.id === undefined ? {} : { elementId: warning.element.id };
  const message = `Expected a model that reads without a warning, but: ${warning.message.replace(/\s+/g, " ")}`;
  if (/^(dmndi|di|dc):/.test(warning.element?.$type ?? "")) log.warning("xml-diagram", message, place);
  else log.error("xml-warning", message, place);
}

function readDefinitions(
  reading: Reading,
  definitions: Element,
  dmnVersion: string,
  prefixes: ReadonlyMap<string, string>,
): ModelSource {
  const name = attribute(definitions, "name") ?? "";
  return {
    id: definitions.id ?? name,
    name,
    namespace: attribute(definitions, "namespace") ?? "",
    dmnVersion,
    expressionLanguage: attribute(definitions, "expressionLanguage"),
    prefixes,
    imports: children(definitions, "import").map((element) => readImport(element)),
    itemDefinitions: children(definitions, "itemDefinition").map((element) => readItemDefinition(reading, element)),
    elements: children(definitions, "drgElement").flatMap((element) => readDrgElement(reading.log, element) ?? []),
  };
}

function readImport(element: Element): ImportSource {
  return {
    id: element.id,
    name: normalizeName(attribute(element, "name") ?? ""),
    namespace: attribute(element, "namespace") ?? "",
    importType: attribute(element, "importType") ?? "",
    locationUri: attribute(element, "locationURI"),
  };
}

function readItemDefinition(reading: Reading, element: Element): ItemDefinitionSource {
  const texts = ["allowedValues", "typeConstraint"].map((property) => {
    const child = onlyChild(reading, element, property);
    return child && readText(reading, child);
  });
  const functionItem = onlyChild(reading, element, "functionItem");
  return {
    id: element.id,
    name: normalizeName(attribute(element, "name") ?? ""),
    typeRef: onlyText(reading, element, "typeRef"),
    isCollection: element.isCollection === true,
    allowedValues: texts[0],
    typeConstraint: texts[1],
    components: children(element, "itemComponent").map((component) => readItemDefinition(reading, component)),
    functionItem: functionItem && {
      parameters: children(functionItem, "parameters").map((parameter) => readNamed(parameter)),
      outputTypeRef: attribute(functionItem, "outputTypeRef"),
    },
  };
}

/** Elements without execution semantics (knowledge sources) answer undefined. */
function readDrgElement(log: ProblemLog, element: Element): DrgElementSource | undefined {
  const name = normalizeName(attribute(element, "name") ?? "");
  const id = element.id ?? name;
  const reading: Reading = { log, decisionId: id };
  if (name === "")
    log.error("model-name", `Expected a name on <${tagOf(element)}>, but it has none`, placeOf(reading, element));
  const variable = onlyChild(reading, element, "variable");
  const named = variable && readNamed(variable);
  const description = onlyText(reading, element, "description");
  const base = { id, name, variableName: named?.name || name, typeRef: named?.typeRef, description };
  switch (tagOf(element)) {
    case "inputData":
      return { kind: "inputData", ...base };
    case "decision":
      return { kind: "decision", ...base, ...readDecision(reading, element) };
    case "businessKnowledgeModel":
      return { kind: "knowledgeModel", ...base, ...readKnowledgeModel(reading, element) };
    case "decisionService":
      return { kind: "decisionService", ...base, ...readService(element) };
    default:
      return undefined;
  }
}

function readDecision(
  reading: Reading,
  element: Element,
): Pick<DecisionSource, "requirements" | "logic" | "question" | "allowedAnswers"> {
  return {
    requirements: readRequirements(reading, element),
    logic: readExpressionIn(reading, element, "decisionLogic"),
    question: onlyText(reading, element, "question"),
    allowedAnswers: onlyText(reading, element, "allowedAnswers"),
  };
}

function readKnowledgeModel(reading: Reading, element: Element): Pick<KnowledgeModelSource, "requirements" | "logic"> {
  const logic = onlyChild(reading, element, "encapsulatedLogic");
  return { requirements: readRequirements(reading, element), logic: logic && readFunction(reading, logic) };
}

function readRequirements(reading: Reading, element: Element): readonly RequirementSource[] {
  const read = (container: string, property: string, kind: RequirementSource["kind"]): readonly RequirementSource[] =>
    children(element, container).flatMap((requirement) => hrefs(requirement, property).map((href) => ({ kind, href })));
  for (const requirement of children(element, "informationRequirement")) {
    const count = children(requirement, "requiredDecision").length + children(requirement, "requiredInput").length;
    if (count !== 1) {
      const message = `Expected one requiredDecision or requiredInput in <informationRequirement>, but there are ${count}`;
      reading.log.error("requirement-incomplete", message, placeOf(reading, requirement));
    }
  }
  return [
    ...read("informationRequirement", "requiredInput", "inputData"),
    ...read("informationRequirement", "requiredDecision", "decision"),
    ...read("knowledgeRequirement", "requiredKnowledge", "knowledge"),
  ];
}

function readService(
  element: Element,
): Pick<DecisionServiceSource, "outputDecisions" | "encapsulatedDecisions" | "inputDecisions" | "inputData"> {
  return {
    outputDecisions: hrefs(element, "outputDecision"),
    encapsulatedDecisions: hrefs(element, "encapsulatedDecision"),
    inputDecisions: hrefs(element, "inputDecision"),
    inputData: hrefs(element, "inputData"),
  };
}

function hrefs(element: Element, property: string): readonly string[] {
  return children(element, property).map((reference) => attribute(reference, "href") ?? "");
}
