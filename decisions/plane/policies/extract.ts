/**
 * From rules hidden in the branches of a process to a policy draft: each condition on a sequence flow becomes a rule,
 * the flow it leads to becomes its outcome to be decided by the owner. The draft has no owner and no tests on purpose:
 * it cannot leave draft before somebody answers for it. Requirement D21.
 */
import { compileExpression, FeelSyntaxError } from "../../feel/index.ts";
import { InvalidInputError } from "../errors.ts";
import type { PolicyPackage } from "../requests.ts";
import type { Json, JsonRecord } from "../types.ts";

/** The conditional flows that leave one gateway. */
export interface BranchConditions {
  readonly policyId: string;
  readonly domain: string;
  /** Type of the action that the branch leads to. */
  readonly actionType: string;
  readonly flows: readonly {
    readonly id: string;
    readonly name: string | null /** FEEL, without the leading "=". Null: the default flow. */;
    readonly condition: string | null;
  }[];
}

interface Comparison {
  readonly fact: string;
  readonly test: string;
  readonly type: "number" | "string" | "boolean";
}

const comparison =
  /^([A-Za-z_][\w]*(?:\.[A-Za-z_][\w]*)*)\s*(<=|>=|<|>|!=|=)\s*(-?\d+(?:\.\d+)?|"[^"\\]*"|true|false)$/;
const flowsMax = 500;

/** The draft. Conditions that are more than comparisons joined by "and" stay whole, as a column of their own. */
export function extractPolicy({ policyId, domain, actionType, flows }: BranchConditions): PolicyPackage {
  if (flows.length === 0 || flows.length > flowsMax)
    throw new InvalidInputError(`Expected 1 to ${flowsMax} conditional flows, but got ${flows.length}`);
  const rules = flows.map((flow) => ({ flow, cells: cellsOf(flow.condition) }));
  const columns = new Map<string, Comparison["type"] | "boolean">();
  for (const { cells } of rules) for (const [column, cell] of cells) columns.set(column, cell.type);
  const names = [...columns.keys()];
  // The default flow holds when no other does: last, as FIRST wants it.
  rules.sort((one, other) => Number(one.flow.condition === null) - Number(other.flow.condition === null));
  return {
    manifest: manifestOf(policyId, domain, actionType, columns),
    dmn: dmnOf(policyId, names, columns, rules),
    tests: { cases: [] },
  };
}

function cellsOf(condition: string | null): Map<string, { readonly test: string; readonly type: Comparison["type"] }> {
  const cells = new Map<string, { readonly test: string; readonly type: Comparison["type"] }>();
  if (condition === null) return cells;
  const parts = condition.replaceAll(/\s+/g, " ").split(" and ").map(readComparison);
  const simple = parts.filter((part): part is Comparison => part !== undefined);
  const distinct = new Set(simple.map(({ fact }) => fact)).size === simple.length;
  if (simple.length < parts.length || !distinct)
    return new Map([[condition.trim(), { test: "true", type: "boolean" as const }]]);
  for (const { fact, test, type } of simple) cells.set(fact, { test, type });
  return cells;
}

function readComparison(text: string): Comparison | undefined {
  const match = comparison.exec(text.trim());
  if (match === null) return undefined;
  const [, fact, operator, literal] = match as unknown as [string, string, string, string];
  const type = literal.startsWith('"') ? "string" : literal === "true" || literal === "false" ? "boolean" : "number";
  const test = operator === "=" ? literal : operator === "!=" ? `not(${literal})` : `${operator} ${literal}`;
  return { fact, test, type };
}

function manifestOf(
  policyId: string,
  domain: string,
  actionType: string,
  columns: ReadonlyMap<string, string>,
): JsonRecord {
  const facts = new Map<string, Json>();
  for (const [column, type] of columns) {
    if (/^[A-Za-z_][\w.]*$/.test(column)) facts.set(column, { type });
    else for (const [name, guess] of factsIn(column)) if (!facts.has(name)) facts.set(name, { type: guess });
  }
  return {
    id: policyId,
    domain,
    description: "Extracted from the conditions of a process. Name an owner, decide each outcome, write tests.",
    actions: [actionType],
    facts: Object.fromEntries(facts),
  };
}

const listFunctions: ReadonlySet<string> = new Set([
  "count",
  "sum",
  "min",
  "max",
  "mean",
  "all",
  "any",
  "list contains",
]);
const words: ReadonlySet<string> = new Set(
  "and or not true false null if then else in between some every satisfies for return instance of".split(" "),
);

/** Facts that a whole condition reads, with the type that its comparisons suggest; text where they suggest none. */
function factsIn(condition: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const pattern =
    /"(?:[^"\\]|\\[\s\S]?)*(?:"|$)|([A-Za-z_][\w.]*)\s{0,5}(\()?(?:\s{0,5}(?:<=|>=|<|>|!=|=)\s{0,5}(-?\d|(?=")|true\b|false\b)?)?/g;
  let inList = false;
  for (const [, name, call, literal] of condition.matchAll(pattern)) {
    if (name === undefined || words.has(name)) continue;
    if (call === undefined && !found.has(name)) found.set(name, inList ? "list" : typeOfLiteral(literal));
    inList = call !== undefined && listFunctions.has(name);
  }
  return found;
}

function typeOfLiteral(literal: string | undefined): string {
  if (literal === undefined || literal === "") return "string";
  return literal === "true" || literal === "false" ? "boolean" : "number";
}

function dmnOf(
  policyId: string,
  names: readonly string[],
  columns: ReadonlyMap<string, string>,
  rules: readonly {
    readonly flow: BranchConditions["flows"][number];
    readonly cells: ReadonlyMap<string, { readonly test: string }>;
  }[],
): string {
  const inputs = names.map(
    (name, index) =>
      `<input id="input_${index + 1}"><inputExpression id="expression_${index + 1}" typeRef="${columns.get(name)}"><text>${escapeXml(name)}</text></inputExpression></input>`,
  );
  const rows = rules.map(({ flow, cells }, rule) => {
    const tests = names.map(
      (name, index) =>
        `<inputEntry id="rule_${rule + 1}_i${index + 1}"><text>${escapeXml(cells.get(name)?.test ?? "-")}</text></inputEntry>`,
    );
    const code = (flow.name ?? flow.id)
      .toUpperCase()
      .replaceAll(/[^A-Z0-9]+/g, "_")
      .slice(0, 60);
    // Until somebody decides, a person is asked: a draft never permits anything by itself.
    return `<rule id="rule_${rule + 1}"><description>${escapeXml(flow.name ?? flow.id)}</description>${tests.join("")}<outputEntry id="rule_${rule + 1}_o1"><text>"REQUIRE_APPROVAL"</text></outputEntry><outputEntry id="rule_${rule + 1}_o2"><text>"${code}"</text></outputEntry></rule>`;
  });
  const roots = rootsOf(names);
  const inputData = roots.map(
    (root) =>
      `<inputData id="data_${root}" name="${root}"><variable id="variable_${root}" name="${root}" /></inputData>`,
  );
  const requirements = roots.map(
    (root) =>
      `<informationRequirement id="requirement_${root}"><requiredInput href="#data_${root}" /></informationRequirement>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="${policyId}" name="${policyId}" namespace="urn:interlock:policy:${policyId}">
${inputData.join("\n")}
<decision id="Determination" name="Determination"><variable id="Determination_variable" name="Determination" />
${requirements.join("")}
<decisionTable id="DeterminationTable" hitPolicy="FIRST">${inputs.join("")}<output id="output_1" name="determination" typeRef="string" /><output id="output_2" name="reasonCode" typeRef="string" />
${rows.join("\n")}
</decisionTable></decision>
</definitions>
`;
}

/** Input data that the columns read: a policy may use no name that it does not declare. */
function rootsOf(expressions: readonly string[]): string[] {
  return [...new Set(expressions.flatMap(namesIn))].filter((name) => /^\w+$/.test(name));
}

/** A condition that is no FEEL stays in the draft as it is: the upload says what is wrong with it, and where. */
function namesIn(expression: string): readonly string[] {
  try {
    return compileExpression(expression).references;
  } catch (error) {
    if (error instanceof FeelSyntaxError) return [];
    throw error;
  }
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
