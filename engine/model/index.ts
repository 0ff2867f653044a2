/**
 * engine/model: BPMN 2.0.2 XML (with zeebe 8.9 and interlock extensions) → executable processes, or problems with the
 * element and the place. Only this file is imported from outside the room (the modeler may import `lint.ts`, which is
 * free of Node).
 */
import { createHash } from "node:crypto";
import type { Key } from "../core/json.ts";
import type { ExecutableProcess } from "../core/process.ts";
import { type AnalyzeOptions, analyze } from "./analyze.ts";
import type { CompiledProcess } from "./compile/process.ts";
import { BpmnModelError, type Problem } from "./problem.ts";

export interface CompileOptions extends AnalyzeOptions {
  readonly resourceName: string;
}

/**
 * Compiles every executable process and global task of a BPMN file.
 * @returns the processes and the warnings.
 * @throws {BpmnModelError} when the model must not be deployed.
 */
export async function compileBpmn(
  xml: string,
  options: CompileOptions,
): Promise<{ readonly processes: readonly CompiledProcess[]; readonly problems: readonly Problem[] }> {
  const resourceHash = createHash("sha256").update(xml, "utf8").digest("hex");
  const { processes, problems } = await analyze(xml, { resourceName: options.resourceName, resourceHash }, options);
  if (problems.some((problem) => problem.severity === "error"))
    throw new BpmnModelError(options.resourceName, problems);
  return { processes, problems };
}

/** Completes a compiled process with what its deployment gave it. */
export function deployed(
  process: CompiledProcess,
  deployment: { readonly key: Key; readonly version: number; readonly deploymentKey: Key; readonly tenantId: string },
): ExecutableProcess {
  return { ...process, ...deployment };
}

export type { AnalyzeOptions } from "./analyze.ts";
export { agentJobType } from "./compile/agent.ts";
export type { CompiledProcess } from "./compile/process.ts";
export type { ExpressionLanguage } from "./feel.ts";
export { lintBpmn } from "./lint.ts";
export { BpmnModelError, describeProblem, type Problem } from "./problem.ts";
export { rules, strictZeebeRules } from "./rules/index.ts";
export type { Rule } from "./rules/rule.ts";
