/**
 * Reading, rules and compilation in one go; collects problems instead of throwing. Shared by deployment and lint, and
 * free of Node: the modeler runs it in the browser. The resource's hash comes from the caller for that reason.
 */
import { type CompiledProcess, compileGlobalTask, compileProcess, type ResourceIdentity } from "./compile/process.ts";
import { type ExpressionLanguage, feelLanguage } from "./feel.ts";
import { describe } from "./moddle.ts";
import { buildModelGraph, type ModelGraph } from "./model-graph.ts";
import { type Problem, ProblemList } from "./problem.ts";
import { type ReadLimits, readModel } from "./read-model.ts";
import { checkNames, rules, strictZeebeRules } from "./rules/index.ts";

/** Nesting of sub-processes; deeper ones are machine made, and every level costs a scope at run time. */
const scopeDepthMax = 50;
/** Flow nodes and sequence flows of all processes of a file. */
const flowElementsMax = 10_000;

export interface AnalyzeOptions {
  /** Other expression languages than FEEL; for tests. */
  readonly language?: ExpressionLanguage;
  /** Run Camunda's agent job type with the native agent. */
  readonly nativeAgents?: boolean;
  /** Also refuse what Camunda 8.9 refuses. */
  readonly strictZeebe?: boolean;
  readonly limits?: ReadLimits;
}

export interface Analysis {
  /** Complete only without errors. */
  readonly processes: readonly CompiledProcess[];
  readonly problems: readonly Problem[];
}

export async function analyze(
  xml: string,
  resource: ResourceIdentity,
  options: AnalyzeOptions = {},
): Promise<Analysis> {
  const problems = new ProblemList();
  const definitions = await readModel(xml, options.limits ?? {}, problems);
  if (definitions === undefined) return { processes: [], problems: problems.located(xml) };
  const graph = buildModelGraph(definitions);
  if (!checkSize(graph, problems)) return { processes: [], problems: problems.located(xml) };
  const nativeAgents = options.nativeAgents ?? false;
  for (const rule of options.strictZeebe === true ? [...rules, ...strictZeebeRules] : rules) {
    rule.check(graph, problems.reporter(rule.severity, rule.id), { nativeAgents });
  }
  const compilation = { graph, language: options.language ?? feelLanguage, problems, nativeAgents };
  const processes = graph.processes.map((process) => compileProcess(compilation, process, resource));
  const tasks = graph.globalTasks.flatMap((task) => compileGlobalTask(compilation, task, resource) ?? []);
  for (const process of processes) checkNames(process, problems);
  return { processes: [...processes, ...tasks], problems: problems.located(xml) };
}

/** Beyond these sizes nothing else is looked at: the answer must come within a second. */
export function checkSize(graph: ModelGraph, problems: ProblemList): boolean {
  const elements = graph.scopes.reduce((sum, scope) => sum + scope.nodes.length + scope.flows.length, 0);
  if (elements > flowElementsMax) {
    problems.add(
      "error",
      "model-size",
      null,
      `Expected at most ${flowElementsMax} flow elements, but the model has ${elements}`,
    );
    return false;
  }
  const deep = graph.scopes.find((scope) => scope.depth > scopeDepthMax);
  if (deep === undefined) return true;
  problems.add(
    "error",
    "model-size",
    deep.element,
    `Expected sub-processes nested at most ${scopeDepthMax} deep, but ${describe(deep.element)} is deeper`,
  );
  return false;
}
