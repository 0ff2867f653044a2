/** A decision table as Markdown: what a reviewer reads in a pull request, an e-mail or a terminal. */
import type { DecisionModel } from "../model.ts";
import type { Aggregation, HitPolicy, TableSource } from "../model-source.ts";
import { findTable } from "./find-table.ts";

const policyLetters: Readonly<Record<HitPolicy, string>> = {
  UNIQUE: "U",
  FIRST: "F",
  PRIORITY: "P",
  ANY: "A",
  COLLECT: "C",
  "RULE ORDER": "R",
  "OUTPUT ORDER": "O",
};

const aggregationSigns: Readonly<Record<Aggregation, string>> = { SUM: "+", COUNT: "#", MIN: "<", MAX: ">" };

/** Renders the table of a decision or knowledge model. Throws RangeError when there is none. */
export function tableToText(model: DecisionModel, decisionId: string): string {
  const table = findTable(model, decisionId);
  const header = [policyLabel(table), ...inputLabels(table), ...outputLabels(table), ...table.annotations];
  const rows = table.rules.map((rule, index) => [
    String(index + 1),
    ...rule.inputs.map(({ text }) => text.trim() || "-"),
    ...rule.outputs.map(({ text }) => text.trim()),
    ...table.annotations.map((_, column) => rule.annotations[column] ?? ""),
  ]);
  const allowed = allowedRow(table);
  const lines = [header, ...(allowed ? [allowed] : []), ...rows].map((line) => line.map(escapeCell));
  const widths = header.map((_, column) => columnWidth(lines, column));
  const body = lines.map((line) => `| ${line.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`);
  body.splice(1, 0, `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`);
  return `${titleOf(model, decisionId, table)}\n\n${body.join("\n")}\n`;
}

/** Cells wider than this stick out: padding every row to one huge cell would multiply its size. */
const widthMax = 48;

function columnWidth(lines: readonly (readonly string[])[], column: number): number {
  return lines.reduce((width, line) => Math.max(width, Math.min(widthMax, line[column]?.length ?? 0)), 3);
}

function policyLabel({ hitPolicy, aggregation }: TableSource): string {
  return policyLetters[hitPolicy] + (aggregation ? aggregationSigns[aggregation] : "");
}

function titleOf(model: DecisionModel, idOrName: string, { hitPolicy, aggregation }: TableSource): string {
  const name = model.decisions.get(idOrName)?.name ?? model.businessKnowledgeModels.get(idOrName)?.name ?? idOrName;
  return `${oneLine(name)} (hit policy ${hitPolicy}${aggregation ? `, ${aggregation}` : ""})`;
}

function inputLabels({ inputs }: TableSource): readonly string[] {
  return inputs.map(({ label, expression }) => {
    const text = expression.text.trim();
    return label === undefined || label === "" || label === text ? text : `${label} (${text})`;
  });
}

function outputLabels({ outputs, outputLabel }: TableSource): readonly string[] {
  return outputs.map(({ name, label }) => `→ ${label || name || outputLabel || "result"}`);
}

/** The allowed values below the header, when a clause has any. */
function allowedRow({ inputs, outputs, annotations }: TableSource): readonly string[] | undefined {
  const inputValues = inputs.map(({ allowedValues }) => allowedValues?.text.trim() ?? "");
  const outputValues = outputs.map(({ outputValues: values }) => values?.text.trim() ?? "");
  if ([...inputValues, ...outputValues].every((text) => text === "")) return undefined;
  return [
    "",
    ...[...inputValues, ...outputValues].map((text) => (text === "" ? "" : `*${text}*`)),
    ...annotations.map(() => ""),
  ];
}

const oneLine = (text: string): string => text.replace(/\s+/g, " ").trim();

const escapeCell = (text: string): string => oneLine(text).replaceAll("\\", "\\\\").replaceAll("|", "\\|");
