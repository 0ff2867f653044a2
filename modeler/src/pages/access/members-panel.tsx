/** Who belongs to a group, role or tenant: people, programs, and what stands for many of them. */
import { useMutation, useQueries, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { Link } from "wouter";
import type { AuthorizationOwner } from "../../api/authorizations.ts";
import { addMember, listMembers, type MemberKind, type OwnerKind, removeMember } from "../../api/directory.ts";
import { Button } from "../../ui/button.tsx";
import { SelectField } from "../../ui/field.tsx";
import { Empty, ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import styles from "./access.module.css";
import { useOwnerChoices } from "./choices.ts";
import { accountHref, entryHref, kindWords, membersOf, memberWords, tabHref } from "./kinds.ts";
import { PickField } from "./pick-field.tsx";

interface Member {
  readonly kind: MemberKind;
  readonly id: string;
}

export function MembersPanel({ kind, id }: { readonly kind: OwnerKind; readonly id: string }) {
  const client = useQueryClient();
  const kinds = membersOf[kind];
  const found = useQueries({
    queries: kinds.map((member) => ({
      queryKey: ["members", kind, id, member],
      queryFn: ({ signal }: { readonly signal: AbortSignal }) => listMembers(kind, id, member, signal),
    })),
  });
  const again = () => {
    for (const about of ["members", "accounts"]) void client.invalidateQueries({ queryKey: [about] });
  };
  const remove = useMutation({
    mutationFn: (member: Member) => removeMember(kind, id, member.kind, member.id),
    onSettled: again,
  });
  const error = found.find((one) => one.error)?.error;
  const isPending = found.some((one) => one.isPending);
  const members = found.flatMap(({ data }, index) =>
    (data ?? []).map((memberId): Member => ({ kind: kinds[index] ?? "user", id: memberId })),
  );
  const columns: readonly Column<Member>[] = [
    {
      title: "Member",
      cell: (row) => (
        <span className={styles.names}>
          <Link href={hrefOf(row)}>{row.id}</Link>
        </span>
      ),
    },
    { title: "Kind", cell: (row) => memberWords[row.kind] },
    {
      title: "Actions",
      number: true,
      cell: (row) => (
        <Button small aria-label={`Remove ${row.id}`} disabled={remove.isPending} onClick={() => remove.mutate(row)}>
          Remove
        </Button>
      ),
    },
  ];
  return (
    <Panel title="Members" flush>
      {error && <ProblemNotice error={error} />}
      {remove.error && <ProblemNotice error={remove.error} />}
      {isPending && <Skeleton lines={2} />}
      {!isPending && !error && members.length === 0 && (
        <Empty title="Nobody yet">Nobody belongs to this {kindWords[kind].one}. Add somebody below.</Empty>
      )}
      {members.length > 0 && (
        <Table caption="Members" columns={columns} rows={members} rowKey={(row) => `${row.kind} ${row.id}`} />
      )}
      <AddMember kind={kind} id={id} members={members} onAdded={again} />
    </Panel>
  );
}

const ownerKinds: Readonly<Record<MemberKind, AuthorizationOwner>> = {
  user: "USER",
  client: "CLIENT",
  group: "GROUP",
  role: "ROLE",
  mappingRule: "MAPPING_RULE",
};

function AddMember({
  kind,
  id,
  members,
  onAdded,
}: {
  readonly kind: OwnerKind;
  readonly id: string;
  readonly members: readonly Member[];
  readonly onAdded: () => void;
}) {
  const [member, setMember] = useState<MemberKind>("user");
  const [memberId, setMemberId] = useState("");
  const choices = useOwnerChoices(ownerKinds[member]);
  const add = useMutation({
    mutationFn: () => addMember(kind, id, member, memberId),
    onSuccess: () => setMemberId(""),
    onSettled: onAdded,
  });
  const open = (choices.data ?? []).filter(
    ({ value }) => !members.some((one) => one.kind === member && one.id === value),
  );
  function submit(event: FormEvent) {
    event.preventDefault();
    if (memberId !== "" && !add.isPending) add.mutate();
  }
  return (
    <form onSubmit={submit}>
      <div className={styles.add}>
        <SelectField
          label="Kind of new member"
          value={member}
          onChange={(event) => {
            setMember(event.target.value as MemberKind);
            setMemberId("");
          }}
        >
          {membersOf[kind].map((one) => (
            <option key={one} value={one}>
              {memberWords[one]}
            </option>
          ))}
        </SelectField>
        <PickField
          key={`${member} ${members.length}`}
          label="New member"
          choices={open}
          {...(member === "client" ? { other: "Another program, by its client id" } : {})}
          value={memberId}
          onChange={setMemberId}
          placeholder={open.length === 0 && !choices.isPending ? "Nobody left to add" : "Choose"}
        />
        <Button type="submit" disabled={memberId === "" || add.isPending}>
          Add member
        </Button>
      </div>
      {(choices.error ?? add.error) && <ProblemNotice error={choices.error ?? add.error} />}
    </form>
  );
}

function hrefOf({ kind, id }: Member): string {
  if (kind === "user" || kind === "client") return accountHref(id);
  return kind === "mappingRule" ? tabHref(kind) : entryHref(kind, id);
}
