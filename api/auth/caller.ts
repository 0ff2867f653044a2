/** Who calls: what authentication has established, and what the engine and the plane are told of it. */
import type { Permission } from "./permissions.ts";

export interface Caller {
  readonly id: string;
  readonly name: string | null;
  readonly email: string | null;
  readonly type: "human" | "service" | "agent";
  readonly groups: readonly string[];
  readonly roles: readonly string[];
  readonly permissions: ReadonlySet<Permission>;
  readonly tenantIds: readonly string[];
  /** How it proved who it is; "none" on a server without authentication. */
  readonly method: "none" | "basic" | "token" | "jwt" | "session";
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
