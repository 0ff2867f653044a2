/** Who may use this server: people, services and agents, their roles, groups and API tokens. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { UserPlus } from "lucide-react";
import { useState } from "react";
import { type Account, changeAccount, listAccounts } from "../../api/accounts.ts";
import { Page } from "../../app/page.tsx";
import { Button } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { Empty, ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { sentence } from "../../ui/states.ts";
import { type Column, Table } from "../../ui/table.tsx";
import { AccountDialog } from "./account-dialog.tsx";
import styles from "./accounts-page.module.css";
import { TokensDialog } from "./tokens-dialog.tsx";

type Asking =
  | { readonly kind: "new" }
  | { readonly kind: "change" | "tokens"; readonly account: Account }
  | { readonly kind: "nothing" };

export function AccountsPage() {
  const client = useQueryClient();
  const [asking, setAsking] = useState<Asking>({ kind: "nothing" });
  const close = () => setAsking({ kind: "nothing" });
  const accounts = useQuery({ queryKey: ["accounts"], queryFn: ({ signal }) => listAccounts(signal) });
  const toggle = useMutation({
    mutationFn: (account: Account) => changeAccount(account.accountId, { disabled: !account.disabled }),
    onSettled: () => client.invalidateQueries({ queryKey: ["accounts"] }),
  });
  const columns: readonly Column<Account>[] = [
    { title: "Account", cell: (row) => <strong>{row.accountId}</strong> },
    { title: "Name", cell: (row) => row.displayName ?? "–" },
    { title: "Kind", cell: (row) => sentence(row.kind) },
    { title: "Roles", cell: (row) => row.roles.map(sentence).join(", ") || "none" },
    { title: "Groups", cell: (row) => row.groups.join(", ") || "none" },
    { title: "Tenants", cell: (row) => row.tenants.join(", ") || "none" },
    { title: "State", cell: (row) => (row.disabled ? <Chip>Disabled</Chip> : <Chip tone="ok">Enabled</Chip>) },
    {
      title: "Actions",
      number: true,
      cell: (row) => (
        <div className={styles.actions}>
          <Button small onClick={() => setAsking({ kind: "change", account: row })}>
            Change account
          </Button>
          <Button small onClick={() => setAsking({ kind: "tokens", account: row })}>
            API tokens
          </Button>
          <Button small disabled={toggle.isPending} onClick={() => toggle.mutate(row)}>
            {row.disabled ? "Enable account" : "Disable account"}
          </Button>
        </div>
      ),
    },
  ];
  return (
    <Page
      title="Accounts"
      actions={
        <Button kind="primary" onClick={() => setAsking({ kind: "new" })}>
          <UserPlus size={14} aria-hidden="true" /> New account
        </Button>
      }
    >
      {accounts.error && <ProblemNotice error={accounts.error} retry={() => void accounts.refetch()} />}
      {toggle.error && <ProblemNotice error={toggle.error} />}
      {accounts.isPending && <Skeleton />}
      {accounts.data && (
        <Panel title="People, services and agents" flush>
          {accounts.data.length === 0 ? (
            <Empty title="No accounts yet">
              They are needed once the server runs with authentication (AUTHENTICATION=basic, token or oidc).
            </Empty>
          ) : (
            <Table caption="Accounts" columns={columns} rows={accounts.data} rowKey={(row) => row.accountId} />
          )}
        </Panel>
      )}
      {asking.kind === "new" && <AccountDialog account={null} onClose={close} />}
      {asking.kind === "change" && <AccountDialog account={asking.account} onClose={close} />}
      {asking.kind === "tokens" && <TokensDialog accountId={asking.account.accountId} onClose={close} />}
    </Page>
  );
}
