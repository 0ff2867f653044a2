/** The end of designing: deploy what is in the editor, or hand it in; where three people are asked for, only the latter. */
import { useMutation } from "@tanstack/react-query";
import { Upload } from "lucide-react";
import { useState } from "react";
import { submitFiles } from "../api/changes.ts";
import { type Deployment, deploy } from "../api/processes.ts";
import { useMay } from "../app/may.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ProblemNotice } from "../ui/notice.tsx";
import { HandInDialog, useApprovalNeeded } from "./hand-in.tsx";

interface DeployModelProps {
  /** "Deploy as new version". */
  readonly label: string;
  /** What it is called where it is handed in. */
  readonly title: string;
  /** "the model", "the form". */
  readonly noun: string;
  /** Reads what the editor holds now. */
  readonly readFiles: () => Promise<readonly { readonly name: string; readonly content: Blob }[]>;
  readonly onDeployed: (answer: Deployment) => void;
  readonly onHandedIn: () => void;
}

export function DeployModel({ label, title, noun, readFiles, onDeployed, onHandedIn }: DeployModelProps) {
  const may = useMay();
  const approvalNeeded = useApprovalNeeded();
  const [handsIn, setHandsIn] = useState(false);
  const deployment = useMutation({ mutationFn: async () => deploy(await readFiles()), onSuccess: onDeployed });
  return (
    <>
      {may("change:propose") && (
        <Button {...(approvalNeeded ? { kind: "primary" as const } : {})} onClick={() => setHandsIn(true)}>
          Hand in for approval
        </Button>
      )}
      {approvalNeeded !== true && may("definition:deploy") && (
        <Button kind="primary" disabled={deployment.isPending} onClick={() => deployment.mutate()}>
          <Upload size={14} aria-hidden="true" /> {deployment.isPending ? "Deploying" : label}
        </Button>
      )}
      {handsIn && (
        <HandInDialog
          title={title}
          submit={async (about) => submitFiles(await readFiles(), about)}
          onDone={onHandedIn}
          onClose={() => setHandsIn(false)}
        >
          <p>
            {noun.charAt(0).toUpperCase() + noun.slice(1)} as it is now. Somebody else approves it, and a third person
            deploys it as the next version.
          </p>
        </HandInDialog>
      )}
      {deployment.error && (
        <Dialog
          title="Not deployed"
          onClose={() => deployment.reset()}
          actions={<Button onClick={() => deployment.reset()}>Back to {noun}</Button>}
        >
          <ProblemNotice error={deployment.error} />
        </Dialog>
      )}
    </>
  );
}
