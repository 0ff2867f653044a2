/** A caller made from an account; a token may narrow its permissions, never widen them. */
import type { Account } from "../../store/accounts.ts";
import type { Caller } from "./caller.ts";
import { permissionsOf } from "./permissions.ts";

export function accountCaller(
  account: Account,
  method: Caller["method"],
  narrowedTo: readonly string[] | null,
): Caller {
  return {
    id: account.accountId,
    name: account.displayName,
    email: account.email,
    type: account.kind,
    groups: account.groups,
    roles: account.roles,
    permissions: permissionsOf(account.roles, narrowedTo ?? undefined),
    ...(narrowedTo === null ? {} : { narrowedTo }),
    tenantIds: account.tenants,
    method,
  };
}
