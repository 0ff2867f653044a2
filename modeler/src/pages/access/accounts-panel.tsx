/** The accounts of people, services and agents; each leads to what it may do. */
import { useQuery } from "@tanstack/react-query";
import { UserPlus } from "lucide-react";
import { useState } from "react";
import { type Account, listAccounts } from "../../api/accounts.ts";
import { Button } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { Empty, ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { sentence } from "../../ui/states.ts";
import { type Column, RowLink, Table } from "../../ui/table.tsx";
import styles from "./access.module.css";
import { AccountDialog } from "./account-dialog.tsx";
import { accountHref } from "./kinds.ts";

const names = (list: readonly string[], none = "none") => (
  <span className={styles.names}>{list.join(", ") || none}</span>
);

const columns: readonly Column<Account>[] = [
  {
    title: "Account",
    cell: (row) => (
      <span className={styles.names}>
        <RowLink href={accountHref(row.accountId)}>{row.accountId}</RowLink>
      </span>
    ),
  },
  { title: "Name", cell: (row) => <span className={styles.names}>{row.displayName ?? "–"}</span> },
  { title: "Kind", cell: (row) => (row.kind === "human" ? "Person" : sentence(row.kind)) },
  { title: "Roles", cell: (row) => names(row.roles.map(sentence)) },
  { title: "Groups", cell: (row) => names(row.groups) },
  { title: "Tenants", cell: (row) => names(row.tenants) },
  { title: "State", cell: (row) => (row.disabled ? <Chip>Disabled</Chip> : <Chip tone="ok">Enabled</Chip>) },
];

export function AccountsPanel() {
  const [creating, setCreating] = useState(false);
  const accounts = useQuery({ queryKey: ["accounts"], queryFn: ({ signal }) => listAccounts(signal) });
  return (
    <>
      <Panel
        title="People, services and agents"
        flush
        actions={
          <Button small kind="primary" onClick={() => setCreating(true)}>
            <UserPlus size={14} aria-hidden="true" /> New account
          </Button>
        }
      >
        {accounts.error && <ProblemNotice error={accounts.error} retry={() => void accounts.refetch()} />}
        {accounts.isPending && <Skeleton />}
        {accounts.data?.length === 0 && (
          <Empty title="No accounts yet">
            They are needed once the server runs with authentication (AUTHENTICATION=basic, token or oidc).
          </Empty>
        )}
        {accounts.data && accounts.data.length > 0 && (
          <Table caption="Accounts" columns={columns} rows={accounts.data} rowKey={(row) => row.accountId} />
        )}
      </Panel>
      {creating && <AccountDialog account={null} onClose={() => setCreating(false)} />}
    </>
  );
}
