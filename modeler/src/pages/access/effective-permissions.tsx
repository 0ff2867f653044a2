/** "What may this person do?": what roles permit for everything, and what was given on single resources, with sources. */
import { useQueries, useQuery } from "@tanstack/react-query";
import type { Account } from "../../api/accounts.ts";
import { type AuthorizationOwner, listAuthorizationsOf } from "../../api/authorizations.ts";
import { type AccountMembership, listRolePermissions, type RolePermissions } from "../../api/directory.ts";
import { Empty, ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { sentence } from "../../ui/states.ts";
import { type Column, Table } from "../../ui/table.tsx";
import styles from "./access.module.css";
import { ownerText, permissionWord, resourceText } from "./authorization-words.ts";
import { viaText, waysTo } from "./membership-list.tsx";
import { permissionAreas } from "./permission-words.ts";

/** One line of the answer. */
interface Line {
  readonly key: string;
  readonly on: string;
  readonly may: readonly string[];
  readonly because: readonly string[];
}

const columns: readonly Column<Line>[] = [
  { title: "On", cell: (row) => <span className={styles.names}>{row.on}</span> },
  { title: "May", cell: (row) => <span className={styles.words}>{row.may.join("; ")}</span> },
  { title: "Because of", cell: (row) => <span className={styles.names}>{row.because.join("; ")}</span> },
];

export function EffectivePermissions({
  account,
  memberships,
}: {
  readonly account: Account;
  readonly memberships: readonly AccountMembership[];
}) {
  const roles = waysTo(memberships, "role");
  const permitted = useQuery({
    queryKey: ["role-permissions"],
    queryFn: ({ signal }) => listRolePermissions(signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const owners = ownersOf(account, memberships);
  const given = useQueries({
    queries: owners.map(([ownerType, ownerId]) => ({
      queryKey: ["authorizations", "of", ownerType, ownerId],
      queryFn: ({ signal }: { readonly signal: AbortSignal }) => listAuthorizationsOf(ownerType, ownerId, signal),
    })),
  });
  const error = permitted.error ?? given.find((one) => one.error)?.error;
  const isPending = permitted.isPending || given.some((one) => one.isPending);
  const lines = isPending
    ? []
    : [
        ...roleLines(permitted.data ?? [], roles),
        ...given
          .flatMap(({ data }) => data ?? [])
          .map((authorization) => ({
            key: authorization.authorizationKey,
            on: resourceText(authorization),
            may: authorization.permissionTypes.map((type) => permissionWord(authorization.resourceType, type)),
            because: [
              authorization.ownerType === "USER" || authorization.ownerType === "CLIENT"
                ? "given to this account"
                : `given to ${ownerText(authorization).replace(/^./, (first) => first.toLowerCase())}`,
            ],
          })),
      ];
  return (
    <Panel title={`What ${account.accountId} may do`} flush>
      {error && <ProblemNotice error={error} />}
      {!error && isPending && <Skeleton />}
      {!error && !isPending && lines.length === 0 && (
        <Empty title="Nothing">
          It can sign in and see nothing. Give it a role or a group by changing the account, or permissions on single
          processes, decisions and policies below.
        </Empty>
      )}
      {!error && lines.length > 0 && (
        <Table
          caption={`What ${account.accountId} may do`}
          columns={columns}
          rows={lines}
          rowKey={(row) => row.key}
          withoutLinks
        />
      )}
    </Panel>
  );
}

/** Under which names something can have been given to the account. */
function ownersOf(
  { accountId, kind }: Account,
  memberships: readonly AccountMembership[],
): readonly (readonly [AuthorizationOwner, string])[] {
  return [
    [kind === "human" ? "USER" : "CLIENT", accountId],
    ...[...waysTo(memberships, "group").keys()].map((id) => ["GROUP", id] as const),
    ...[...waysTo(memberships, "role").keys()].map((id) => ["ROLE", id] as const),
  ];
}

/** A line per area and set of sources, so that twenty permissions of one role are five lines. */
function roleLines(permitted: readonly RolePermissions[], roles: ReturnType<typeof waysTo>): readonly Line[] {
  const lines = new Map<string, { on: string; may: string[]; because: readonly string[] }>();
  for (const area of permissionAreas) {
    for (const [permission, may] of area.words) {
      const because = permitted
        .filter(({ roleId, permissions }) => roles.has(roleId) && permissions.includes(permission))
        .map(({ roleId }) => roleText(roleId, roles.get(roleId) ?? []));
      if (because.length === 0) continue;
      const key = JSON.stringify([area.title, because]);
      const line = lines.get(key) ?? { on: `${area.title}: everything`, may: [], because };
      line.may.push(may);
      lines.set(key, line);
    }
  }
  return [...lines].map(([key, line]) => ({ key, ...line }));
}

/** "role Operator", "role Viewer through group support" */
function roleText(roleId: string, ways: readonly AccountMembership["via"][]): string {
  const through = ways.every((via) => via !== null) ? ` through ${ways.map(viaText).join(" and ")}` : "";
  return `role ${sentence(roleId)}${through}`;
}
