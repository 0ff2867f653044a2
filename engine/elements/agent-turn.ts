/**
 * An agent's turns as the engine sees them: an agent proposes, the engine disposes. Each turn is one job of the native
 * worker; its proposals become inner instances (each guarded on its own), and the next turn begins when all of them
 * have results. Budgets and sequence rules are checked here, before anything runs.
 */
import type { AgentStepRecord, Command } from "../core/command.ts";
import { emit, note, raise } from "../core/emit.ts";
import type { Failure, Result } from "../core/failure.ts";
import type { AgentState, ElementInstance } from "../core/instance.ts";
import { createJob } from "../core/jobs.ts";
import type { JsonObject, JsonValue } from "../core/json.ts";
import type { Step } from "../core/machine.ts";
import { closeWaits, interruptChildren } from "../core/termination.ts";
import { throwError } from "../core/throwing.ts";
import { evaluate, fixedText } from "../core/variables.ts";
import { activatableElements, collectOutput, startInner } from "./ad-hoc-sub-process.ts";
import { agentDefinitionOf, exceed, exceedsToolCalls, scheduleWallTime, spentBudget } from "./agent-budget.ts";
import { interruption } from "./agent-interrupts.ts";

/** The native agent's job when the model says nothing more about it. */
const agentJob = { type: fixedText("interlock:agent"), retries: fixedText("3"), headers: {} };

type Proposal = { readonly id: string; readonly name: string; readonly variables: JsonObject };

export function beginAgent(step: Step, self: ElementInstance): void {
  if (!self.detail?.agent) {
    const prompts = promptsOf(step, self);
    if (!prompts.ok) {
      raise(step, self, prompts.failure, "enter");
      return;
    }
    const { modelCallsMax, toolCallsMax, tokensMax, wallTimeMsMax } = agentDefinitionOf(self).budget;
    const budget = { modelCallsMax, toolCallsMax, tokensMax, wallTimeMsMax };
    note(step, self, { kind: "agent", budget, startedAt: step.now, prompts: prompts.value });
    scheduleWallTime(step, self);
  }
  nextTurn(step, self);
}

/** Evaluated once: what the agent is told does not change under it while it works. */
function promptsOf(step: Step, self: ElementInstance): Result<AgentState["prompts"]> {
  const { systemPrompt, userPrompt, model } = agentDefinitionOf(self);
  const texts: string[] = [];
  for (const expression of [systemPrompt, userPrompt, model]) {
    const result = expression ? evaluate(step, self, expression) : ({ ok: true, value: "default" } as const);
    if (!result.ok) return { ok: false, failure: { ...result.failure, kind: "EXTRACT_VALUE_ERROR" } };
    texts.push(typeof result.value === "string" ? result.value : JSON.stringify(result.value));
  }
  const [system, user, name] = texts as [string, string, string];
  return { ok: true, value: { system, user, model: name } };
}

/** Creates the job of the next turn unless calls are open, somebody has paused the agent, or its budget is spent. */
export function nextTurn(step: Step, self: ElementInstance): void {
  const agent = self.detail?.agent;
  if (!agent || self.state !== "active" || agent.paused || agent.held || agent.calls.length > 0) return;
  if ([...(self.waits ?? [])].some((wait) => wait.kind === "job")) return;
  const spent = spentBudget(agent, step.now);
  if (spent) {
    exceed(step, self, spent);
    return;
  }
  const interrupted = interruption(step, self);
  if (interrupted) {
    interruptAgent(step, self, interrupted.mode, interrupted.reason);
    return;
  }
  hideTools(step, self, agent);
  const failed = createJob(step, self, self.element.job ?? agentJob, { kind: "AD_HOC_SUB_PROCESS" });
  if (failed) raise(step, self, failed, "agent");
}

/** Anything but true hides a tool, an error too: what nobody is sure to want offered is not. Requirement G01. */
function hideTools(step: Step, self: ElementInstance, agent: AgentState): void {
  const hidden: string[] = [];
  for (const { elementId, offeredWhen } of self.element.adHoc?.tools ?? []) {
    if (!offeredWhen) continue;
    const result = evaluate(step, self, offeredWhen);
    if (result.ok && result.value === true) continue;
    hidden.push(elementId);
    if (!result.ok)
      emit(step, {
        type: "expressionWarned",
        element: self.key,
        expression: offeredWhen.source,
        warnings: [result.failure.message],
      });
  }
  const known = agent.hidden ?? [];
  if (hidden.length !== known.length || hidden.some((id, place) => known[place] !== id))
    note(step, self, { kind: "agentTools", hidden });
}

/** A turn has ended with proposals, or with nothing (then the next one begins). */
export function agentAnswered(
  step: Step,
  self: ElementInstance,
  command: Extract<Command, { type: "completeJob" }>,
): void {
  recordTurn(step, self, command.agentStep, "agentTurnCompleted");
  const chosen = command.result?.type === "adHocSubProcess" ? command.result.activateElements : [];
  propose(
    step,
    self,
    chosen.map(({ elementId, variables }, position) => ({
      id: callIdOf(self, variables, position),
      name: elementId,
      variables,
    })),
  );
}

export function recordTurn(
  step: Step,
  self: ElementInstance,
  record: AgentStepRecord | undefined,
  type: "agentTurnCompleted" | "agentTurnFailed",
): void {
  const agent = self.detail?.agent;
  if (record && agent) emit(step, { type, element: self.key, turn: agent.turn + 1, step: record });
}

function callIdOf(self: ElementInstance, variables: JsonObject, position: number): string {
  const id = asObject(asObject(variables.toolCall)?._meta)?.id;
  return typeof id === "string" && id !== "" ? id : `call-${self.detail!.agent!.turn}-${position + 1}`;
}

function asObject(value: JsonValue | undefined): JsonObject | null {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as JsonObject) : null;
}

function propose(step: Step, self: ElementInstance, proposals: readonly Proposal[]): void {
  const violated = firstViolation(self, proposals);
  if (violated !== null) {
    interruptSequence(step, self, proposals, violated);
    return;
  }
  const hidden = new Set(self.detail?.agent?.hidden);
  const offered = activatableElements(self).filter(({ id }) => !hidden.has(id));
  const tools = new Map(offered.map((element) => [element.id, element.index]));
  for (const proposal of proposals) {
    const index = tools.get(proposal.name);
    const args = argumentsOf(proposal.variables);
    if (index === undefined) {
      refuse(step, self, proposal, {
        error: `Expected one of the tools ${[...tools.keys()].join(", ")}, but '${proposal.name}' is none`,
      });
      continue;
    }
    if (exceedsToolCalls(self)) {
      refuse(step, self, proposal, notExecuted("The budget of tool calls is spent"));
      continue;
    }
    const inner = startInner(step, self, index, proposal.variables);
    emit(step, {
      type: "toolProposed",
      element: self.key,
      toolCallId: proposal.id,
      tool: proposal.name,
      args,
      activated: inner?.key ?? null,
    });
  }
  nextTurn(step, self);
}

/** Arguments as the model gave them, without the bookkeeping that travels with them. */
export function argumentsOf(variables: JsonObject): JsonObject {
  const call = asObject(variables.toolCall);
  return call ? Object.fromEntries(Object.entries(call).filter(([name]) => name !== "_meta")) : {};
}

/** Only recorded: the model gets its answer without anything having run. */
function refuse(step: Step, self: ElementInstance, proposal: Proposal, result: JsonObject): void {
  emit(step, {
    type: "toolProposed",
    element: self.key,
    toolCallId: proposal.id,
    tool: proposal.name,
    args: argumentsOf(proposal.variables),
    activated: null,
  });
  giveResult(step, self, proposal.id, proposal.name, result);
}

function notExecuted(message: string): JsonObject {
  return { status: "not_executed", reason: "interrupted", decisionId: null, message, reasonCodes: ["INTERRUPTED"] };
}

function firstViolation(self: ElementInstance, proposals: readonly Proposal[]): string | null {
  const { sequence } = agentDefinitionOf(self);
  if (!sequence) return null;
  let from = self.detail!.agent!.lastTool;
  for (const { name } of proposals) {
    if (!sequence.allowed.some(([before, after]) => before === from && after === name))
      return `'${name}' after '${from || "the start"}'`;
    from = name;
  }
  return null;
}

function interruptSequence(step: Step, self: ElementInstance, proposals: readonly Proposal[], violated: string): void {
  const definition = agentDefinitionOf(self);
  const message = `Expected the agent '${definition.agentId}' to keep to its allowed sequence, but it proposed ${violated}`;
  const fails = definition.sequence!.onViolation === "error";
  emit(step, { type: "agentInterrupted", element: self.key, mode: fails ? "terminate" : "pause", reason: message });
  if (fails && throwError(step, self, "SEQUENCE_VIOLATION", message, {})) return;
  const held = proposals.map(({ id, name, variables }) => ({ id, name, args: argumentsOf(variables) }));
  note(step, self, { kind: "agentPaused", paused: true, held });
  raise(step, self, { kind: "AGENT_INTERRUPTED", message }, "resumeAgent");
}

/** Somebody has looked at the incident. Held proposals are not run: the model is told so and may think again. */
export function resumeAgent(step: Step, self: ElementInstance): void {
  const agent = self.detail?.agent;
  if (!agent) return;
  const { held } = agent;
  note(step, self, { kind: "agentPaused", paused: false, held: null });
  for (const { id, name, args } of held ?? []) {
    refuse(
      step,
      self,
      { id, name, variables: { toolCall: args } },
      notExecuted("The proposal was outside the allowed sequence"),
    );
  }
  nextTurn(step, self);
}

/** An operator stops the agent from outside. */
export function interruptAgent(step: Step, self: ElementInstance, mode: "pause" | "terminate", reason: string): void {
  emit(step, { type: "agentInterrupted", element: self.key, mode, reason });
  closeWaits(step, self, (wait) => wait.kind === "job");
  const message = `Expected the agent '${agentDefinitionOf(self).agentId}' to run, but it was interrupted: ${reason}`;
  if (mode === "terminate") {
    if (throwError(step, self, "AGENT_INTERRUPTED", message, {})) return;
    stopTools(step, self);
    note(step, self, { kind: "agentPaused", paused: true });
  }
  raise(step, self, { kind: "AGENT_INTERRUPTED", message }, "resumeAgent");
}

function stopTools(step: Step, self: ElementInstance): void {
  for (const call of [...self.detail!.agent!.calls]) {
    if (!call.returned) giveResult(step, self, call.id, call.name, notExecuted("The agent was interrupted"));
  }
  interruptChildren(step, self, { do: "nothing" });
}

/** An inner instance has ended: its `toolCallResult` is the tool's answer. */
export function returnResult(step: Step, inner: ElementInstance): Failure | null {
  const self = inner.parent!;
  const call = self.detail?.agent?.calls.find((candidate) => candidate.inner === inner.key && !candidate.returned);
  const content = inner.variables?.get("toolCallResult") ?? null;
  const failed = collectOutput(step, inner, call ? { id: call.id, name: call.name, content } : undefined);
  if (failed) return failed;
  if (call) emit(step, { type: "toolReturned", element: self.key, toolCallId: call.id, result: content });
  return null;
}

function giveResult(step: Step, self: ElementInstance, id: string, name: string, result: JsonValue): void {
  appendResult(step, self, { id, name, content: result });
  emit(step, { type: "toolReturned", element: self.key, toolCallId: id, result });
}

function appendResult(step: Step, self: ElementInstance, entry: JsonObject): void {
  const collection = outputCollectionName(self);
  const collected = self.variables?.get(collection);
  emit(step, {
    type: "variablesSet",
    scope: self.key,
    instance: self.process.key,
    values: Object.fromEntries([[collection, [...(Array.isArray(collected) ? collected : []), entry]]]),
  });
}

function outputCollectionName(self: ElementInstance): string {
  return self.element.adHoc?.outputCollection ?? "toolCallResults";
}
