/** A decision in one line: what was determined, by which policy version, why, and the way to the record. */
import { Link } from "wouter";
import type { MatchedRule, ToolCallDecision } from "../api/agents.ts";
import { inlineValue } from "../ui/facts.tsx";
import { StateChip } from "../ui/state-chip.tsx";
import styles from "./decision-summary.module.css";

export function DecisionSummary({ decision }: { readonly decision: ToolCallDecision }) {
  return (
    <div className={styles.row}>
      <StateChip state={decision.determination} />
      {decision.policies.map((policy) => (
        <Link
          key={`${policy.policyId}@${policy.version}`}
          href={`/policies/${encodeURIComponent(policy.policyId)}?version=${policy.version}`}
        >
          {policy.policyId} v{policy.version}
        </Link>
      ))}
      {decision.reasonCodes.length > 0 && <span className={styles.codes}>{decision.reasonCodes.join(", ")}</span>}
      {decision.constraints.map((constraint) => (
        <span key={`${constraint.path} ${constraint.op}`} className={styles.codes}>
          {constraintText(constraint)}
        </span>
      ))}
      <Link href={`/decisions/${encodeURIComponent(decision.decisionId)}`}>Decision record</Link>
    </div>
  );
}

/** "method set to credit", "amount at most 500". */
export function constraintText(constraint: {
  readonly path: string;
  readonly op: string;
  readonly value: Parameters<typeof inlineValue>[0];
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
