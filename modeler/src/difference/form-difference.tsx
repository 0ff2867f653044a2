/** Two versions of a form: both as people see them, with the changes of its fields in words. */
import { useMemo } from "react";
import { FormView } from "../forms/form-view.tsx";
import { ProblemNotice } from "../ui/notice.tsx";
import { ChangeList } from "./change-list.tsx";
import { attempt, summary } from "./change-words.ts";
import { compareForms } from "./form-fields.ts";
import styles from "./model-difference.module.css";
import type { DifferenceProps } from "./model-difference.tsx";

const noData = {};

export function FormDifference({ before, after, beforeLabel, afterLabel }: DifferenceProps) {
  const result = useMemo(() => attempt(() => ({ changes: compareForms(before, after) })), [before, after]);
  if ("error" in result) return <ProblemNotice error={result.error} />;
  return (
    <div className={styles.difference}>
      <div className={styles.forms}>
        {[
          { schema: before, label: beforeLabel },
          { schema: after, label: afterLabel },
        ].map(({ schema, label }) => (
          <section key={label} className={styles.form} aria-label={label}>
            <h3 className={styles.sideTitle}>{label}</h3>
            <div className={styles.formBody}>
              <FormView schema={schema} data={noData} readOnly />
            </div>
          </section>
        ))}
      </div>
      <section className={styles.changes} aria-label="Changes">
        <p className={styles.summary} role="status">
          {result.changes.length === 0 ? "No differences" : summary(result.changes)}
        </p>
        <ChangeList changes={result.changes} />
      </section>
    </div>
  );
}
