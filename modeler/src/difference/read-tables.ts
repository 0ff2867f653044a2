/** Reads the decision tables of a DMN model into rows and columns. */
import type { DecisionTable, TableColumn, TableRow } from "./dmn-tables.ts";
import { childrenOf, readXml, textIn } from "./xml-facts.ts";

/** All tables of a model by the id of their decision. @throws Error when the text is no XML. */
export function readTables(xml: string): ReadonlyMap<string, DecisionTable> {
  const decisions = [...readXml(xml).getElementsByTagName("*")].filter(({ localName }) => localName === "decision");
  const tables = new Map<string, DecisionTable>();
  for (const decision of decisions) {
    const table = childrenOf(decision, "decisionTable")[0];
    if (table) tables.set(decision.id, readTable(decision, table));
  }
  return tables;
}

function readTable(decision: Element, table: Element): DecisionTable {
  const columns = [
    ...childrenOf(table, "input").map((input, index) => ({
      id: input.id || `input ${index}`,
      role: "when" as const,
      title: input.getAttribute("label") || inputExpression(input) || `Input ${index + 1}`,
    })),
    ...childrenOf(table, "output").map((output, index) => ({
      id: output.id || `output ${index}`,
      role: "then" as const,
      title: output.getAttribute("label") || output.getAttribute("name") || `Output ${index + 1}`,
    })),
    ...childrenOf(table, "annotation").map((annotation, index) => ({
      id: `annotation ${index}`,
      role: "note" as const,
      title: annotation.getAttribute("name") || "Annotation",
    })),
  ];
  const rules = childrenOf(table, "rule");
  if (rules.some((rule) => textIn(rule, "description") !== ""))
    columns.push({ id: "description", role: "note", title: "Annotation" });
  return {
    decisionId: decision.id,
    name: decision.getAttribute("name") || decision.id,
    columns,
    rows: rules.map((rule, index) => readRow(rule, index, columns)),
  };
}

function inputExpression(input: Element): string {
  const expression = childrenOf(input, "inputExpression")[0];
  return expression ? textIn(expression, "text") : "";
}

function readRow(rule: Element, index: number, columns: readonly TableColumn[]): TableRow {
  const entries = [
    ...childrenOf(rule, "inputEntry"),
    ...childrenOf(rule, "outputEntry"),
    ...childrenOf(rule, "annotationEntry"),
  ];
  const cells = new Map<string, string>();
  columns.forEach((column, place) => {
    const entry = entries[place];
    cells.set(
      column.id,
      column.id === "description" ? textIn(rule, "description") : entry ? textIn(entry, "text") : "",
    );
  });
  return { id: rule.id || `rule ${index}`, cells };
}
