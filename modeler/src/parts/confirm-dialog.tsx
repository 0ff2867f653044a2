/** Asks once more before something is taken away; a refusal stays in the dialog. */
import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ProblemNotice } from "../ui/notice.tsx";

export function ConfirmDialog({
  title,
  verb,
  act,
  onDone,
  onClose,
  children,
}: {
  readonly title: string;
  /** The label of the button that does it: "Delete role". */
  readonly verb: string;
  readonly act: () => Promise<unknown>;
  /** After it is done; the dialog is to be closed by it as well. */
  readonly onDone: () => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
}) {
  const doing = useMutation({ mutationFn: act, onSuccess: onDone });
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button kind="danger" disabled={doing.isPending} onClick={() => doing.mutate()}>
            {verb}
          </Button>
        </>
      }
    >
      {children}
      {doing.error && <ProblemNotice error={doing.error} />}
    </Dialog>
  );
}
