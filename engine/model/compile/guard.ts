/**
 * interlock:action, interlock:guardrail and interlock:fact: what an activity does to the world and who is asked first.
 * An action that is consequential="false" and has no guardrail is not guarded. Attachment lives here, content and
 * version of the policy in the decision plane.
 */
import type { GuardDefinition } from "../../core/process.ts";
import { describe, extension, extensions, type ModdleElement, text, words } from "../moddle.ts";
import { type Compilation, feel } from "./context.ts";
import { fixedDurationMs } from "./iso-time.ts";

const riskClasses = ["low", "medium", "high", "critical"] as const;
const operations = ["read", "write", "delete", "send", "pay", "execute", "escalate"] as const;
const patterns = ["sync", "preEvaluate", "async"] as const;
const provenances = ["trusted", "derived", "model"] as const;

export function isConsequential(element: ModdleElement): boolean {
  const action = extension(element, "interlock:Action");
  return action !== undefined && text(action, "consequential") !== "false";
}

export function compileGuard(compilation: Compilation, element: ModdleElement): GuardDefinition | null {
  const action = extension(element, "interlock:Action");
  if (action === undefined) return null;
  const policies = compileGuardrails(compilation, element);
  if (policies.length === 0 && !isConsequential(element)) return null;
  const invalid = (message: string): void => compilation.problems.add("error", "guard-attribute", element, message);
  if (words(action, "type") === undefined)
    invalid(`Expected the action of ${describe(element)} to have a type, but it has none`);
  return {
    action: {
      type: words(action, "type") ?? "",
      target: words(action, "target") ?? null,
      operation: choice(operations, words(action, "operation"), "execute", "operation", invalid),
      reversible: choice(["true", "false"], words(action, "reversible"), "false", "reversible", invalid) === "true",
      riskClass: choice(riskClasses, words(action, "riskClass"), "medium", "riskClass", invalid),
      toolRef: words(action, "toolRef") ?? null,
    },
    policies,
    facts: compileFacts(compilation, element),
    onDeny: choice(["result", "error"], words(action, "onDeny"), "result", "onDeny", invalid),
  };
}

/** Guardrails of an activity, or of an agent (they hold for each of its tool calls). */
export function compileGuardrails(compilation: Compilation, element: ModdleElement): GuardDefinition["policies"] {
  const invalid = (message: string): void => compilation.problems.add("error", "guard-attribute", element, message);
  return extensions(element, "interlock:Guardrail").map((guardrail) => {
    const policyId = words(guardrail, "policyRef");
    if (policyId === undefined)
      invalid(`Expected each guardrail of ${describe(element)} to have a policyRef, but one has none`);
    const maxStaleness = words(guardrail, "maxStaleness");
    const maxStalenessMs = maxStaleness === undefined ? null : fixedDurationMs(maxStaleness);
    if (maxStaleness !== undefined && maxStalenessMs === null) {
      invalid(
        `Expected maxStaleness of ${describe(element)} to be a duration such as PT5M, but it is "${maxStaleness.slice(0, 40)}"`,
      );
    }
    return {
      policyId: policyId ?? "",
      binding: compilePolicyBinding(words(guardrail, "binding"), invalid),
      pattern: choice(patterns, words(guardrail, "pattern"), "sync", "pattern", invalid),
      defaultDetermination: choice(["DENY", "ALLOW"], words(guardrail, "default"), "DENY", "default", invalid),
      maxStalenessMs,
    };
  });
}

/** Policies that are asked before each step of an agent whether it may go on. */
export function compileInterrupts(
  compilation: Compilation,
  element: ModdleElement,
): readonly Pick<GuardDefinition["policies"][number], "policyId" | "binding">[] {
  const invalid = (message: string): void => compilation.problems.add("error", "guard-attribute", element, message);
  return extensions(element, "interlock:Interrupt").map((interrupt) => {
    const policyId = words(interrupt, "policyRef");
    if (policyId === undefined)
      invalid(`Expected each interrupt of ${describe(element)} to have a policyRef, but one has none`);
    return { policyId: policyId ?? "", binding: compilePolicyBinding(words(interrupt, "binding"), invalid) };
  });
}

function compilePolicyBinding(
  source: string | undefined,
  invalid: (message: string) => void,
): GuardDefinition["policies"][number]["binding"] {
  if (source === undefined || source === "active") return { type: "active" };
  const version = /^version:([1-9]\d{0,8})$/.exec(source)?.[1];
  if (version !== undefined) return { type: "version", version: Number(version) };
  invalid(`Expected the binding of a guardrail to be "active" or "version:N", but it is "${source.slice(0, 40)}"`);
  return { type: "active" };
}

function compileFacts(compilation: Compilation, element: ModdleElement): GuardDefinition["facts"] {
  const invalid = (message: string): void => compilation.problems.add("error", "guard-attribute", element, message);
  const seen = new Set<string>();
  return extensions(element, "interlock:Fact").map((fact) => {
    const name = words(fact, "name") ?? "";
    if (!/^[\p{L}_]\w{0,99}(?:\.[\p{L}_]\w{0,99}){0,9}$/u.test(name)) {
      invalid(
        `Expected each fact of ${describe(element)} to have a dotted name such as subject.tenureDays, but one is "${name.slice(0, 80)}"`,
      );
    }
    if (seen.has(name))
      invalid(
        `Expected the facts of ${describe(element)} to have different names, but "${name.slice(0, 80)}" occurs twice`,
      );
    seen.add(name);
    const observedAt = text(fact, "observedAt");
    return {
      name,
      expression: feel(compilation, element, text(fact, "expression") ?? "", `the fact ${name}`),
      ...(observedAt !== undefined && {
        observedAt: feel(compilation, element, observedAt, `observedAt of the fact ${name}`),
      }),
      // A value is only as good as its worst source: unmarked facts may come from the model.
      provenance: choice(provenances, words(fact, "provenance"), "model", "provenance", invalid),
    };
  });
}

/** One of the allowed words; the first problem in a typed attribute must not silently weaken a guard. */
export function choice<Word extends string>(
  allowed: readonly Word[],
  given: string | undefined,
  otherwise: Word,
  attribute: string,
  invalid: (message: string) => void,
): Word {
  if (given === undefined) return otherwise;
  const found = allowed.find((word) => word === given);
  if (found !== undefined) return found;
  invalid(`Expected ${attribute} to be one of ${allowed.join(", ")}, but it is "${given.slice(0, 40)}"`);
  return otherwise;
}
