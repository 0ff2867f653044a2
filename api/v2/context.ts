/** From the caller to what the engine asks of one: the actor and the tenants it may see. */
import type { CallContext } from "../../engine/index.ts";
import { actorOf, type Caller } from "../auth/caller.ts";
import { Problem } from "../http/problem.ts";

const defaultTenant = "<default>";

export function contextOf(caller: Caller): CallContext {
  return { actor: actorOf(caller), tenantIds: caller.tenantIds };
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
