/** Policies of one table, written as rows, with a test case per row: what a test needs to say and nothing else. */
import type { PolicyPackage } from "../../../decisions/index.ts";
import type { Json } from "../../../decisions/plane/types.ts";

export interface Row {
  /** One test per input; "-" for any. */
  readonly when: readonly string[];
  readonly give: "ALLOW" | "ALLOW_WITH_CONSTRAINTS" | "REQUIRE_APPROVAL" | "DENY" | "DEFER";
  readonly code: string;
  /** approvalGroup, approvalSla, escalateTo, onTimeout, quorum, constraintPath, constraintOp, constraintValue: FEEL. */
  readonly terms?: Readonly<Record<string, string>>;
  /** A question that this row answers. */
  readonly example: Readonly<Record<string, Json>>;
}

export interface SmallPolicy {
  readonly id: string;
  readonly actions?: readonly string[];
  /** Expression and type of each column. */
  readonly inputs: readonly (readonly [expression: string, type: "number" | "string" | "boolean"])[];
  readonly rows: readonly Row[];
  readonly facts?: Readonly<Record<string, Json>>;
  readonly defaults?: Readonly<Record<string, Json>>;
  readonly manifest?: Readonly<Record<string, Json>>;
}

const outputs = [
  "determination",
  "reasonCode",
  "approvalGroup",
  "approvalSla",
  "escalateTo",
  "onTimeout",
  "quorum",
  "constraintPath",
  "constraintOp",
  "constraintValue",
] as const;

export function smallPolicy({
  id,
  actions,
  inputs,
  rows,
  facts = {},
  defaults = {},
  manifest = {},
}: SmallPolicy): PolicyPackage {
  return {
    manifest: {
      id,
      domain: "test",
      owner: "Owner of the test",
      ...(actions !== undefined && { actions: [...actions] }),
      facts,
      ...manifest,
    },
    dmn: dmnOf(id, inputs, rows),
    tests: {
      defaults: { ...(actions?.[0] !== undefined && { action: actions[0] }), ...defaults },
      cases: rows.map(({ code, give, example }, index) => ({
        name: `row ${index + 1}: ${code}`,
        ...example,
        expect: { determination: give, reasonCode: code },
      })),
    },
  };
}

function dmnOf(id: string, inputs: SmallPolicy["inputs"], rows: readonly Row[]): string {
  const columns = inputs.map(
    ([expression, type], column) =>
      `<input id="input_${column}"><inputExpression id="expression_${column}" typeRef="${type}"><text>${escapeXml(expression)}</text></inputExpression></input>`,
  );
  const ends = outputs.map((name) => `<output id="output_${name}" name="${name}" />`);
  const rules = rows.map(({ when, give, code, terms = {} }, rule) => {
    const values: Readonly<Record<string, string>> = { ...terms, determination: `"${give}"`, reasonCode: `"${code}"` };
    const cells = when.map(
      (test, column) => `<inputEntry id="r${rule}i${column}"><text>${escapeXml(test)}</text></inputEntry>`,
    );
    const results = outputs.map(
      (name) => `<outputEntry id="r${rule}o_${name}"><text>${escapeXml(values[name] ?? "null")}</text></outputEntry>`,
    );
    return `<rule id="rule_${code.toLowerCase()}">${cells.join("")}${results.join("")}</rule>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="${id}" name="${id}" namespace="urn:test:${id}">
<decision id="Determination" name="Determination"><variable id="variable" name="Determination" />
<decisionTable id="table" hitPolicy="FIRST">${columns.join("")}${ends.join("")}
${rules.join("\n")}
</decisionTable></decision></definitions>`;
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
