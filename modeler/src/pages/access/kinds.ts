/** The words and addresses of what stands beside accounts: groups, roles, tenants, mapping rules. */
import type { EntryKind, MemberKind, OwnerKind } from "../../api/directory.ts";

export interface KindWords {
  readonly one: string;
  readonly many: string;
  /** Of the tab on the page Access. */
  readonly tab: string;
  /** What it is for, in a sentence. */
  readonly purpose: string;
  /** In the field of a new one's id. */
  readonly example: string;
}

export const kindWords: Readonly<Record<EntryKind, KindWords>> = {
  group: {
    one: "group",
    many: "groups",
    tab: "groups",
    purpose: "Groups hold people and programs that work alike. Tasks and approvals are offered to groups.",
    example: "refund-approvers",
  },
  role: {
    one: "role",
    many: "roles",
    tab: "roles",
    purpose: "A role of your own permits what you give it on single processes, decisions and policies.",
    example: "refund-clerk",
  },
  tenant: {
    one: "tenant",
    many: "tenants",
    tab: "tenants",
    purpose: "Tenants keep whole organisations apart: what belongs to one does not exist for the others.",
    example: "north",
  },
  mappingRule: {
    one: "mapping rule",
    many: "mapping rules",
    tab: "mapping-rules",
    purpose:
      "A mapping rule stands for everybody whose token of the identity provider has a claim with a certain value.",
    example: "finance-department",
  },
};

export const memberWords: Readonly<Record<MemberKind, string>> = {
  user: "Person",
  client: "Program",
  group: "Group",
  role: "Role",
  mappingRule: "Mapping rule",
};

/** Who can belong to what. */
export const membersOf: Readonly<Record<OwnerKind, readonly MemberKind[]>> = {
  group: ["user", "client", "mappingRule"],
  role: ["user", "client", "group", "mappingRule"],
  tenant: ["user", "client", "group", "role", "mappingRule"],
};

export const tabHref = (kind: EntryKind): string => `/access?tab=${kindWords[kind].tab}`;
/** "/access/groups/support" */
export const entryHref = (kind: OwnerKind, id: string): string =>
  `/access/${kindWords[kind].tab}/${encodeURIComponent(id)}`;
export const accountHref = (accountId: string): string => `/access/accounts/${encodeURIComponent(accountId)}`;

/** What ids may consist of. */
export const idPattern = "[A-Za-z0-9_@.+\\-]{1,256}";
