/** Reading the parts of a decision record that the page shows; the record itself stays as it was written. */
import type { Fact } from "../../api/approvals.ts";
import { isObject, type JsonObject, type JsonValue } from "../../api/json.ts";
import { writtenByModel } from "../../parts/decision-words.ts";

export interface MatchedRule {
  readonly policy: string;
  readonly decision: string;
  readonly rule: string;
}

/** A value that the record only commits to, because it is personal, is shown as such. */
const keptApart = "kept apart (personal data)";

function plain(entry: JsonValue | undefined): JsonValue {
  if (isObject(entry) && typeof entry.commitment === "string") return keptApart;
  return entry ?? null;
}

/** The facts of the record; what an agent's model proposed stands beside them, marked as such. */
export function recordedFacts(record: JsonObject): Readonly<Record<string, Fact>> {
  const facts = isObject(record.facts) ? record.facts : {};
  const proposed = isObject(record.agent)
    ? recordedArgs(record).map(([name, value]) => [`args.${name}`, { value, ...writtenByModel }] as const)
    : [];
  const recorded = Object.fromEntries(
    Object.entries(facts).flatMap(([name, fact]) => {
      if (!isObject(fact)) return [];
      const value = "commitment" in fact ? keptApart : (fact.value ?? null);
      return [
        [name, { value, provenance: (fact.provenance ?? "derived") as Fact["provenance"], source: text(fact.source) }],
      ];
    }),
  );
  return { ...recorded, ...Object.fromEntries(proposed.filter(([name]) => !(name in recorded))) };
}

export function recordedArgs(record: JsonObject): readonly (readonly [string, JsonValue])[] {
  const args = record.args;
  return isObject(args) ? Object.entries(args).map(([name, value]) => [name, plain(value)] as const) : [];
}

export function matchedRules(record: JsonObject): readonly MatchedRule[] {
  const policies = record.policies;
  if (!Array.isArray(policies)) return [];
  return (policies as readonly JsonValue[]).flatMap((policy) => {
    if (!isObject(policy) || !Array.isArray(policy.matchedRules)) return [];
    const name = `${text(policy.policyId)} v${text(policy.version)}`;
    return (policy.matchedRules as readonly JsonValue[]).map((rule) =>
      isObject(rule)
        ? {
            policy: name,
            decision: text(rule.decisionId ?? rule.decision ?? null),
            rule:
              typeof rule.ruleIndex === "number" ? `rule ${rule.ruleIndex} (${text(rule.ruleId)})` : text(rule.ruleId),
          }
        : { policy: name, decision: "", rule: text(rule) },
    );
  });
}

/** A nested text of the record, "" when it is not there. */
export function textAt(record: JsonObject, ...path: readonly string[]): string {
  let value: JsonValue | undefined = record;
  for (const name of path) value = isObject(value) ? value[name] : undefined;
  return text(value);
}

function text(value: JsonValue | undefined): string {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
