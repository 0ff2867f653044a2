/** The record of what was done to the installation itself, written in the transaction of the deed. */
import type { Queryable } from "../../store/index.ts";
import { type CallContext, DEFAULT_TENANT } from "./contract/context.ts";
import type { Deps } from "./deps.ts";
import { assertUnlimited } from "./scope.ts";

/** In the words of the audit log: what was done to what. */
export interface Deed {
  /** The engine's call: "createClusterVariable". */
  readonly command: string;
  readonly operation: "CREATE" | "UPDATE" | "DELETE";
  readonly entityType: "VARIABLE" | "RESOURCE" | "DECISION" | "PROCESS_INSTANCE" | "TENANT";
  readonly entityKey: string;
  readonly description?: string;
  readonly tenantId?: string;
}

/** Fails with the transaction. Have keys ready (`keys.ensure`): a transaction must not wait for the store a second time. */
export async function recordDeed(
  { keys, clock }: Pick<Deps, "keys" | "clock">,
  tx: Queryable,
  context: CallContext,
  deed: Deed,
): Promise<void> {
  const { id, type } = context.actor;
  await tx.query(
    "insert into operator_record (key, at, command, entity_type, operation, entity_key, description, actor, tenant_id) values ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9)",
    [
      keys.next(),
      clock.now(),
      deed.command,
      deed.entityType,
      deed.operation,
      deed.entityKey,
      deed.description ?? null,
      JSON.stringify({ id, type }),
      deed.tenantId ?? DEFAULT_TENANT,
    ],
  );
}

/**
 * A change of what all nodes keep in memory and its record, in one transaction; the other nodes are told after it. False
 * when `change` gave no row: there was nothing to change, and nothing is recorded.
 * @throws {EngineError} `forbidden` for callers who are limited to single resources.
 */
export async function recordedChange(
  deps: Deps,
  context: CallContext,
  deed: Deed,
  change: (tx: Queryable) => Promise<readonly unknown[]>,
): Promise<boolean> {
  assertUnlimited(context);
  await deps.keys.ensure();
  const isChanged = await deps.database.transaction(async (tx) => {
    if ((await change(tx)).length === 0) return false;
    await recordDeed(deps, tx, context, deed);
    return true;
  });
  if (isChanged) await deps.definitionsChanged();
  return isChanged;
}
