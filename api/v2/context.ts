/** From the caller to what the engine asks of one: the actor, the tenants it may see, what of them it may reach. */
import type { CallContext } from "../../engine/index.ts";
import { actorOf, type Caller } from "../auth/caller.ts";
import { Problem } from "../http/problem.ts";

const defaultTenant = "<default>";

export function contextOf(caller: Caller): CallContext {
  const { tenantIds, scope } = caller;
  return scope === undefined ? { actor: actorOf(caller), tenantIds } : { actor: actorOf(caller), tenantIds, scope };
}

/** The tenant a command is for; clients send `<default>` with most calls. */
export function tenantOf(caller: Caller, tenantId: string | undefined): string {
  const wanted = tenantId ?? defaultTenant;
  if (caller.tenantIds.includes(wanted)) return wanted;
  throw new Problem(
    "INVALID_ARGUMENT",
    `Expected a tenant that "${caller.id}" belongs to, but "${wanted}" is not one of them (at tenantId).`,
  );
}
