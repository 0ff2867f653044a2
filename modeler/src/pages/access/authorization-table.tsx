/** A list of permissions on single resources; each can be changed or taken back. */
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Authorization, deleteAuthorization } from "../../api/authorizations.ts";
import { ConfirmDialog } from "../../parts/confirm-dialog.tsx";
import { Button } from "../../ui/button.tsx";
import { Facts } from "../../ui/facts.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { useToast } from "../../ui/toast.tsx";
import styles from "./access.module.css";
import { AuthorizationDialog } from "./authorization-dialog.tsx";
import { ownerText, permissionWord, resourceText } from "./authorization-words.ts";
import { OwnerLink } from "./owner-link.tsx";

interface Asking {
  readonly what: "change" | "take";
  readonly row: Authorization;
}

export function AuthorizationTable({
  caption,
  rows,
  withOwner,
}: {
  readonly caption: string;
  readonly rows: readonly Authorization[];
  readonly withOwner: boolean;
}) {
  const client = useQueryClient();
  const toast = useToast();
  const [asking, setAsking] = useState<Asking | null>(null);
  const close = () => setAsking(null);
  const columns: readonly Column<Authorization>[] = [
    ...(withOwner ? [{ title: "Who", cell: (row: Authorization) => <OwnerLink owner={row} /> }] : []),
    { title: "On", cell: (row) => <span className={styles.names}>{resourceText(row)}</span> },
    { title: "May", cell: (row) => <span className={styles.words}>{mayText(row)}</span> },
    {
      title: "Actions",
      number: true,
      cell: (row) => (
        <div className={styles.actions}>
          <Button small aria-label={`Change: ${lineText(row)}`} onClick={() => setAsking({ what: "change", row })}>
            Change
          </Button>
          <Button small aria-label={`Take back: ${lineText(row)}`} onClick={() => setAsking({ what: "take", row })}>
            Take back
          </Button>
        </div>
      ),
    },
  ];
  return (
    <>
      <Table caption={caption} columns={columns} rows={rows} rowKey={(row) => row.authorizationKey} />
      {asking?.what === "change" && (
        <AuthorizationDialog authorization={asking.row} owner={asking.row} onClose={close} />
      )}
      {asking?.what === "take" && (
        <ConfirmDialog
          title="Take this permission back?"
          verb="Take back permission"
          act={() => deleteAuthorization(asking.row.authorizationKey)}
          onDone={() => {
            toast("Permission taken back");
            void client.invalidateQueries({ queryKey: ["authorizations"] });
            close();
          }}
          onClose={close}
        >
          <Facts
            items={[
              ["Who", ownerText(asking.row)],
              ["On", resourceText(asking.row)],
              ["May", mayText(asking.row)],
            ]}
          />
          <p>It ends at once, except for what a role or another permission gives as well.</p>
        </ConfirmDialog>
      )}
    </>
  );
}

function mayText({ resourceType, permissionTypes }: Authorization): string {
  return permissionTypes.map((type) => permissionWord(resourceType, type)).join("; ");
}

function lineText(row: Authorization): string {
  return `${ownerText(row)} on ${lowerFirst(resourceText(row))}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
