/** One account: what it belongs to, and "what may this person do?", with where each permission comes from. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation, useParams } from "wouter";
import { type Account, changeAccount, deleteAccount, listAccounts } from "../../api/accounts.ts";
import { type AccountMembership, listMemberships } from "../../api/directory.ts";
import { Page } from "../../app/page.tsx";
import { ConfirmDialog } from "../../parts/confirm-dialog.tsx";
import { Button, ButtonLink } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { Facts } from "../../ui/facts.tsx";
import { Empty, ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { sentence } from "../../ui/states.ts";
import { useToast } from "../../ui/toast.tsx";
import { AccountDialog } from "./account-dialog.tsx";
import { EffectivePermissions } from "./effective-permissions.tsx";
import { MembershipList } from "./membership-list.tsx";
import { OwnerAuthorizations } from "./owner-authorizations.tsx";
import { TokensDialog } from "./tokens-dialog.tsx";

const trail = [{ href: "/access", text: "Access" }];

export function AccountPage() {
  const { accountId = "" } = useParams<{ accountId: string }>();
  const accounts = useQuery({ queryKey: ["accounts"], queryFn: ({ signal }) => listAccounts(signal) });
  const memberships = useQuery({
    queryKey: ["accounts", accountId, "memberships"],
    queryFn: ({ signal }) => listMemberships(accountId, signal),
    enabled: accounts.data?.some((account) => account.accountId === accountId) ?? false,
  });
  const account = accounts.data?.find((one) => one.accountId === accountId);
  const error = accounts.error ?? memberships.error;
  if (error || (accounts.data && !account)) {
    return (
      <Page title={accountId} trail={trail}>
        {error ? (
          <ProblemNotice error={error} retry={() => void accounts.refetch()} />
        ) : (
          <Empty title="No such account" actions={<ButtonLink href="/access">Go to accounts</ButtonLink>}>
            Nobody has the account {accountId}. It may have been deleted.
          </Empty>
        )}
      </Page>
    );
  }
  if (!account || !memberships.data) return <Skeleton lines={8} />;
  return <AccountDetail account={account} memberships={memberships.data} />;
}

type Asking = "change" | "tokens" | "delete" | null;

function AccountDetail({
  account,
  memberships,
}: {
  readonly account: Account;
  readonly memberships: readonly AccountMembership[];
}) {
  const { accountId } = account;
  const client = useQueryClient();
  const toast = useToast();
  const [, go] = useLocation();
  const [asking, setAsking] = useState<Asking>(null);
  const close = () => setAsking(null);
  const toggle = useMutation({
    mutationFn: () => changeAccount(accountId, { disabled: !account.disabled }),
    onSettled: () => client.invalidateQueries({ queryKey: ["accounts"] }),
  });
  const ownerType = account.kind === "human" ? "USER" : "CLIENT";
  return (
    <Page
      title={accountId}
      trail={trail}
      chips={account.disabled ? <Chip>Disabled</Chip> : <Chip tone="ok">Enabled</Chip>}
      actions={
        <>
          <Button onClick={() => setAsking("change")}>Change account</Button>
          <Button onClick={() => setAsking("tokens")}>API tokens</Button>
          <Button disabled={toggle.isPending} onClick={() => toggle.mutate()}>
            {account.disabled ? "Enable account" : "Disable account"}
          </Button>
          <Button kind="danger" onClick={() => setAsking("delete")}>
            Delete account
          </Button>
        </>
      }
    >
      {toggle.error && <ProblemNotice error={toggle.error} />}
      <Panel title="Account">
        <Facts
          items={[
            ["Name", account.displayName ?? "–"],
            ["Kind", account.kind === "human" ? "Person" : sentence(account.kind)],
            ["Groups", <MembershipList key="groups" kind="group" memberships={memberships} />],
            ["Roles", <MembershipList key="roles" kind="role" memberships={memberships} />],
            ["Tenants", <MembershipList key="tenants" kind="tenant" memberships={memberships} />],
          ]}
        />
      </Panel>
      <EffectivePermissions account={account} memberships={memberships} />
      <OwnerAuthorizations owner={{ ownerType, ownerId: accountId }} title={`Given to ${accountId} alone`} />
      {asking === "change" && <AccountDialog account={account} onClose={close} />}
      {asking === "tokens" && <TokensDialog accountId={accountId} onClose={close} />}
      {asking === "delete" && (
        <ConfirmDialog
          title={`Delete ${accountId}?`}
          verb="Delete account"
          act={() => deleteAccount(accountId)}
          onDone={() => {
            toast(`Account ${accountId} deleted`);
            void client.invalidateQueries({ queryKey: ["accounts"] });
            go("/access");
          }}
          onClose={close}
        >
          <p>Its sessions and API tokens end at once, its permissions go with it. What it did stays in the records.</p>
        </ConfirmDialog>
      )}
    </Page>
  );
}
