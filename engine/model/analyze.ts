/**
 * Reading, rules and compilation in one go; collects problems instead of throwing. Shared by deployment and lint, and
 * free of Node: the modeler runs it in the browser. The resource's hash comes from the caller for that reason.
 */
import { compileGlobalTask, compileProcess, type CompiledProcess, type ResourceIdentity } from "./compile/process.ts";
import { type ExpressionLanguage, feelLanguage } from "./feel.ts";
import { buildModelGraph } from "./model-graph.ts";
import { type Problem, ProblemList } from "./problem.ts";
import { type ReadLimits, readModel } from "./read-model.ts";
import { rules, strictZeebeRules } from "./rules/index.ts";

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

export async function analyze(xml: string, resource: ResourceIdentity, options: AnalyzeOptions = {}): Promise<Analysis> {
  const problems = new ProblemList();
  const definitions = await readModel(xml, options.limits ?? {}, problems);
  if (definitions === undefined) return { processes: [], problems: problems.located(xml) };
  const graph = buildModelGraph(definitions);
  const nativeAgents = options.nativeAgents ?? false;
  for (const rule of options.strictZeebe === true ? [...rules, ...strictZeebeRules] : rules) {
    rule.check(graph, problems.reporter(rule.severity, rule.id), { nativeAgents });
  }
  const compilation = { graph, language: options.language ?? feelLanguage, problems, nativeAgents };
  const processes = graph.processes.map((process) => compileProcess(compilation, process, resource));
  const tasks = graph.globalTasks.flatMap((task) => compileGlobalTask(compilation, task, resource) ?? []);
  return { processes: [...processes, ...tasks], problems: problems.located(xml) };
}
