/** What must hold of a decision table before it may run: DMN 1.5 §8.2. */

import type { Surroundings } from "../compilation.ts";
import { placeIn } from "../compilation.ts";
import type { TableSource } from "../model-source.ts";

/** Reports every structural fault of a table; true when there is none. */
export function checkTable(surroundings: Surroundings, table: TableSource): boolean {
  const { log } = surroundings.compilation;
  const before = log.problems.length;
  const report = (ruleId: string, message: string, id = table.id): void => {
    log.error(ruleId, message, placeIn(surroundings, id));
  };
  if (table.outputs.length === 0)
    report("table-outputs", "Expected at least one output of the table, but there is none");
  if (table.outputs.length > 1) checkOutputNames(table, report);
  for (const [index, rule] of table.rules.entries()) checkWidth(table, rule, index + 1, report);
  if (table.aggregation !== undefined && table.hitPolicy !== "COLLECT") {
    report(
      "table-aggregation",
      `Expected ${table.aggregation} with the hit policy COLLECT, but it is ${table.hitPolicy}`,
    );
  }
  if (table.aggregation !== undefined && table.outputs.length > 1) {
    report(
      "table-aggregation",
      `Expected one output to aggregate (${table.aggregation}), but there are ${table.outputs.length}`,
    );
  }
  return log.problems.length === before;
}

type Report = (ruleId: string, message: string, id?: string) => void;

function checkOutputNames(table: TableSource, report: Report): void {
  const seen = new Set<string>();
  for (const output of table.outputs) {
    if (output.name === undefined || output.name === "") {
      report("table-outputs", "Expected a name on each of several outputs, but one has none", output.id);
    } else if (seen.has(output.name)) {
      report(
        "model-duplicate-name",
        `Expected outputs with different names, but ${output.name} is there again`,
        output.id,
      );
    } else seen.add(output.name);
  }
}

function checkWidth(table: TableSource, rule: TableSource["rules"][number], number: number, report: Report): void {
  if (rule.inputs.length !== table.inputs.length) {
    const message = `Expected ${table.inputs.length} input entries in rule ${number}, but there are ${rule.inputs.length}`;
    report("table-width", message, rule.id);
  }
  if (rule.outputs.length !== table.outputs.length) {
    const message = `Expected ${table.outputs.length} output entries in rule ${number}, but there are ${rule.outputs.length}`;
    report("table-width", message, rule.id);
  }
}
