/**
 * What memberships add to a caller: a program is in groups, a group has roles and tenants, a token whose claim has the
 * value of a mapping rule is a member of what the rule is a member of; and what all of them are authorized to. Kept in
 * memory for a second: an assignment made on another node governs within that time, one made here at once.
 */
import type { Authorization, AuthorizationStore } from "../../store/authorizations.ts";
import type { DirectoryEntry, DirectoryStore, EntryKind, Membership } from "../../store/directory.ts";
import { Problem } from "../http/problem.ts";
import type { Authenticator } from "./authenticator.ts";
import type { Caller } from "./caller.ts";
import { permissionsOf, roleNames } from "./permissions.ts";

const rememberedMs = 1_000;

const builtIn = (kind: EntryKind, id: string, name: string): DirectoryEntry => ({
  kind,
  id,
  name,
  description: "Always there.",
  claimName: null,
  claimValue: null,
});

export const builtInEntries: readonly DirectoryEntry[] = [
  ...roleNames.map((role) => builtIn("role", role, role)),
  builtIn("tenant", "<default>", "Default"),
];

interface GivenAuthorizations {
  /** They are read again when it is another one. */
  readonly revision: string;
  /** By type and id of their owner: "GROUP clerks". */
  readonly byOwner: ReadonlyMap<string, readonly Authorization[]>;
}

interface Snapshot {
  readonly members: ReadonlyMap<string, readonly Membership[]>;
  readonly rules: readonly DirectoryEntry[];
  readonly authorizations: GivenAuthorizations["byOwner"];
  /** Accounts of this server that own authorizations: a stranger of the same name does not have them. */
  readonly accounts: ReadonlySet<string>;
}

export class Directory {
  readonly store: DirectoryStore;
  readonly authorizations: AuthorizationStore;
  #given: GivenAuthorizations = { revision: "", byOwner: new Map() };
  #snapshot: Promise<Snapshot> | null = null;
  #until = 0;

  constructor(store: DirectoryStore, authorizations: AuthorizationStore) {
    this.store = store;
    this.authorizations = authorizations;
  }

  /** A membership or an authorization was changed by this node. */
  changed(): void {
    this.#until = 0;
  }

  /** The caller with everything that its memberships give it. */
  async extend(caller: Caller): Promise<Caller> {
    const snapshot = await this.#read();
    const { members, authorizations } = snapshot;
    if (members.size === 0 && authorizations.size === 0) return caller;
    const groups = new Set(caller.groups);
    const roles = new Set(caller.roles);
    const tenants = new Set(caller.tenantIds);
    const takeAll = (memberKind: string, memberId: string): void => {
      for (const { kind, id } of members.get(`${memberKind} ${memberId}`) ?? []) {
        if (kind === "group") groups.add(id);
        else if (kind === "role") roles.add(id);
        else tenants.add(id);
      }
    };
    if (caller.type !== "human") takeAll("client", caller.id);
    const rules = snapshot.rules.filter((rule) => fits(caller.claims ?? {}, rule)).map(({ id }) => id);
    for (const rule of rules) takeAll("mappingRule", rule);
    for (const group of groups) takeAll("group", group);
    for (const role of roles) takeAll("role", role);
    const owned = ownedBy(snapshot, { caller, groups, roles, rules });
    const isSame =
      groups.size === caller.groups.length &&
      roles.size === caller.roles.length &&
      tenants.size === caller.tenantIds.length;
    if (isSame) return owned.length === 0 ? caller : { ...caller, authorizations: owned };
    return {
      ...caller,
      groups: [...groups],
      roles: [...roles],
      tenantIds: [...tenants],
      // A token made with some permissions is never more than these: memberships do not widen it.
      permissions: permissionsOf([...roles], caller.narrowedTo),
      ...(owned.length === 0 ? {} : { authorizations: owned }),
    };
  }

  #read(): Promise<Snapshot> {
    const now = Date.now();
    if (this.#snapshot === null || now >= this.#until) {
      this.#until = now + rememberedMs;
      const asked = this.#load();
      this.#snapshot = asked;
      asked.catch(() => {
        if (this.#snapshot === asked) this.#snapshot = null;
      });
    }
    return this.#snapshot;
  }

  async #load(): Promise<Snapshot> {
    const [memberships, rules, authorizations] = await Promise.all([
      this.store.memberships(),
      this.store.list("mappingRule"),
      this.#loadGiven(),
    ]);
    return {
      members: groupedBy(memberships, ({ memberKind, memberId }) => `${memberKind} ${memberId}`),
      rules,
      authorizations,
      accounts: authorizations.size === 0 ? new Set() : await this.authorizations.owningAccounts(),
    };
  }

  async #loadGiven(): Promise<GivenAuthorizations["byOwner"]> {
    const revision = await this.authorizations.revision();
    if (revision !== this.#given.revision) {
      const all = await this.authorizations.all();
      this.#given = { revision, byOwner: groupedBy(all, ({ ownerType, ownerId }) => `${ownerType} ${ownerId}`) };
    }
    return this.#given.byOwner;
  }
}

function groupedBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): ReadonlyMap<string, readonly Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

interface Belonging {
  readonly caller: Caller;
  readonly groups: ReadonlySet<string>;
  readonly roles: ReadonlySet<string>;
  readonly rules: readonly string[];
}

/** What the caller, its groups, its roles and the mapping rules that its token fits are authorized to. */
function ownedBy({ authorizations, accounts }: Snapshot, { caller, groups, roles, rules }: Belonging): Authorization[] {
  if (authorizations.size === 0) return [];
  const isSomebodyElse = caller.isForeign === true && accounts.has(caller.id);
  const owners = [
    ...(isSomebodyElse ? [] : [`${caller.type === "human" ? "USER" : "CLIENT"} ${caller.id}`]),
    ...[...groups].map((id) => `GROUP ${id}`),
    ...[...roles].map((id) => `ROLE ${id}`),
    ...rules.map((id) => `MAPPING_RULE ${id}`),
  ];
  return owners.flatMap((owner) => authorizations.get(owner) ?? []);
}

function fits(claims: Readonly<Record<string, unknown>>, { claimName, claimValue }: DirectoryEntry): boolean {
  if (claimName === null || claimValue === null || !Object.hasOwn(claims, claimName)) return false;
  const value = claims[claimName];
  return Array.isArray(value) ? value.some((one) => String(one) === claimValue) : String(value) === claimValue;
}

/** Whoever signs in, with what its memberships give. Where nobody does, everybody is the administrator already. */
export function withMemberships(authenticator: Authenticator, directory: Directory): Authenticator {
  return {
    async authenticate(request) {
      const caller = await authenticator.authenticate(request);
      if (caller instanceof Problem || caller.method === "none") return caller;
      return directory.extend(caller);
    },
  };
}
