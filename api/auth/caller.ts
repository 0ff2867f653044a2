/** Who calls: what authentication has established, and what the engine and the plane are told of it. */
import type { CallScope } from "../../engine/index.ts";
import type { Authorization } from "../../store/authorizations.ts";
import type { Permission } from "./permissions.ts";

/** What a call is limited to. `policyIds`: policies of these ids; the plane does not know scopes, its routes do. */
export interface CallerScope extends CallScope {
  readonly policyIds?: readonly string[];
}

export interface Caller {
  readonly id: string;
  readonly name: string | null;
  readonly email: string | null;
  readonly type: "human" | "service" | "agent";
  readonly groups: readonly string[];
  readonly roles: readonly string[];
  /** What its roles permit, of that what its token says. */
  readonly permissions: ReadonlySet<Permission>;
  /** Of a token that was made with some permissions only: these, whatever roles and authorizations give. */
  readonly narrowedTo?: readonly string[];
  /** What it may do with resources: its own authorizations, and those of its groups, roles and mapping rules. */
  readonly authorizations?: readonly Authorization[];
  /** Within one call: the single resources that an authorization leaves to it; absent where a role permits the call. */
  readonly scope?: CallerScope;
  readonly tenantIds: readonly string[];
  /** How it proved who it is; "none" on a server without authentication. */
  readonly method: "none" | "basic" | "token" | "jwt" | "session";
  /** An identity provider says who this is: an account of the same name is somebody else. */
  readonly isForeign?: boolean;
  /** What the provider has signed about it, which mapping rules look at. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** The actor that goes into commands and records. Structurally the same in engine and plane. */
export interface CallerActor {
  readonly id: string;
  readonly type: "human" | "service" | "agent";
  /** Absent where nobody is authenticated and no group is declared: membership cannot be known then. */
  readonly groups?: readonly string[];
  readonly roles: readonly string[];
}

export function actorOf({ id, type, groups, roles, method }: Caller): CallerActor {
  return { id, type, roles, ...(method === "none" && groups.length === 0 ? {} : { groups }) };
}
