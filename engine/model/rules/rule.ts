/** What a rule is: an id, one sentence with its source, and a check that reports elements. Rules never change a model. */
import type { ModelGraph } from "../model-graph.ts";
import type { Report } from "../problem.ts";

export interface Rule {
  /** Stable, kebab-case; governance rules keep the name that the contract gives them. */
  readonly id: string;
  /** What must hold, one sentence. */
  readonly sentence: string;
  /** Section of BPMN 2.0.2, or the study or contract it comes from. */
  readonly source: string;
  readonly severity: "error" | "warning";
  check(graph: ModelGraph, report: Report, options: RuleOptions): void;
}

export interface RuleOptions {
  readonly nativeAgents: boolean;
}
