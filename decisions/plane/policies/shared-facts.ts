/** The facts model that policies import (`agent-policy-facts`), and the compiler that knows it. Shipped beside the policies. */
import { readFile } from "node:fs/promises";
import { analyzeTable } from "../../dmn/analysis/analyze-table.ts";
import { tableToText } from "../../dmn/analysis/table-to-text.ts";
import { compileDecisionModel, type DecisionModel } from "../../dmn/index.ts";
import type { Json } from "../types.ts";
import type { CompileModel } from "./compiled-model.ts";
import { dmnCompiler } from "./dmn-model.ts";

const factsModel = new URL("../../policies/agent-policy-facts/facts.dmn", import.meta.url);

export function defaultCompiler(): CompileModel {
  let models: Promise<ReadonlyMap<string, DecisionModel>> | null = null;
  const load = async (): Promise<ReadonlyMap<string, DecisionModel>> => {
    const model = await compileDecisionModel(await readFile(factsModel, "utf8"));
    return new Map([[model.namespace, model]]);
  };
  return dmnCompiler(
    () => {
      models ??= load();
      return models;
    },
    { analyze: (model, decisionId) => analyzeTable(model, decisionId) as unknown as Json, text: tableToText },
  );
}
