/** Handing something in for approval by somebody else: files, or a version of a policy. Ends on the page of the change. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useLocation } from "wouter";
import { type About, type Change, getDuties } from "../api/changes.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { TextArea, TextField } from "../ui/field.tsx";
import { ProblemNotice } from "../ui/notice.tsx";
import { useToast } from "../ui/toast.tsx";

/** True where nothing is deployed without an approval; undefined until the server has said it. */
export function useApprovalNeeded(): boolean | undefined {
  const duties = useQuery({
    queryKey: ["duties"],
    queryFn: ({ signal }) => getDuties(signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return duties.data && duties.data.separationOfDuties === "three-person";
}

interface HandInProps {
  /** What is proposed as title. */
  readonly title: string;
  readonly description?: string;
  /** What is handed in, in words. */
  readonly children: ReactNode;
  readonly disabled?: boolean;
  readonly submit: (about: About) => Promise<Change>;
  readonly onDone?: () => void;
  readonly onClose: () => void;
}

export function HandInDialog({ children, disabled = false, submit, onDone, onClose, ...proposed }: HandInProps) {
  const [, go] = useLocation();
  const client = useQueryClient();
  const toast = useToast();
  const [title, setTitle] = useState(proposed.title);
  const [description, setDescription] = useState(proposed.description ?? "");
  const handIn = useMutation({
    mutationFn: () => submit({ title: title.trim(), description: description.trim() }),
    onSuccess: async (change) => {
      toast("Handed in for approval");
      onDone?.();
      onClose();
      await client.invalidateQueries({ queryKey: ["changes"] });
      await client.invalidateQueries({ queryKey: ["change", change.changeId] });
      go(`/changes/${encodeURIComponent(change.changeId)}`);
    },
  });
  return (
    <Dialog
      title="Hand in for approval"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button
            kind="primary"
            disabled={disabled || handIn.isPending || title.trim() === ""}
            onClick={() => handIn.mutate()}
          >
            Hand in
          </Button>
        </>
      }
    >
      {children}
      <TextField label="Title" maxLength={200} value={title} onChange={(event) => setTitle(event.target.value)} />
      <TextArea
        label="What changes, and why"
        hint="Read by the person who approves."
        rows={4}
        maxLength={10_000}
        value={description}
        onChange={(event) => setDescription(event.target.value)}
      />
      {handIn.error && <ProblemNotice error={handIn.error} />}
    </Dialog>
  );
}
