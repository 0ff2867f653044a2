/** One group, role or tenant: who belongs to it and what it permits. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation, useParams } from "wouter";
import { type Entry, getEntry, listMembers, listRolePermissions, type OwnerKind } from "../../api/directory.ts";
import { Page } from "../../app/page.tsx";
import { Button } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { Facts } from "../../ui/facts.tsx";
import { ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { sentence } from "../../ui/states.ts";
import { DeleteEntry } from "./entries-panel.tsx";
import { EntryDialog } from "./entry-dialog.tsx";
import { kindWords, tabHref } from "./kinds.ts";
import { MembersPanel } from "./members-panel.tsx";
import { MembershipList } from "./membership-list.tsx";
import { OwnerAuthorizations } from "./owner-authorizations.tsx";
import { permissionAreas } from "./permission-words.ts";

export function GroupPage() {
  return <EntryPage kind="group" />;
}
export function RolePage() {
  return <EntryPage kind="role" />;
}
export function TenantPage() {
  return <EntryPage kind="tenant" />;
}

function EntryPage({ kind }: { readonly kind: OwnerKind }) {
  const { id = "" } = useParams<{ id: string }>();
  const trail = [
    { href: "/access", text: "Access" },
    { href: tabHref(kind), text: sentence(kindWords[kind].many) },
  ];
  const entry = useQuery({ queryKey: ["entries", kind, id], queryFn: ({ signal }) => getEntry(kind, id, signal) });
  const permitted = useQuery({
    queryKey: ["role-permissions"],
    queryFn: ({ signal }) => listRolePermissions(signal),
    enabled: kind === "role",
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (entry.error) {
    return (
      <Page title={id} trail={trail}>
        <ProblemNotice error={entry.error} retry={() => void entry.refetch()} />
      </Page>
    );
  }
  if (!entry.data || (kind === "role" && permitted.isPending)) return <Skeleton lines={8} />;
  const role = permitted.data?.find(({ roleId }) => roleId === id);
  return (
    <EntryDetail
      key={id}
      kind={kind}
      entry={entry.data}
      trail={trail}
      // Known by the id: the product's own ones cannot be changed.
      isBuiltIn={role !== undefined || (kind === "tenant" && id === "<default>")}
      permissions={role?.permissions ?? []}
    />
  );
}

interface DetailProps {
  readonly kind: OwnerKind;
  readonly entry: Entry;
  readonly trail: readonly { readonly href: string; readonly text: string }[];
  readonly isBuiltIn: boolean;
  readonly permissions: readonly string[];
}

function EntryDetail({ kind, entry, trail, isBuiltIn, permissions }: DetailProps) {
  const [, go] = useLocation();
  const [asking, setAsking] = useState<"change" | "delete" | null>(null);
  const close = () => setAsking(null);
  const { one } = kindWords[kind];
  return (
    <Page
      title={entry.id}
      trail={trail}
      chips={isBuiltIn && <Chip>Built in</Chip>}
      actions={
        !isBuiltIn && (
          <>
            <Button onClick={() => setAsking("change")}>Change {one}</Button>
            <Button kind="danger" onClick={() => setAsking("delete")}>
              Delete {one}
            </Button>
          </>
        )
      }
    >
      <Panel title={sentence(one)}>
        <Facts
          items={[
            ["Name", entry.name],
            ["Description", entry.description ?? "–"],
            ...(kind === "group" ? ([["Roles", <GroupRoles key="roles" id={entry.id} />]] as const) : []),
          ]}
        />
      </Panel>
      <MembersPanel kind={kind} id={entry.id} />
      {permissions.length > 0 && <RolePanel permissions={permissions} />}
      {kind !== "tenant" && (
        <OwnerAuthorizations
          owner={{ ownerType: kind === "group" ? "GROUP" : "ROLE", ownerId: entry.id }}
          title="Permissions on single resources"
        />
      )}
      {asking === "change" && <EntryDialog kind={kind} entry={entry} onClose={close} />}
      {asking === "delete" && (
        <DeleteEntry kind={kind} entry={entry} onDone={() => go(tabHref(kind))} onClose={close} />
      )}
    </Page>
  );
}

/** What everybody in the group has as a role; they are given on the role's page. */
function GroupRoles({ id }: { readonly id: string }) {
  const roles = useQuery({
    queryKey: ["members", "group", id, "role"],
    queryFn: ({ signal }) => listMembers("group", id, "role", signal),
  });
  if (roles.error) return <ProblemNotice error={roles.error} />;
  if (!roles.data) return <>…</>;
  return <MembershipList kind="role" memberships={roles.data.map((role) => ({ kind: "role", id: role, via: null }))} />;
}

function RolePanel({ permissions }: { readonly permissions: readonly string[] }) {
  const areas = permissionAreas
    .map(({ title, words }) => [
      title,
      words.filter(([permission]) => permissions.includes(permission)).map(([, text]) => text),
    ])
    .filter((area): area is [string, string[]] => (area[1]?.length ?? 0) > 0);
  return (
    <Panel title="What it permits, for everything in one's tenants">
      <Facts items={areas.map(([title, texts]) => [title, texts.join("; ")])} />
    </Panel>
  );
}
