/**
 * Whose a record is, and who may see it. Policies are the organisation's and everybody's; decisions, approvals,
 * outcomes and what is made of them belong to the tenant that asked. What a reader may not see does not exist for it.
 */
import type { Database, Queryable } from "../../store/index.ts";
import { InvalidInputError } from "./errors.ts";
import type { ActionRequest, Reader } from "./types.ts";

/** Of records without a tenant: written by an application that embeds the plane and knows none. */
export const defaultTenant = "<default>";

/** SQL: the tenant in `column` is one that parameter `parameter` (text[], null: all) names. */
export function visible(column: string, parameter: string): string {
  return `(${parameter}::text[] is null or coalesce(${column}, '${defaultTenant}') = any(${parameter}::text[]))`;
}

export function tenantsOf(reader: Reader | undefined): readonly string[] | null {
  return reader?.tenantIds ?? null;
}

/** The store as this reader sees it: behind the wall, where one is up, whatever the query forgets. */
export function readsOf(database: Database, reader: Reader | undefined): Queryable {
  return database.forTenants(tenantsOf(reader));
}

export function sees(reader: Reader | undefined, tenantId: string | null): boolean {
  return reader?.tenantIds === undefined || reader.tenantIds.includes(tenantId ?? defaultTenant);
}

/** Null: nobody has said. */
export function tenantOfRequest({ process, tenantId }: ActionRequest): string | null {
  return tenantId ?? process?.tenantId ?? null;
}

/** The tenant a question is asked for: the one it names, else the default one, else the caller's only one. */
export function tenantOfQuestion(named: string | undefined, by: Reader): string | null {
  const { tenantIds } = by;
  if (tenantIds === undefined) return named ?? null;
  const tenantId =
    named ?? (tenantIds.includes(defaultTenant) || tenantIds.length === 0 ? defaultTenant : tenantIds[0]);
  if (tenantId !== undefined && tenantIds.includes(tenantId)) return tenantId;
  throw new InvalidInputError("Expected a tenant that the caller belongs to, but it is not one of them", [
    { code: "TENANT_UNKNOWN", message: String(tenantId).slice(0, 100), place: "tenantId" },
  ]);
}
