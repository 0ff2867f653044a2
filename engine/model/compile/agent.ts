/**
 * Ad-hoc sub-processes (BPMN 2.0.2 §10.3.5): which inner activities can be started (for an agent: its tools), and the
 * native agent, from interlock:agent or, when native agents are switched on, from Camunda's agent job type.
 */
import type { AgentDefinition, JobDefinition, ProcessElement, ToolDefinition } from "../../core/process.ts";
import { staticExpression } from "../feel.ts";
import { describe, extension, flag, idOf, is, type ModdleElement, many, one, text, words } from "../moddle.ts";
import { isCompensationHandler, isEventSubProcess, type ModelGraph } from "../model-graph.ts";
import { type Compilation, conditionExpression, feel, feelOrText, optionalFeelOrText } from "./context.ts";
import type { EventContext } from "./event-definition.ts";
import { fromAiParameters } from "./from-ai.ts";
import { choice, compileGuardrails, compileInterrupts } from "./guard.ts";
import { fixedDurationMs } from "./iso-time.ts";
import { compileJobTerms, compileProperties } from "./job.ts";

/** What the native agent's worker takes; see engine/agents. */
export const agentJobType = "interlock:agent";
const camundaAgentJobType = "io.camunda.agenticai:aiagent-job-worker:1";
const defaultModelCallsMax = 10;

type AdHoc = NonNullable<ProcessElement["adHoc"]>;

export function compileAdHoc(context: EventContext, element: ModdleElement): AdHoc {
  const zeebe = extension(element, "zeebe:AdHoc");
  const optional = (name: "activeElementsCollection" | "outputElement"): object => {
    const expression = optionalFeelOrText(context, element, text(zeebe, name), name);
    return expression === undefined ? {} : { [name]: expression };
  };
  const completionCondition = conditionExpression(
    context,
    element,
    one(element, "completionCondition"),
    "completionCondition",
  );
  const outputCollection = words(zeebe, "outputCollection");
  return {
    parallel: text(element, "ordering") !== "Sequential",
    ...optional("activeElementsCollection"),
    ...(completionCondition === undefined ? {} : { completionCondition }),
    cancelRemainingInstances: flag(element, "cancelRemainingInstances", true),
    ...(outputCollection === undefined ? {} : { outputCollection }),
    ...optional("outputElement"),
    tools: toolsOf(context.graph, element).map((tool) => compileTool(context, tool)),
    agent: compileAgent(context, element),
  };
}

/** The job of a native agent; its type is ours, retries and headers are the model's. */
export function compileAgentJob(compilation: Compilation, element: ModdleElement): JobDefinition {
  const task = extension(element, "zeebe:TaskDefinition");
  return { type: staticExpression(agentJobType), ...compileJobTerms(compilation, element, task) };
}

/** Inner elements that nothing leads to: not boundary events, event sub-processes or compensation handlers. */
export function toolsOf(graph: ModelGraph, adHoc: ModdleElement): readonly ModdleElement[] {
  return (graph.inside.get(adHoc)?.nodes ?? []).filter(
    (node) =>
      graph.incoming(node).length === 0 &&
      !is(node, "bpmn:BoundaryEvent", "bpmn:StartEvent") &&
      !isEventSubProcess(node) &&
      !isCompensationHandler(node),
  );
}

/** Is this ad-hoc sub-process driven by a native agent? */
export function isNativeAgent(element: ModdleElement, nativeAgents: boolean): boolean {
  if (!is(element, "bpmn:AdHocSubProcess")) return false;
  if (extension(element, "interlock:Agent") !== undefined) return true;
  return nativeAgents && text(extension(element, "zeebe:TaskDefinition"), "type") === camundaAgentJobType;
}

function compileTool(context: EventContext, tool: ModdleElement): ToolDefinition {
  const sources = many(extension(tool, "zeebe:IoMapping"), "inputParameters").flatMap((input) => {
    const source = text(input, "source")?.trim() ?? "";
    return source.startsWith("=") ? [source.slice(1)] : [];
  });
  const invalid = (reason: string): void =>
    context.problems.add(
      "error",
      "tool-parameter",
      tool,
      `Expected fromAi in the inputs of ${describe(tool)} to declare a parameter, but ${reason}`,
    );
  const parameters = sources.flatMap((source) => fromAiParameters(source, context.language, invalid));
  // One parameter may be used in several mappings; its first declaration counts.
  const distinct = new Map<string, ToolDefinition["parameters"][number]>();
  for (const parameter of parameters) if (!distinct.has(parameter.name)) distinct.set(parameter.name, parameter);
  const offered = words(extension(tool, "interlock:Action"), "offeredWhen");
  return {
    elementIndex: context.indexOf(tool) ?? -1,
    elementId: idOf(tool),
    name: words(tool, "name") ?? idOf(tool),
    documentation: documentationOf(tool),
    properties: compileProperties(tool),
    ...(offered !== undefined && { offeredWhen: feel(context, tool, offered, "offeredWhen") }),
    parameters: [...distinct.values()],
  };
}

export function documentationOf(element: ModdleElement): string | null {
  return words(many(element, "documentation")[0], "text") ?? null;
}

function compileAgent(compilation: Compilation, element: ModdleElement): AgentDefinition | null {
  if (!isNativeAgent(element, compilation.nativeAgents)) return null;
  const agent = extension(element, "interlock:Agent");
  const common = {
    budget: compileBudget(compilation, element),
    sequence: compileSequence(compilation, element),
    policies: compileGuardrails(compilation, element),
    interrupts: compileInterrupts(compilation, element),
  };
  if (agent === undefined)
    return {
      ...compileCamundaAgent(compilation, element, common.budget),
      sequence: common.sequence,
      policies: common.policies,
      interrupts: common.interrupts,
    };
  const promptRef = words(agent, "promptRef") ?? null;
  const systemPrompt = words(one(agent, "systemPrompt"), "text");
  const userPrompt = words(one(agent, "userPrompt"), "text");
  if (userPrompt === undefined && promptRef === null) {
    compilation.problems.add(
      "error",
      "agent-prompt",
      element,
      `Expected the agent of ${describe(element)} to have a userPrompt or a promptRef, but it has neither`,
    );
  }
  return {
    agentId: words(agent, "id") ?? idOf(element),
    version: words(agent, "version") ?? "1",
    model: optionalFeelOrText(compilation, element, text(agent, "model"), "model") ?? null,
    systemPrompt: feelOrText(compilation, element, systemPrompt ?? "", "systemPrompt"),
    userPrompt: feelOrText(compilation, element, userPrompt ?? "", "userPrompt"),
    promptRef,
    ...common,
  };
}

/** Camunda's AI agent sub-process keeps its settings in input mappings (template io.camunda.connectors.agenticai.aiagent.jobworker.v1). */
function compileCamundaAgent(
  compilation: Compilation,
  element: ModdleElement,
  budget: AgentDefinition["budget"],
): Omit<AgentDefinition, "sequence" | "policies" | "interrupts"> {
  const inputs = new Map(
    many(extension(element, "zeebe:IoMapping"), "inputParameters").map((input) => [
      text(input, "target") ?? "",
      text(input, "source") ?? "",
    ]),
  );
  const [, model] =
    [...inputs].find(([target]) => /^provider\.\w{1,40}\.model\.(?:model|deploymentName)$/.test(target)) ?? [];
  const userPrompt = inputs.get("data.userPrompt.prompt");
  if (userPrompt === undefined) {
    compilation.problems.add(
      "error",
      "agent-prompt",
      element,
      `Expected the agent of ${describe(element)} to have the input data.userPrompt.prompt, but it has none`,
    );
  }
  const modelCalls = Number((inputs.get("data.limits.maxModelCalls") ?? "").replace(/^=/, "").trim() || Number.NaN);
  const version = text(element, "zeebe:modelerTemplateVersion") ?? "1";
  return {
    agentId: idOf(element),
    version,
    model: optionalFeelOrText(compilation, element, model, "model") ?? null,
    systemPrompt: feelOrText(
      compilation,
      element,
      inputs.get("data.systemPrompt.prompt") ?? "",
      "data.systemPrompt.prompt",
    ),
    userPrompt: feelOrText(compilation, element, userPrompt ?? "", "data.userPrompt.prompt"),
    promptRef: null,
    budget:
      Number.isInteger(modelCalls) && modelCalls > 0 && extension(element, "interlock:Budget") === undefined
        ? { ...budget, modelCallsMax: modelCalls }
        : budget,
  };
}

function compileBudget(compilation: Compilation, element: ModdleElement): AgentDefinition["budget"] {
  const budget = extension(element, "interlock:Budget");
  const invalid = (message: string): void => compilation.problems.add("error", "agent-budget", element, message);
  const count = (name: string): number | null => {
    const source = words(budget, name);
    if (source === undefined) return null;
    if (/^[1-9]\d{0,11}$/.test(source)) return Number(source);
    invalid(
      `Expected ${name} in the budget of ${describe(element)} to be a whole number of at least 1, but it is "${source.slice(0, 40)}"`,
    );
    return null;
  };
  const wallTime = words(budget, "wallTime");
  const wallTimeMsMax = wallTime === undefined ? null : fixedDurationMs(wallTime);
  if (wallTime !== undefined && (wallTimeMsMax === null || wallTimeMsMax === 0)) {
    invalid(
      `Expected wallTime in the budget of ${describe(element)} to be a duration such as PT10M, but it is "${wallTime.slice(0, 40)}"`,
    );
  }
  return {
    modelCallsMax: count("modelCalls") ?? defaultModelCallsMax,
    toolCallsMax: count("toolCalls"),
    tokensMax: count("tokens"),
    wallTimeMsMax,
    onExceed: choice(["pause", "error", "escalate"], words(budget, "onExceed"), "pause", "onExceed", invalid),
  };
}

/** `from=""` is the beginning of the agent's work; both ends must be tools. */
function compileSequence(compilation: Compilation, element: ModdleElement): AgentDefinition["sequence"] {
  const sequence = extension(element, "interlock:Sequence");
  if (sequence === undefined) return null;
  const tools = new Set(toolsOf(compilation.graph, element).map(idOf));
  const invalid = (message: string): void => compilation.problems.add("error", "agent-sequence", element, message);
  const allowed = many(sequence, "allowed").map((allow): readonly [string, string] => {
    const [from, to] = [words(allow, "from") ?? "", words(allow, "to") ?? ""];
    for (const end of from === "" ? [to] : [from, to]) {
      if (!tools.has(end))
        invalid(
          `Expected the sequence of ${describe(element)} to name tools of the agent, but "${end.slice(0, 80)}" is none`,
        );
    }
    return [from, to];
  });
  return {
    allowed,
    onViolation: choice(["pause", "error"], words(sequence, "onViolation"), "pause", "onViolation", invalid),
  };
}
