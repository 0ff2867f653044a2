/** The tests of a version: run them, see each case with what was expected and what came out, and the rules no case met. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Check, FlaskConical, X } from "lucide-react";
import { getPolicyVersion, type TestReport, testVersion } from "../../api/policies.ts";
import { Button } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { Empty, ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import styles from "./policy-page.module.css";

export function TestPanel({ policyId, version }: { readonly policyId: string; readonly version: number }) {
  const client = useQueryClient();
  const detail = useQuery({
    queryKey: ["policy", policyId, "version", version],
    queryFn: ({ signal }) => getPolicyVersion(policyId, version, signal),
  });
  const run = useMutation({
    mutationFn: () => testVersion(policyId, version),
    onSettled: () => void client.invalidateQueries({ queryKey: ["policy", policyId, "version", version] }),
  });
  const report = run.data ?? detail.data?.lastTest ?? null;
  return (
    <Panel
      title={
        <>
          Tests of version {version}
          {report && <Chip tone={report.passed ? "ok" : "bad"}>{report.passed ? "Passed" : "Failed"}</Chip>}
        </>
      }
      actions={
        <Button small disabled={run.isPending} onClick={() => run.mutate()}>
          <FlaskConical size={13} aria-hidden="true" /> Run tests
        </Button>
      }
    >
      {(run.error ?? detail.error) && <ProblemNotice error={run.error ?? detail.error} />}
      {detail.isPending && <Skeleton lines={3} />}
      {detail.data && !report && (
        <Empty title="Not tested yet">
          A version leaves draft only when its tests pass and every rule is met by a case.
        </Empty>
      )}
      {report && <Report report={report} />}
    </Panel>
  );
}

function Report({ report }: { readonly report: TestReport }) {
  const passed = report.cases.filter((test) => test.passed).length;
  return (
    <>
      <div className={styles.summary}>
        <span>
          {passed} of {report.cases.length} cases passed
        </span>
        <span>
          {report.coverage.covered} of {report.coverage.rules} rules met
        </span>
        {report.invariants.length > 0 && (
          <span>
            {report.invariants.filter((invariant) => invariant.passed).length} of {report.invariants.length} invariants
            hold
          </span>
        )}
      </div>
      <ul className={styles.checks}>
        {report.problems.map((problem) => (
          <Line
            key={`${problem.code} ${problem.message}`}
            passed={false}
            title={problem.message}
            note={problem.place ?? null}
          />
        ))}
        {report.cases.map((test) => (
          <Line
            key={test.name}
            passed={test.passed}
            title={test.name}
            note={
              test.passed
                ? null
                : (test.problem ?? `Expected ${JSON.stringify(test.expected)}, but got ${JSON.stringify(test.actual)}`)
            }
          />
        ))}
        {report.invariants.map((invariant) => (
          <Line
            key={invariant.name}
            passed={invariant.passed}
            title={invariant.name}
            note={
              invariant.passed
                ? `held in ${invariant.checked} tries`
                : `Broken by ${JSON.stringify(invariant.counterexample)}`
            }
          />
        ))}
        {report.coverage.uncovered.map((rule) => (
          <Line
            key={`${rule.decisionId} ${rule.ruleId}`}
            passed={false}
            title={`Rule ${rule.ruleIndex} of ${rule.decisionId} is met by no case`}
            note={null}
          />
        ))}
      </ul>
    </>
  );
}

function Line({
  passed,
  title,
  note,
}: {
  readonly passed: boolean;
  readonly title: string;
  readonly note: string | null;
}) {
  return (
    <li className={styles.check} data-passed={passed}>
      {passed ? <Check size={14} aria-label="Passed" /> : <X size={14} aria-label="Failed" />}
      <span>
        {title}
        {note !== null && <span className={styles.note}>{note}</span>}
      </span>
    </li>
  );
}
