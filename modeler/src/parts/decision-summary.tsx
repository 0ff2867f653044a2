/** A decision in one line: what was determined, by which policy version, why, and the way to the record. */
import { Link } from "wouter";
import type { ToolCallDecision } from "../api/agents.ts";
import { StateChip } from "../ui/state-chip.tsx";
import styles from "./decision-summary.module.css";
import { constraintText } from "./decision-words.ts";

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
