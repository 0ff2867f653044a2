/** The API tokens of one account. A new token's secret is shown once. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type ApiToken, createToken, listTokens, revokeToken } from "../../api/accounts.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { SelectField, TextField } from "../../ui/field.tsx";
import { Empty, ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import styles from "./access.module.css";

const lifetimes: readonly (readonly [string, number | null])[] = [
  ["30 days", 30],
  ["90 days", 90],
  ["One year", 365],
  ["No end", null],
];

export function TokensDialog({ accountId, onClose }: { readonly accountId: string; readonly onClose: () => void }) {
  const client = useQueryClient();
  const key = ["accounts", accountId, "tokens"];
  const [name, setName] = useState("");
  const [lifetime, setLifetime] = useState(0);
  const tokens = useQuery({ queryKey: key, queryFn: ({ signal }) => listTokens(accountId, signal) });
  const again = () => client.invalidateQueries({ queryKey: key });
  const create = useMutation({
    mutationFn: () => createToken(accountId, name.trim(), expiry(lifetimes[lifetime]?.[1] ?? null)),
    onSuccess: () => setName(""),
    onSettled: again,
  });
  const revoke = useMutation({
    mutationFn: (token: ApiToken) => revokeToken(accountId, token.tokenId),
    onSettled: again,
  });
  const columns: readonly Column<ApiToken>[] = [
    { title: "Token", cell: (row) => row.name },
    { title: "Created", cell: (row) => <Time at={row.createdAt} /> },
    { title: "Ends", cell: (row) => (row.expiresAt === null ? "never" : <Time at={row.expiresAt} />) },
    {
      title: "Actions",
      number: true,
      cell: (row) => (
        <Button small disabled={revoke.isPending} onClick={() => revoke.mutate(row)}>
          Revoke token
        </Button>
      ),
    },
  ];
  return (
    <Dialog title={`API tokens of ${accountId}`} onClose={onClose} actions={<Button onClick={onClose}>Close</Button>}>
      {tokens.isPending && <Skeleton lines={2} />}
      {tokens.data?.length === 0 && <Empty title="No tokens yet" />}
      {tokens.data && tokens.data.length > 0 && (
        <Table caption="API tokens" columns={columns} rows={tokens.data} rowKey={(row) => row.tokenId} />
      )}
      {create.data && (
        <p role="status" className={styles.secret}>
          Copy the token now, it is not shown again: <code>{create.data.secret}</code>
        </p>
      )}
      <div className={styles.form}>
        <TextField label="Name of a new token" value={name} onChange={(event) => setName(event.target.value)} />
        <SelectField label="Ends after" value={lifetime} onChange={(event) => setLifetime(Number(event.target.value))}>
          {lifetimes.map(([text], index) => (
            <option key={text} value={index}>
              {text}
            </option>
          ))}
        </SelectField>
        <Button kind="primary" disabled={create.isPending || name.trim() === ""} onClick={() => create.mutate()}>
          Create token
        </Button>
      </div>
      {(tokens.error ?? create.error ?? revoke.error) && (
        <ProblemNotice error={tokens.error ?? create.error ?? revoke.error} />
      )}
    </Dialog>
  );
}

function expiry(days: number | null): string | null {
  return days === null ? null : new Date(Date.now() + days * 86_400_000).toISOString();
}
