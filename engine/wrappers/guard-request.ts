/** What the enforcement point asks: canonical arguments, typed facts with their sources, who acts, in which process, what has happened before. */
import { fingerprint } from "../core/canonical.ts";
import { emit } from "../core/emit.ts";
import type { ActionRequest, Fact } from "../core/environment.ts";
import type { ElementInstance } from "../core/instance.ts";
import { idempotencyKeyOf } from "../core/jobs.ts";
import type { JsonObject, JsonValue } from "../core/json.ts";
import { agentOf } from "../core/lifecycle.ts";
import type { Step } from "../core/machine.ts";
import type { Expression, GuardDefinition } from "../core/process.ts";
import { evaluate, setLocal } from "../core/variables.ts";

/** The policies of the agent, then the activity's own; each once. */
export function policiesOf(self: ElementInstance): GuardDefinition["policies"] {
  const own = self.element.guard?.policies ?? [];
  const agent = agentOf(self)?.element.adHoc?.agent?.policies ?? [];
  return [...agent, ...own.filter((policy) => !agent.some((other) => other.policyId === policy.policyId))];
}

/** A tool without an action of its own is judged by the agent's policies as what its name says. */
export function actionOf(self: ElementInstance): GuardDefinition["action"] {
  return (
    self.element.guard?.action ?? {
      type: self.element.id,
      target: null,
      operation: "execute",
      reversible: false,
      riskClass: "medium",
      toolRef: null,
    }
  );
}

function innerInstanceOf(self: ElementInstance): ElementInstance | null {
  for (let scope = self.parent; scope; scope = scope.type === "process" ? null : scope.parent) {
    if (scope.type === "adHocInnerInstance") return scope;
  }
  return null;
}

function asObject(value: JsonValue | undefined): JsonObject | null {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as JsonObject) : null;
}

function inputNames(self: ElementInstance): string[] {
  return [...new Set(self.element.inputs.map((input) => input.target[0]!))];
}

/** What the input mappings have written; without any, the arguments of the tool call; else nothing. */
export function argumentsOf(self: ElementInstance): JsonObject {
  const names = inputNames(self);
  if (names.length > 0) return Object.fromEntries(names.map((name) => [name, self.variables?.get(name) ?? null]));
  const call = asObject(innerInstanceOf(self)?.variables?.get("toolCall"));
  return call ? Object.fromEntries(Object.entries(call).filter(([name]) => name !== "_meta")) : {};
}

/** Makes changed arguments what the activity itself sees. */
export function writeArguments(step: Step, self: ElementInstance, args: JsonObject): void {
  const names = inputNames(self);
  if (names.length > 0) {
    const removed = names.filter((name) => !Object.hasOwn(args, name)).map((name): [string, JsonValue] => [name, null]);
    setLocal(step, self, Object.fromEntries([...Object.entries(args), ...removed]));
    return;
  }
  const inner = innerInstanceOf(self);
  const call = asObject(inner?.variables?.get("toolCall"));
  if (!inner || !call) return;
  const toolCall: JsonObject = Object.hasOwn(call, "_meta") ? { ...args, _meta: call._meta! } : args;
  setLocal(step, inner, { toolCall });
}

/** A fact that cannot be evaluated is missing, and the record says why; what a missing fact means is for the policy to say. */
export function factsOf(step: Step, self: ElementInstance): Readonly<Record<string, Fact>> {
  const facts: [string, Fact][] = [];
  for (const { name, expression, provenance, observedAt } of self.element.guard?.facts ?? []) {
    const result = evaluate(step, self, expression);
    if (result.ok) {
      const source = sourceOf(expression.references);
      const at = observedAt && instantOf(step, self, observedAt);
      facts.push([name, { value: result.value, provenance, source, ...(at && { observedAt: at }) }]);
    } else
      emit(step, {
        type: "expressionWarned",
        element: self.key,
        expression: expression.source,
        warnings: [result.failure.message],
      });
  }
  return Object.fromEntries(facts);
}

/** What is no instant is as unknown. */
function instantOf(step: Step, self: ElementInstance, expression: Expression): string | undefined {
  const result = evaluate(step, self, expression);
  const text = result.ok && typeof result.value === "string" ? result.value : "";
  return /^\d{4}-\d\d-\d\dT/.test(text) && text.length <= 40 && !Number.isNaN(Date.parse(text)) ? text : undefined;
}

function sourceOf(references: readonly string[]): string {
  return references.length === 0 ? "model" : `variable:${references.join(",")}`;
}

export function requestOf(
  step: Step,
  self: ElementInstance,
  args: JsonObject,
  facts: Readonly<Record<string, Fact>>,
  approval?: ActionRequest["approval"],
): ActionRequest {
  const action = actionOf(self);
  const agent = agentOf(self);
  const state = agent?.detail?.agent;
  const definition = agent?.element.adHoc?.agent;
  const { process } = self.definition;
  const meta = asObject(asObject(innerInstanceOf(self)?.variables?.get("toolCall"))?._meta);
  return {
    action,
    args,
    facts,
    policies: policiesOf(self).map(({ policyId, binding }) => ({
      policyId,
      version: binding.type === "version" ? binding.version : null,
    })),
    agent: definition
      ? {
          id: definition.agentId,
          version: definition.version,
          model: state?.model ?? null,
          promptHash: state?.promptHash ?? null,
          responseHash: state?.responseHash ?? null,
        }
      : null,
    actor: step.environment.actor,
    process: {
      processId: process.processId,
      definitionKey: process.key,
      definitionVersion: process.version,
      definitionHash: process.resourceHash,
      processInstanceKey: self.process.key,
      rootProcessInstanceKey: step.instance.key,
      elementId: self.element.id,
      elementInstanceKey: self.key,
      tenantId: self.process.tenantId,
    },
    toolCallId: typeof meta?.id === "string" ? meta.id : null,
    history: historyOf(step, self, action.type, fingerprint(action.type, args)),
    budget: state
      ? {
          modelCallsUsed: state.modelCalls,
          modelCallsMax: state.budget.modelCallsMax,
          toolCallsUsed: state.toolCalls,
          toolCallsMax: state.budget.toolCallsMax,
          tokensUsed: state.inputTokens + state.outputTokens,
          tokensMax: state.budget.tokensMax,
        }
      : null,
    idempotencyKey: idempotencyKeyOf(self),
    now: step.now,
    ...(approval && { approval }),
  };
}

/** What the instance has done before this. An action that is judged again for a fresh permit is not its own past. */
function historyOf(step: Step, self: ElementInstance, type: string, same: string): ActionRequest["history"] {
  const { callsByAction, lastActions, attempts } = step.instance.actions;
  const own = self.detail?.guard?.started ? 1 : 0;
  const place = own === 0 ? -1 : lastActions.lastIndexOf(type);
  return {
    callsByAction: {
      ...Object.fromEntries(callsByAction),
      ...(own > 0 && { [type]: (callsByAction.get(type) ?? 1) - 1 }),
    },
    lastActions: lastActions.filter((_, index) => index !== place),
    sameArgsRepeat: Math.max(0, attempts.filter((attempt) => attempt === same).length - own),
  };
}
