/** The public face of decisions/dmn. */

export type { AnalysedColumn, TableAnalysis, TableOverlap } from "./analysis/analyze-table.ts";
export { analyzeTable } from "./analysis/analyze-table.ts";
export type { RuleCoverage } from "./analysis/rule-coverage.ts";
export { ruleCoverage } from "./analysis/rule-coverage.ts";
export { tableToText } from "./analysis/table-to-text.ts";
export type { CompileModelOptions } from "./compile-model.ts";
export { compileDecisionModel } from "./compile-model.ts";
export type { DecisionFailure, DecisionResult, EvaluateDecisionOptions } from "./evaluate.ts";
export { evaluateDecision, evaluateDecisionService } from "./evaluate.ts";
export type {
  BusinessKnowledgeModel,
  Decision,
  DecisionLogicType,
  DecisionModel,
  DecisionService,
  ElementReference,
  InputData,
  ModelImport,
} from "./model.ts";
export type { Aggregation, ExpressionSource, HitPolicy, TableSource } from "./model-source.ts";
export type { DmnProblem } from "./problems.ts";
export { DmnModelError } from "./problems.ts";
export { readModelNamespace } from "./read-model.ts";
export type { ImportResolver } from "./resolve-imports.ts";
export type { DecisionVariables } from "./run-inputs.ts";
export type { EvaluatedDecision, EvaluatedInput, EvaluatedOutput, EvaluatedTable, MatchedRule } from "./trace.ts";
export type { XmlLimits, XmlProblem, XmlRules } from "./xml-prescan.ts";
export { defaultXmlLimits, prescanXml } from "./xml-prescan.ts";
