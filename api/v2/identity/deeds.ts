/** What was done to groups, roles, tenants, mapping rules, authorizations and to who belongs to them, for the audit log. */
import type { Caller } from "../../auth/caller.ts";
import type { Services } from "../../services.ts";
import { contextOf } from "../context.ts";

/** The contract's words for them, as things that deeds are told of and permissions are on. */
export const resourceTypes = {
  group: "GROUP",
  role: "ROLE",
  tenant: "TENANT",
  mappingRule: "MAPPING_RULE",
  authorization: "AUTHORIZATION",
} as const;

export interface IdentityDeed {
  /** The operation's id: "assignUserToGroup". */
  readonly command: string;
  readonly operation: "CREATE" | "UPDATE" | "DELETE" | "ASSIGN" | "UNASSIGN";
  readonly kind: keyof typeof resourceTypes;
  readonly id: string;
  readonly description?: string;
}

/** Written after the deed: what is told has been done. */
export async function tellIdentityDeed({ engine }: Services, caller: Caller, deed: IdentityDeed): Promise<void> {
  await engine.auditLog.record(
    {
      command: deed.command,
      operation: deed.operation,
      entityType: resourceTypes[deed.kind],
      entityKey: deed.id,
      ...(deed.description === undefined ? {} : { description: deed.description.slice(0, 500) }),
      tenantId: caller.tenantIds[0] ?? "<default>",
    },
    contextOf(caller),
  );
}
