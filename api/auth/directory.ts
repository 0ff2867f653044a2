/**
 * What memberships add to a caller: a program is in groups, a group has roles and tenants, a token whose claim has the
 * value of a mapping rule is a member of what the rule is a member of. Kept in memory for a second: an assignment made on
 * another node governs within that time, one made here at once.
 */
import { decodeJwt } from "jose";
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

interface Snapshot {
  readonly members: ReadonlyMap<string, readonly Membership[]>;
  readonly rules: readonly DirectoryEntry[];
}

export class Directory {
  readonly store: DirectoryStore;
  #snapshot: Promise<Snapshot> | null = null;
  #until = 0;

  constructor(store: DirectoryStore) {
    this.store = store;
  }

  /** A membership was changed by this node. */
  changed(): void {
    this.#until = 0;
  }

  /** The caller with everything that its memberships give it. `authorization`: the header, for the claims of its token. */
  async extend(caller: Caller, authorization: string | undefined): Promise<Caller> {
    const { members, rules } = await this.#read();
    if (members.size === 0) return caller;
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
    const claims = caller.method === "jwt" ? claimsOf(authorization) : {};
    for (const rule of rules) if (fits(claims, rule)) takeAll("mappingRule", rule.id);
    for (const group of groups) takeAll("group", group);
    for (const role of roles) takeAll("role", role);
    const isSame =
      groups.size === caller.groups.length &&
      roles.size === caller.roles.length &&
      tenants.size === caller.tenantIds.length;
    if (isSame) return caller;
    return {
      ...caller,
      groups: [...groups],
      roles: [...roles],
      tenantIds: [...tenants],
      permissions: isNarrowed(caller) ? caller.permissions : permissionsOf([...roles]),
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
    const [memberships, rules] = await Promise.all([this.store.memberships(), this.store.list("mappingRule")]);
    const members = new Map<string, Membership[]>();
    for (const membership of memberships) {
      const key = `${membership.memberKind} ${membership.memberId}`;
      members.set(key, [...(members.get(key) ?? []), membership]);
    }
    return { members, rules };
  }
}

/** A token made with fewer permissions than its account has keeps them: memberships never widen it. */
function isNarrowed({ permissions, roles }: Caller): boolean {
  return permissions.size !== permissionsOf(roles).size;
}

/** Of a bearer token whose signature has been checked already. */
function claimsOf(authorization: string | undefined): Readonly<Record<string, unknown>> {
  try {
    return decodeJwt(authorization?.replace(/^bearer\s+/i, "") ?? "");
  } catch {
    return {};
  }
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
      return directory.extend(caller, request.headers.authorization);
    },
  };
}
