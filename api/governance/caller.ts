/** What the decision plane is told of the caller and the tenants it sees; without authentication it records that duties could not be checked. */
import type { Caller } from "../auth/caller.ts";
import { actorOf } from "../auth/caller.ts";

export function planeCaller(caller: Caller) {
  return { ...actorOf(caller), authenticated: caller.method !== "none", tenantIds: caller.tenantIds };
}
