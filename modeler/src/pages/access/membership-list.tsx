/** The groups, roles or tenants of an account, each with the group or role that brings it. */
import { Link } from "wouter";
import type { AccountMembership } from "../../api/directory.ts";
import styles from "./access.module.css";
import { entryHref } from "./kinds.ts";

export function MembershipList({
  kind,
  memberships,
}: {
  readonly kind: AccountMembership["kind"];
  readonly memberships: readonly AccountMembership[];
}) {
  const ways = waysTo(memberships, kind);
  if (ways.size === 0) return <>none</>;
  return (
    <ul className={styles.plain}>
      {[...ways].map(([id, vias]) => (
        <li key={id}>
          <Link href={entryHref(kind, id)}>{id}</Link>
          {vias.some((via) => via === null) ? "" : ` through ${vias.map(viaText).join(" and ")}`}
        </li>
      ))}
    </ul>
  );
}

/** Each id of that kind, with all ways in which the account comes to it. */
export function waysTo(
  memberships: readonly AccountMembership[],
  kind: AccountMembership["kind"],
): ReadonlyMap<string, readonly AccountMembership["via"][]> {
  const ways = new Map<string, AccountMembership["via"][]>();
  for (const membership of memberships)
    if (membership.kind === kind) ways.set(membership.id, [...(ways.get(membership.id) ?? []), membership.via]);
  return ways;
}

export function viaText(via: AccountMembership["via"]): string {
  return via === null ? "the account itself" : `${via.kind} ${via.id}`;
}
