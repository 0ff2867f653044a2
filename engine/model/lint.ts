/** Lint for the modeler and the command line: the rules and compiler of deployment, without deploying. Runs in browsers. */
import { type AnalyzeOptions, analyze } from "./analyze.ts";
import type { Problem } from "./problem.ts";

/** All problems of a model in document order; never throws for a bad model. */
export async function lintBpmn(xml: string, options: AnalyzeOptions = {}): Promise<readonly Problem[]> {
  const { problems } = await analyze(xml, { resourceName: "model", resourceHash: "" }, options);
  return problems;
}
