/** Who calls, and what of the installation they may see. Every call of the engine takes one. */
import type { Actor } from "../../core/command.ts";

export interface CallContext {
  readonly actor: Actor;
  /** Tenants whose things exist for this caller; undefined = all of them. */
  readonly tenantIds?: readonly string[];
  /** Process definition ids this caller is limited to (resource-level permission); undefined = all. Searches only. */
  readonly processIds?: readonly string[];
}

/** The tenant of installations without tenants. */
export const DEFAULT_TENANT = "<default>";
