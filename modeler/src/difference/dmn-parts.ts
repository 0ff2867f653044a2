/** The parts of a DMN model besides the cells of its tables: decisions, what they need, inputs, shared functions, types. */
import type { Part, Parts } from "./change.ts";
import { type FactPath, factsIn, numbered, readXml } from "./xml-facts.ts";

const kinds = new Map([
  ["decision", "Decision"],
  ["inputData", "Input data"],
  ["businessKnowledgeModel", "Shared function"],
  ["knowledgeSource", "Knowledge source"],
  ["itemDefinition", "Type"],
  ["decisionService", "Decision service"],
]);

const labels = new Map<string, string>([
  ["@name", "Name"],
  ["question", "Question"],
  ["allowedAnswers", "Allowed answers"],
  ["description", "Description"],
  ["variable@name", "Variable"],
  ["variable@typeRef", "Type of the result"],
  ["literalExpression/text", "Expression"],
  ["literalExpression@expressionLanguage", "Expression language"],
  ["decisionTable@hitPolicy", "Hit policy"],
  ["decisionTable@aggregation", "Aggregation"],
  ["decisionTable/input/inputExpression/text", "Expression of an input"],
  ["decisionTable/input/inputExpression@typeRef", "Type of an input"],
  ["decisionTable/input/inputValues/text", "Allowed values of an input"],
  ["decisionTable/output@typeRef", "Type of an output"],
  ["decisionTable/output/outputValues/text", "Allowed values of an output"],
  ["informationRequirement/requiredDecision@href", "Needs decision"],
  ["informationRequirement/requiredInput@href", "Needs input"],
  ["knowledgeRequirement/requiredKnowledge@href", "Needs function"],
  ["typeRef", "Type"],
]);

/** Told as rows and columns by dmn-tables.ts. */
const inTables = new Set(["rule", "annotation"]);

/** @throws Error when the text is no XML. */
export function readDmn(xml: string): Parts {
  const parts = new Map<string, Part>();
  for (const element of readXml(xml).getElementsByTagName("*")) {
    const kind = kinds.get(element.localName);
    if (kind === undefined || element.id === "") continue;
    const facts = new Map<string, string>();
    const take = numbered(facts);
    factsIn(
      element,
      (child) => inTables.has(child.localName) || (child.id !== "" && kinds.has(child.localName)),
      (path, value) => {
        if (path.key !== "decisionTable/output@name" && !path.key.endsWith("@label"))
          take(labelOf(path), value.replace(/^#/, ""));
      },
    );
    parts.set(element.id, { id: element.id, kind, name: element.getAttribute("name") || element.id, facts });
  }
  return parts;
}

function labelOf({ key, which }: FactPath): string {
  const label = labels.get(key);
  if (label !== undefined) return label;
  const words = key
    .replaceAll(/[/@]+/g, " ")
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .trim();
  const sentence = words.charAt(0).toUpperCase() + words.slice(1);
  return which === null ? sentence : `${sentence} ${which}`;
}
