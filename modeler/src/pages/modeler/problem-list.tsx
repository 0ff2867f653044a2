/** What stands between the model and its deployment, and what is worth a look. */

import type { Problem } from "interlock:lint";
import { CircleAlert, TriangleAlert } from "lucide-react";
import { Empty } from "../../ui/notice.tsx";
import { ExtractRule, hiddenRuleId } from "./extract-rule.tsx";
import styles from "./modeler-page.module.css";

export function ProblemList({
  problems,
  xml,
  onSelect,
}: {
  readonly problems: readonly Problem[];
  readonly xml: string;
  readonly onSelect: (elementId: string) => void;
}) {
  if (problems.length === 0)
    return <Empty title="No problems">The model passes every rule that deployment applies.</Empty>;
  return (
    <ul className={styles.problems} aria-label="Problems">
      {problems.map((problem) => (
        <li key={`${problem.ruleId} ${problem.elementId} ${problem.message}`}>
          <button
            type="button"
            className={styles.problem}
            data-severity={problem.severity}
            onClick={() => problem.elementId !== null && onSelect(problem.elementId)}
          >
            {problem.severity === "error" ? (
              <CircleAlert size={14} aria-label="Error" />
            ) : (
              <TriangleAlert size={14} aria-label="Warning" />
            )}
            <span>{problem.message}</span>
            <span className={styles.where}>
              {problem.elementId} {problem.ruleId}
            </span>
          </button>
          {problem.ruleId === hiddenRuleId && problem.elementId !== null && (
            <ExtractRule xml={xml} flowId={problem.elementId} />
          )}
        </li>
      ))}
    </ul>
  );
}
