/** Decisions in words: constraints and rules as people read them. */
import type { MatchedRule } from "../api/agents.ts";
import type { JsonValue } from "../api/json.ts";
import { inlineValue } from "../ui/values.ts";

/** "method set to credit", "amount at most 500". */
export function constraintText(constraint: {
  readonly path: string;
  readonly op: string;
  readonly value: JsonValue;
}): string {
  const name = constraint.path.replace(/^args\./, "");
  const value = inlineValue(constraint.value);
  switch (constraint.op) {
    case "set":
      return `${name} set to ${value}`;
    case "max":
      return `${name} at most ${value}`;
    case "min":
      return `${name} at least ${value}`;
    case "oneOf":
      return `${name} one of ${value}`;
    case "drop":
      return `${name} removed`;
    case "redact":
      return `${name} hidden`;
    default:
      return `${name} ${constraint.op} ${value}`;
  }
}

/** "rule 3 of Determination", or the id where the record holds nothing else. */
export function ruleText(rule: MatchedRule): string {
  if (typeof rule === "string") return rule;
  const place = rule.ruleIndex === undefined ? rule.ruleId : `rule ${rule.ruleIndex}`;
  return rule.decisionId ? `${place} of ${rule.decisionId}` : place;
}

/** Where an agent's own arguments come from, as a fact tells it. */
export const writtenByModel = { provenance: "model", source: "model:toolCall" } as const;

/** The rules that made the determination; those of a risk score and other helpers only when there are no such. */
export function decidingRules(rules: readonly MatchedRule[]): readonly MatchedRule[] {
  const deciding = rules.filter((rule) => typeof rule !== "string" && rule.decisionId === "Determination");
  return deciding.length > 0 ? deciding : rules;
}
