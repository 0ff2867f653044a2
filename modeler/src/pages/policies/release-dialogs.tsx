/** Putting a version into force, or going back to the one before: always with a reason, always recorded. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type PolicyDetail, type PolicyVersionSummary, type Promotion, promote, rollback } from "../../api/policies.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { SelectField, TextArea, TextField } from "../../ui/field.tsx";
import { ProblemNotice } from "../../ui/notice.tsx";
import { stateLook } from "../../ui/states.ts";
import { useToast } from "../../ui/toast.tsx";

const stageHints: Readonly<Record<Promotion["stage"], string>> = {
  shadow: "Judged beside the active version on live actions; changes nothing.",
  canary: "Enforced for a share of the subjects; the same subject always gets the same version.",
  active: "Enforced for every action from now on, running instances included.",
  retired: "Never judged again. Its records stay.",
};

const nextStages: Readonly<Record<string, readonly Promotion["stage"][]>> = {
  draft: ["shadow", "active", "retired"],
  shadow: ["canary", "active", "retired"],
  canary: ["active", "retired"],
};

export function PromoteDialog({
  policyId,
  version,
  onClose,
}: {
  readonly policyId: string;
  readonly version: PolicyVersionSummary;
  readonly onClose: () => void;
}) {
  const stages = nextStages[version.stage] ?? [];
  const [stage, setStage] = useState<Promotion["stage"]>(stages[0] ?? "active");
  const [percent, setPercent] = useState("5");
  const [reason, setReason] = useState("");
  const [widening, setWidening] = useState(false);
  const release = useRelease(
    policyId,
    onClose,
    `Version ${version.version} is now ${stateLook(stage).text.toLowerCase()}`,
    () =>
      promote(policyId, version.version, {
        stage,
        reason,
        ...(stage === "canary" ? { shareBasisPoints: Math.round(Number(percent) * 100) } : {}),
        ...(widening ? { acknowledgeWidenings: true } : {}),
        // From draft or shadow straight to active: all gates hold, only the time in between is skipped.
        ...(stage === "active" && version.stage !== "canary" ? { expedited: true } : {}),
      }),
  );
  return (
    <Dialog
      title={`Promote version ${version.version}`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button kind="primary" disabled={release.isPending || reason.trim() === ""} onClick={() => release.mutate()}>
            Promote version
          </Button>
        </>
      }
    >
      <SelectField
        label="To stage"
        hint={stageHints[stage]}
        value={stage}
        onChange={(event) => setStage(event.target.value as Promotion["stage"])}
      >
        {stages.map((option) => (
          <option key={option} value={option}>
            {stateLook(option).text}
          </option>
        ))}
      </SelectField>
      {stage === "canary" && (
        <TextField
          label="Share in percent"
          type="number"
          min={0.01}
          max={99.99}
          step={0.01}
          value={percent}
          onChange={(event) => setPercent(event.target.value)}
        />
      )}
      <TextArea
        label="Reason"
        hint="Kept with your name in the signed release history."
        rows={3}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
      <label>
        <input type="checkbox" checked={widening} onChange={(event) => setWidening(event.target.checked)} /> I accept
        what this version permits more widely than the one in force
      </label>
      {release.error && <ProblemNotice error={release.error} />}
    </Dialog>
  );
}

export function RollbackDialog({ policy, onClose }: { readonly policy: PolicyDetail; readonly onClose: () => void }) {
  const [reason, setReason] = useState("");
  const release = useRelease(policy.policyId, onClose, "Rolled back", () => rollback(policy.policyId, reason));
  return (
    <Dialog
      title="Roll back this policy?"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Keep version {policy.activeVersion}</Button>
          <Button kind="danger" disabled={release.isPending || reason.trim() === ""} onClick={() => release.mutate()}>
            Roll back
          </Button>
        </>
      }
    >
      <p>
        Version {policy.activeVersion} stops being enforced within two seconds, on every node and in running instances.
        The version that was in force before takes over. Nothing is redeployed.
      </p>
      <TextArea
        label="Reason"
        hint="Kept with your name in the signed release history."
        rows={3}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
      {release.error && <ProblemNotice error={release.error} />}
    </Dialog>
  );
}

function useRelease(policyId: string, onClose: () => void, done: string, run: () => Promise<unknown>) {
  const client = useQueryClient();
  const toast = useToast();
  return useMutation({
    mutationFn: run,
    onSuccess: () => {
      toast(done);
      onClose();
    },
    onSettled: () =>
      void Promise.all([
        client.invalidateQueries({ queryKey: ["policy", policyId] }),
        client.invalidateQueries({ queryKey: ["policies"] }),
      ]),
  });
}
