/** Making an account, or changing one. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Account, type AccountKind, changeAccount, createAccount } from "../../api/accounts.ts";
import { listEntries } from "../../api/directory.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { SelectField, TextField } from "../../ui/field.tsx";
import { ProblemNotice } from "../../ui/notice.tsx";
import { sentence } from "../../ui/states.ts";
import { useToast } from "../../ui/toast.tsx";
import styles from "./access.module.css";

export function AccountDialog({
  account,
  onClose,
}: {
  readonly account: Account | null;
  readonly onClose: () => void;
}) {
  const client = useQueryClient();
  const toast = useToast();
  const [accountId, setAccountId] = useState(account?.accountId ?? "");
  const [kind, setKind] = useState<AccountKind>(account?.kind ?? "human");
  const [displayName, setDisplayName] = useState(account?.displayName ?? "");
  const [password, setPassword] = useState("");
  const [groups, setGroups] = useState(account?.groups.join(", ") ?? "");
  const [tenants, setTenants] = useState(account?.tenants.join(", ") ?? "<default>");
  const [chosen, setChosen] = useState<readonly string[]>(account?.roles ?? []);
  const roles = useQuery({ queryKey: ["entries", "role"], queryFn: ({ signal }) => listEntries("role", signal) });
  const save = useMutation({
    mutationFn: () => {
      const content = {
        displayName: displayName.trim() || null,
        roles: chosen,
        groups: list(groups),
        tenants: list(tenants),
        ...(password === "" ? {} : { password }),
      };
      return account ? changeAccount(account.accountId, content) : createAccount(accountId.trim(), kind, content);
    },
    onSuccess: async (saved) => {
      toast(account ? `Account ${saved.accountId} changed` : `Account ${saved.accountId} created`);
      await client.invalidateQueries({ queryKey: ["accounts"] });
      onClose();
    },
  });
  return (
    <Dialog
      title={account ? `Change ${account.accountId}` : "New account"}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button kind="primary" disabled={save.isPending || accountId.trim() === ""} onClick={() => save.mutate()}>
            {account ? "Save account" : "Create account"}
          </Button>
        </>
      }
    >
      {!account && (
        <>
          <TextField
            label="Sign-in name"
            autoComplete="off"
            value={accountId}
            onChange={(event) => setAccountId(event.target.value)}
          />
          <SelectField label="Kind" value={kind} onChange={(event) => setKind(event.target.value as AccountKind)}>
            <option value="human">Person</option>
            <option value="service">Service</option>
            <option value="agent">Agent</option>
          </SelectField>
        </>
      )}
      <TextField label="Full name" value={displayName} onChange={(event) => setDisplayName(event.target.value)} />
      <TextField
        label={account ? "New password (empty: keep)" : "Password"}
        type="password"
        autoComplete="new-password"
        hint="At least twelve characters. Leave it empty for accounts that use tokens only."
        value={password}
        onChange={(event) => setPassword(event.target.value)}
      />
      <fieldset className={styles.choices}>
        <legend>Roles</legend>
        {roles.data?.map(({ id, name }) => (
          <label key={id} title={id}>
            <input
              type="checkbox"
              checked={chosen.includes(id)}
              onChange={(event) =>
                setChosen(event.target.checked ? [...chosen, id] : chosen.filter((other) => other !== id))
              }
            />
            <span>{name === id ? sentence(id) : name}</span>
          </label>
        ))}
      </fieldset>
      <TextField
        label="Groups"
        hint="Separated by commas; tasks and approvals are offered to groups."
        value={groups}
        onChange={(event) => setGroups(event.target.value)}
      />
      <TextField label="Tenants" value={tenants} onChange={(event) => setTenants(event.target.value)} />
      {(roles.error ?? save.error) && <ProblemNotice error={roles.error ?? save.error} />}
    </Dialog>
  );
}

function list(text: string): readonly string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}
