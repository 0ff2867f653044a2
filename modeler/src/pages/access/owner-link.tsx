/** Who holds a permission, with the way to its page. Programs of an identity provider may have no account here. */
import { Link } from "wouter";
import type { Authorization } from "../../api/authorizations.ts";
import styles from "./access.module.css";
import { ownerText } from "./authorization-words.ts";
import { accountHref, entryHref, tabHref } from "./kinds.ts";

export function OwnerLink({ owner }: { readonly owner: Pick<Authorization, "ownerType" | "ownerId"> }) {
  return (
    <span className={styles.names}>
      <Link href={hrefOf(owner)}>{ownerText(owner)}</Link>
    </span>
  );
}

function hrefOf({ ownerType, ownerId }: Pick<Authorization, "ownerType" | "ownerId">): string {
  if (ownerType === "GROUP") return entryHref("group", ownerId);
  if (ownerType === "ROLE") return entryHref("role", ownerId);
  if (ownerType === "MAPPING_RULE") return tabHref("mappingRule");
  return accountHref(ownerId);
}
