/** Short ways to write decision models in tests. */

import type { CompileModelOptions, DecisionModel, DmnProblem } from "../../../decisions/dmn/index.ts";
import { compileDecisionModel, DmnModelError } from "../../../decisions/dmn/index.ts";

export const dmn15 = "https://www.omg.org/spec/DMN/20230324/MODEL/";

export const escapeXml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

export function definitions(content: string, attributes = "", namespace = dmn15): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="${namespace}" id="model" name="Model" namespace="urn:test" ${attributes}>${content}</definitions>`;
}

export function literal(text: string, attributes = ""): string {
  return `<literalExpression ${attributes}><text>${escapeXml(text)}</text></literalExpression>`;
}

/** A decision with its id as its name. `requires`: `decision:x`, `input:x` or `knowledge:x`. */
export function decision(id: string, logic: string, requires: readonly string[] = [], typeRef = ""): string {
  const type = typeRef === "" ? "" : ` typeRef="${typeRef}"`;
  const requirements = requires.map((requirement) => {
    const [kind, target] = requirement.split(":");
    if (kind === "knowledge")
      return `<knowledgeRequirement><requiredKnowledge href="#${target}"/></knowledgeRequirement>`;
    const tag = kind === "input" ? "requiredInput" : "requiredDecision";
    return `<informationRequirement><${tag} href="#${target}"/></informationRequirement>`;
  });
  return `<decision id="${id}" name="${id}"><variable name="${id}"${type}/>${requirements.join("")}${logic}</decision>`;
}

export function inputData(id: string, typeRef = ""): string {
  const type = typeRef === "" ? "" : ` typeRef="${typeRef}"`;
  return `<inputData id="${id}" name="${id}"><variable name="${id}"${type}/></inputData>`;
}

export interface TableText {
  readonly hitPolicy?: string;
  readonly aggregation?: string;
  /** Input expressions; `{ text, values, type }` for allowed values and types. */
  readonly inputs: readonly (string | { readonly text: string; readonly values?: string; readonly type?: string })[];
  readonly outputs?: readonly {
    readonly name?: string;
    readonly values?: string;
    readonly type?: string;
    readonly default?: string;
  }[];
  /** Input cells, then output cells. */
  readonly rules: readonly (readonly string[])[];
}

export function table(
  { hitPolicy = "UNIQUE", aggregation, inputs, outputs = [{}], rules }: TableText,
  id = "table",
): string {
  const tests = (tag: string, text?: string): string =>
    text === undefined ? "" : `<${tag}><text>${escapeXml(text)}</text></${tag}>`;
  const inputClauses = inputs.map((input, index) => {
    const { text, values, type } = typeof input === "string" ? { text: input } : input;
    const typeRef = type ? ` typeRef="${type}"` : "";
    return `<input id="${id}-in${index + 1}"><inputExpression${typeRef}><text>${escapeXml(text)}</text></inputExpression>${tests("inputValues", values)}</input>`;
  });
  const outputClauses = outputs.map(({ name, values, type, default: entry }, index) => {
    const attributes = (name ? ` name="${name}"` : "") + (type ? ` typeRef="${type}"` : "");
    return `<output id="${id}-out${index + 1}"${attributes}>${tests("outputValues", values)}${tests("defaultOutputEntry", entry)}</output>`;
  });
  const ruleTexts = rules.map((cells, index) => {
    const entries = cells.map((cell, column) => tests(column < inputs.length ? "inputEntry" : "outputEntry", cell));
    return `<rule id="${id}-rule${index + 1}">${entries.join("")}</rule>`;
  });
  const aggregate = aggregation ? ` aggregation="${aggregation}"` : "";
  return `<decisionTable id="${id}" hitPolicy="${hitPolicy}"${aggregate}>${[...inputClauses, ...outputClauses, ...ruleTexts].join("")}</decisionTable>`;
}

export function compileDecisions(content: string, options: CompileModelOptions = {}): Promise<DecisionModel> {
  return compileDecisionModel(definitions(content), options);
}

/** A model of one decision `d` whose logic is a table. */
export function compileTableModel(text: TableText, options: CompileModelOptions = {}): Promise<DecisionModel> {
  return compileDecisions(decision("d", table(text)), options);
}

/** The problems of a model that must not compile. */
export async function problemsOf(xml: string, options: CompileModelOptions = {}): Promise<readonly DmnProblem[]> {
  try {
    await compileDecisionModel(xml, options);
  } catch (error) {
    if (error instanceof DmnModelError) return error.problems;
    throw error;
  }
  return [];
}
