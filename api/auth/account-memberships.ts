/**
 * To which groups, roles and tenants an account belongs, and through what: the walk of `Directory.extend`, with the way
 * kept. What a mapping rule adds is not told: it depends on the token that a program comes with.
 */
import type { Account } from "../../store/accounts.ts";
import type { Membership } from "../../store/directory.ts";

export interface AccountMembership {
  readonly kind: Membership["kind"];
  readonly id: string;
  /** The group or role that brings it; null where the account itself belongs to it. */
  readonly via: { readonly kind: Membership["kind"]; readonly id: string } | null;
}

/** One entry per way: a role that an account has itself and by a group stands twice. */
export function membershipsOf(account: Account, memberships: readonly Membership[]): readonly AccountMembership[] {
  const found: AccountMembership[] = [];
  const seen = new Set<string>();
  const take = (kind: Membership["kind"], id: string, via: AccountMembership["via"]): void => {
    const way = JSON.stringify([kind, id, via]);
    if (seen.has(way)) return;
    seen.add(way);
    found.push({ kind, id, via });
  };
  for (const id of account.groups) take("group", id, null);
  for (const id of account.roles) take("role", id, null);
  for (const id of account.tenants) take("tenant", id, null);
  if (account.kind !== "human")
    for (const { kind, id, memberKind, memberId } of memberships)
      if (memberKind === "client" && memberId === account.accountId) take(kind, id, null);
  // Groups first: the roles that they bring have tenants too. Neither can have a group as what it brings.
  for (const memberKind of ["group", "role"] as const) {
    const own = new Set(found.filter(({ kind }) => kind === memberKind).map(({ id }) => id));
    for (const { kind, id, memberKind: of, memberId } of memberships)
      if (of === memberKind && own.has(memberId)) take(kind, id, { kind: memberKind, id: memberId });
  }
  return found;
}
