/** Making a group, role, tenant or mapping rule, or changing what is said of one. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { changeEntry, createEntry, type Entry, type EntryKind } from "../../api/directory.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { TextField } from "../../ui/field.tsx";
import { ProblemNotice } from "../../ui/notice.tsx";
import { useToast } from "../../ui/toast.tsx";
import styles from "./access.module.css";
import { idPattern, kindWords } from "./kinds.ts";

const nothing: Entry = { id: "", name: "", description: null, claimName: null, claimValue: null };

export function EntryDialog({
  kind,
  entry,
  onClose,
}: {
  readonly kind: EntryKind;
  /** The one to change; null makes a new one. */
  readonly entry: Entry | null;
  readonly onClose: () => void;
}) {
  const client = useQueryClient();
  const toast = useToast();
  const form = useId();
  const { one, example } = kindWords[kind];
  const [draft, setDraft] = useState<Entry>(entry ?? nothing);
  const change = (part: Partial<Entry>) => setDraft({ ...draft, ...part });
  const isRule = kind === "mappingRule";
  const made: Entry = { ...draft, name: draft.name.trim() || draft.id, description: draft.description?.trim() || null };
  const save = useMutation({
    mutationFn: () => (entry ? changeEntry(kind, made) : createEntry(kind, made)),
    onSuccess: async () => {
      toast(`${one.charAt(0).toUpperCase()}${one.slice(1)} ${made.id} ${entry ? "changed" : "created"}`);
      await client.invalidateQueries({ queryKey: ["entries"] });
      onClose();
    },
  });
  function submit(event: FormEvent) {
    event.preventDefault();
    if (!save.isPending) save.mutate();
  }
  return (
    <Dialog
      title={entry ? `Change ${entry.id}` : `New ${one}`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button type="submit" form={form} kind="primary" disabled={save.isPending}>
            {entry ? `Save ${one}` : `Create ${one}`}
          </Button>
        </>
      }
    >
      <form id={form} className={styles.fields} onSubmit={submit}>
        {!entry && (
          <TextField
            label="Id"
            required
            autoComplete="off"
            pattern={idPattern}
            placeholder={example}
            hint="Letters, digits and _ @ . + -. It cannot be changed later."
            value={draft.id}
            onChange={(event) => change({ id: event.target.value })}
          />
        )}
        <TextField
          label="Name"
          maxLength={256}
          hint="As people read it; empty: the id."
          value={draft.name}
          onChange={(event) => change({ name: event.target.value })}
        />
        {isRule ? (
          <>
            <TextField
              label="Claim"
              required
              maxLength={256}
              placeholder="department"
              value={draft.claimName ?? ""}
              onChange={(event) => change({ claimName: event.target.value })}
            />
            <TextField
              label="Value"
              required
              maxLength={1024}
              placeholder="finance"
              hint="A token fits when the claim is this value, or a list with it."
              value={draft.claimValue ?? ""}
              onChange={(event) => change({ claimValue: event.target.value })}
            />
          </>
        ) : (
          <TextField
            label="Description"
            maxLength={2000}
            value={draft.description ?? ""}
            onChange={(event) => change({ description: event.target.value })}
          />
        )}
      </form>
      {save.error && <ProblemNotice error={save.error} />}
    </Dialog>
  );
}
