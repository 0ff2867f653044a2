/** The groups, tenants, mapping rules or own roles of the installation. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { deleteEntry, type Entry, type EntryKind, listEntries } from "../../api/directory.ts";
import { ConfirmDialog } from "../../parts/confirm-dialog.tsx";
import { Button } from "../../ui/button.tsx";
import { Empty, ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { sentence } from "../../ui/states.ts";
import { type Column, RowLink, Table } from "../../ui/table.tsx";
import { useToast } from "../../ui/toast.tsx";
import styles from "./access.module.css";
import { AuthorizationDialog } from "./authorization-dialog.tsx";
import { EntryDialog } from "./entry-dialog.tsx";
import { entryHref, kindWords } from "./kinds.ts";

type Asking =
  | { readonly what: "new" }
  | { readonly what: "change" | "delete" | "permit"; readonly entry: Entry }
  | null;

export function EntriesPanel({
  kind,
  except = [],
}: {
  readonly kind: EntryKind;
  /** Ids that are shown elsewhere. */
  readonly except?: readonly string[];
}) {
  const [asking, setAsking] = useState<Asking>(null);
  const entries = useQuery({ queryKey: ["entries", kind], queryFn: ({ signal }) => listEntries(kind, signal) });
  const { one, many, purpose } = kindWords[kind];
  const shown = entries.data?.filter(({ id }) => !except.includes(id));
  const title = except.length === 0 ? sentence(many) : `Your own ${many}`;
  const close = () => setAsking(null);
  return (
    <>
      <Panel
        title={title}
        flush
        actions={
          <Button small kind="primary" onClick={() => setAsking({ what: "new" })}>
            New {one}
          </Button>
        }
      >
        {entries.error && <ProblemNotice error={entries.error} retry={() => void entries.refetch()} />}
        {entries.isPending && <Skeleton />}
        {shown?.length === 0 && (
          <Empty title={except.length === 0 ? `No ${many} yet` : `No ${many} of your own yet`}>{purpose}</Empty>
        )}
        {shown && shown.length > 0 && (
          <>
            <p className={styles.note}>{purpose}</p>
            <Table
              caption={title}
              columns={kind === "mappingRule" ? ruleColumns(setAsking) : memberColumns(kind)}
              rows={shown}
              rowKey={(row) => row.id}
            />
          </>
        )}
      </Panel>
      {asking?.what === "new" && <EntryDialog kind={kind} entry={null} onClose={close} />}
      {asking?.what === "change" && <EntryDialog kind={kind} entry={asking.entry} onClose={close} />}
      {asking?.what === "permit" && (
        <AuthorizationDialog
          authorization={null}
          owner={{ ownerType: "MAPPING_RULE", ownerId: asking.entry.id }}
          onClose={close}
        />
      )}
      {asking?.what === "delete" && <DeleteEntry kind={kind} entry={asking.entry} onDone={close} onClose={close} />}
    </>
  );
}

export function memberColumns(kind: Exclude<EntryKind, "mappingRule">): readonly Column<Entry>[] {
  const word = kindWords[kind].one;
  return [
    {
      title: word.charAt(0).toUpperCase() + word.slice(1),
      cell: (row) => (
        <span className={styles.names}>
          <RowLink href={entryHref(kind, row.id)}>{row.id}</RowLink>
        </span>
      ),
    },
    { title: "Name", cell: (row) => <span className={styles.names}>{row.name}</span> },
    { title: "Description", cell: (row) => <span className={styles.names}>{row.description ?? "–"}</span> },
  ];
}

function ruleColumns(ask: (asking: Asking) => void): readonly Column<Entry>[] {
  return [
    { title: "Mapping rule", cell: (row) => <strong className={styles.names}>{row.id}</strong> },
    { title: "Name", cell: (row) => <span className={styles.names}>{row.name}</span> },
    {
      title: "Fits tokens with",
      cell: (row) => (
        <code className={styles.names}>
          {row.claimName} = {row.claimValue}
        </code>
      ),
    },
    {
      title: "Actions",
      number: true,
      cell: (row) => (
        <div className={styles.actions}>
          <Button small onClick={() => ask({ what: "permit", entry: row })}>
            Give permission
          </Button>
          <Button small aria-label={`Change ${row.id}`} onClick={() => ask({ what: "change", entry: row })}>
            Change
          </Button>
          <Button small aria-label={`Delete ${row.id}`} onClick={() => ask({ what: "delete", entry: row })}>
            Delete
          </Button>
        </div>
      ),
    },
  ];
}

/** Asks, then deletes. */
export function DeleteEntry({
  kind,
  entry,
  onDone,
  onClose,
}: {
  readonly kind: EntryKind;
  readonly entry: Entry;
  readonly onDone: () => void;
  readonly onClose: () => void;
}) {
  const client = useQueryClient();
  const toast = useToast();
  const { one } = kindWords[kind];
  return (
    <ConfirmDialog
      title={`Delete ${entry.id}?`}
      verb={`Delete ${one}`}
      act={() => deleteEntry(kind, entry.id)}
      onDone={() => {
        toast(`${one.charAt(0).toUpperCase()}${one.slice(1)} ${entry.id} deleted`);
        for (const about of ["entries", "accounts", "members", "authorizations"])
          void client.invalidateQueries({ queryKey: [about] });
        onDone();
      }}
      onClose={onClose}
    >
      <p>
        {kind === "tenant"
          ? "Its members no longer see what belongs to it. The things themselves stay, and nobody is in charge of them."
          : `Whoever belongs to it loses what it gives, at once. Permissions that were given to the ${one} go with it.`}
      </p>
    </ConfirmDialog>
  );
}
