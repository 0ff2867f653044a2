/**
 * From an edited table to a policy in force: save as a new version, run its tests, look at what changed, give a reason,
 * activate. A case whose answer changed on purpose can be accepted; it is then saved with the next version.
 */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import { submitPolicy } from "../../api/changes.ts";
import { isObject, type JsonObject, type JsonValue } from "../../api/json.ts";
import { createVersion, promote, type TestReport, testVersion } from "../../api/policies.ts";
import { HandInDialog, useApprovalNeeded } from "../../parts/hand-in.tsx";
import { Button } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { TextArea } from "../../ui/field.tsx";
import { ProblemNotice } from "../../ui/notice.tsx";
import { useToast } from "../../ui/toast.tsx";
import { acceptAnswers, describeAnswer } from "./accepted-answers.ts";
import styles from "./policy-editor-page.module.css";

interface ReleaseDialogProps {
  readonly policyId: string;
  readonly manifest: JsonObject;
  readonly dmn: string;
  /** Test cases as JSON text. */
  readonly tests: string;
  readonly onTests: (tests: string) => void;
  readonly onClose: () => void;
}

interface Saved {
  readonly version: number;
  readonly report: TestReport;
}

export function ReleaseDialog({ policyId, manifest, dmn, tests, onTests, onClose }: ReleaseDialogProps) {
  const [, go] = useLocation();
  const client = useQueryClient();
  const toast = useToast();
  const [reason, setReason] = useState("");
  const [widening, setWidening] = useState(false);
  const refresh = () =>
    void Promise.all([
      client.invalidateQueries({ queryKey: ["policy", policyId] }),
      client.invalidateQueries({ queryKey: ["policies"] }),
    ]);
  const save = useMutation({
    mutationFn: async (text: string): Promise<Saved> => {
      const { version } = await createVersion({ manifest, dmn, tests: readTests(text) });
      return { version, report: await testVersion(policyId, version) };
    },
    onSettled: refresh,
  });
  const activate = useMutation({
    mutationFn: (version: number) =>
      promote(policyId, version, {
        stage: "active",
        expedited: true,
        reason,
        ...(widening ? { acknowledgeWidenings: true } : {}),
      }),
    onSuccess: (_, version) => {
      toast(`Version ${version} is in force`);
      go(`/policies/${encodeURIComponent(policyId)}?version=${version}`);
    },
    onSettled: refresh,
  });
  const saved = save.data;
  const approvalNeeded = useApprovalNeeded();
  const [handsIn, setHandsIn] = useState(false);
  function accept(report: TestReport) {
    const text = JSON.stringify(acceptAnswers(readTests(tests), report), null, 2);
    onTests(text);
    save.mutate(text);
  }
  if (saved && handsIn)
    return (
      <HandInDialog
        title={`${policyId} version ${saved.version}`}
        submit={(about) => submitPolicy(policyId, saved.version, about)}
        onClose={onClose}
      >
        <p>Somebody else approves this version; a third person puts it live.</p>
      </HandInDialog>
    );
  return (
    <Dialog
      title={saved ? `Version ${saved.version}` : "Save as new version"}
      onClose={onClose}
      actions={
        saved ? (
          <>
            <Button onClick={() => go(`/policies/${encodeURIComponent(policyId)}?version=${saved.version}`)}>
              Leave as draft
            </Button>
            {approvalNeeded ? (
              <Button kind="primary" disabled={!saved.report.passed} onClick={() => setHandsIn(true)}>
                Hand in for approval
              </Button>
            ) : (
              <Button
                kind="primary"
                disabled={!saved.report.passed || reason.trim() === "" || activate.isPending}
                onClick={() => activate.mutate(saved.version)}
              >
                Activate version {saved.version}
              </Button>
            )}
          </>
        ) : (
          <>
            <Button onClick={onClose}>Go on editing</Button>
            <Button kind="primary" disabled={save.isPending} onClick={() => save.mutate(tests)}>
              Save and run tests
            </Button>
          </>
        )
      }
    >
      {!saved && <p>The version in force stays as it is. The new version starts as a draft; its tests run next.</p>}
      {save.error && <ProblemNotice error={save.error} />}
      {saved && <Outcome report={saved.report} onAccept={() => accept(saved.report)} pending={save.isPending} />}
      {saved?.report.passed && !approvalNeeded && (
        <>
          <TextArea
            label="Reason for the change"
            hint="Kept with your name in the signed release history."
            rows={3}
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
          <label>
            <input type="checkbox" checked={widening} onChange={(event) => setWidening(event.target.checked)} /> I
            accept what this version permits more widely than the one in force
          </label>
        </>
      )}
      {activate.error && <ProblemNotice error={activate.error} />}
    </Dialog>
  );
}

function Outcome({
  report,
  onAccept,
  pending,
}: {
  readonly report: TestReport;
  readonly onAccept: () => void;
  readonly pending: boolean;
}) {
  const failed = report.cases.filter((test) => !test.passed);
  const rest = report.problems.filter((problem) => problem.code !== "TEST_FAILED");
  return (
    <>
      <p>
        <Chip tone={report.passed ? "ok" : "bad"}>{report.passed ? "Tests passed" : "Tests failed"}</Chip>{" "}
        {report.cases.length - failed.length} of {report.cases.length} cases, {report.coverage.covered} of{" "}
        {report.coverage.rules} rules met.
      </p>
      {failed.length > 0 && (
        <>
          <ul className={styles.failed} aria-label="Cases whose answer differs">
            {failed.map((test) => (
              <li key={test.name}>
                <strong>{test.name}</strong>
                <span>
                  Expected {describeAnswer(test.expected)}, but the new version answers {describeAnswer(test.actual)}.
                </span>
              </li>
            ))}
          </ul>
          <span>
            <Button disabled={pending} onClick={onAccept}>
              These answers are meant: update the cases
            </Button>
          </span>
        </>
      )}
      {rest.length > 0 && (
        <ul className={styles.failed} aria-label="What else is missing">
          {rest.map((problem) => (
            <li key={`${problem.code} ${problem.place} ${problem.message}`}>
              {problem.message}
              {problem.place && <span className={styles.muted}>{problem.place}</span>}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

/** @throws with a sentence when the text is no JSON object. */
function readTests(text: string): JsonObject {
  let value: JsonValue;
  try {
    value = JSON.parse(text) as JsonValue;
  } catch (cause) {
    throw new Error(
      `Expected the test cases as JSON, but ${cause instanceof Error ? cause.message : "they cannot be read"}.`,
    );
  }
  if (!isObject(value))
    throw new Error("Expected the test cases as a JSON object with cases, but it is another kind of value.");
  return value;
}
