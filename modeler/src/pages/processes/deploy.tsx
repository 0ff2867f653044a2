/** Deploying files: by button, or by dropping them anywhere on the page. All files of one drop go together. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Upload } from "lucide-react";
import { type DragEvent, type ReactNode, useRef, useState } from "react";
import { submitFiles } from "../../api/changes.ts";
import { type Deployment, deploy } from "../../api/processes.ts";
import { useMay } from "../../app/may.ts";
import { HandInDialog, useApprovalNeeded } from "../../parts/hand-in.tsx";
import { Button } from "../../ui/button.tsx";
import { ProblemNotice } from "../../ui/notice.tsx";
import { useToast } from "../../ui/toast.tsx";
import styles from "./deploy.module.css";

const accepted = ".bpmn,.dmn,.form,.xml,.json";

interface DeployAreaProps {
  /** Gets the button (null for who may not use it), places it (in the bar of the page), and draws the content. */
  readonly children: (button: ReactNode, problem: ReactNode) => ReactNode;
}

export function DeployArea({ children }: DeployAreaProps) {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const client = useQueryClient();
  const toast = useToast();
  const deployment = useMutation({
    mutationFn: (files: readonly File[]) => deploy(files.map((file) => ({ name: file.name, content: file }))),
    onSuccess: (answer) => toast(deployedText(answer)),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ["processes"] });
      void client.invalidateQueries({ queryKey: ["process-counts"] });
    },
  });
  const approvalNeeded = useApprovalNeeded();
  const isPermitted = useMay()(approvalNeeded ? "change:propose" : "definition:deploy");
  const [handedIn, setHandedIn] = useState<readonly File[]>([]);
  const take = (files: readonly File[]) => (approvalNeeded ? setHandedIn(files) : deployment.mutate(files));
  function drop(event: DragEvent) {
    event.preventDefault();
    setOver(false);
    if (isPermitted && event.dataTransfer.files.length > 0) take([...event.dataTransfer.files]);
  }
  const button = isPermitted ? (
    <>
      <input
        ref={input}
        type="file"
        multiple
        accept={accepted}
        hidden
        aria-label="Files to deploy"
        onChange={(event) => {
          if (event.target.files?.length) take([...event.target.files]);
          event.target.value = "";
        }}
      />
      <Button kind="primary" disabled={deployment.isPending} onClick={() => input.current?.click()}>
        <Upload size={14} aria-hidden="true" />{" "}
        {approvalNeeded ? "Hand in files" : deployment.isPending ? "Deploying" : "Deploy files"}
      </Button>
    </>
  ) : null;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping files is a short cut, the button does the same
    <div
      className={styles.area}
      data-over={over}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes("Files")) return;
        // Also where nothing is taken: the browser would open the file in place of the application.
        event.preventDefault();
        setOver(isPermitted);
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
      }}
      onDrop={drop}
    >
      {children(button, deployment.error ? <ProblemNotice error={deployment.error} /> : null)}
      {over && (
        <div className={styles.hint}>Drop to {approvalNeeded ? "hand in" : "deploy"} BPMN, DMN and form files</div>
      )}
      {handedIn.length > 0 && (
        <HandInDialog
          title={handedIn.map(({ name }) => name).join(", ")}
          submit={(about) =>
            submitFiles(
              handedIn.map((file) => ({ name: file.name, content: file })),
              about,
            )
          }
          onClose={() => setHandedIn([])}
        >
          <p>Somebody else approves exactly these files; a third person deploys them together.</p>
        </HandInDialog>
      )}
    </div>
  );
}

/** "Deployed Refund version 3 and 1 form". */
export function deployedText(answer: Deployment): string {
  const names = answer.deployments.map((item) => {
    if (item.processDefinition)
      return `${item.processDefinition.processDefinitionId} version ${item.processDefinition.processDefinitionVersion}`;
    if (item.form) return `form ${item.form.formId} version ${item.form.version}`;
    if (item.decisionRequirements)
      return `decisions ${item.decisionRequirements.decisionRequirementsId} version ${item.decisionRequirements.version}`;
    return null;
  });
  const shown = names.filter((name) => name !== null);
  return shown.length === 0 ? "Deployed" : `Deployed ${shown.join(", ")}`;
}
