/**
 * One command over everything that a filter finds. The items are fixed when the operation is created; it goes on after
 * a restart, may be suspended, and each item's outcome can be looked up.
 */
import type { Queryable, SqlValue } from "../../store/index.ts";
import type { Actor, Command } from "../core/command.ts";
import type { JsonObject, JsonValue, Key } from "../core/json.ts";
import { assertOfTenant, deleteEnded, knownDefinition } from "./commands/instances.ts";
import type { BatchOperationInput, BatchOperationType, CreatedBatchOperation } from "./contract/commands.ts";
import { type CallContext, type CallScope, DEFAULT_TENANT } from "./contract/context.ts";
import type { Engine } from "./contract/engine.ts";
import { EngineError } from "./contract/errors.ts";
import { deleteDecisionInstance } from "./delete-decision-instances.ts";
import type { Deps } from "./deps.ts";
import { locate, locateAggregate } from "./locate.ts";
import { noticeOf } from "./notices.ts";
import { decisionInstances } from "./queries/definition-resources.ts";
import { processInstances } from "./queries/instance-resources.ts";
import { keysQuery } from "./queries/search.ts";
import { assertUnlimited } from "./scope.ts";

const itemsAtOnce = 20;

interface OperationRow {
  key: Key;
  type: BatchOperationType;
  state: string;
  plan: JsonObject;
  actor: Actor;
  tenant_ids: string[] | null;
  scope: CallScope | null;
  tenant_id: string;
}
interface ItemRow {
  item_key: Key;
  instance_key: Key;
  root_key: Key;
}

type BatchCalls = Pick<
  Engine,
  | "startBatchOperation"
  | "suspendBatchOperation"
  | "resumeBatchOperation"
  | "cancelBatchOperation"
  | "resolveIncidentsOf"
>;

export class BatchOperations {
  readonly #deps: Deps;
  readonly #running = new Map<Key, Promise<void>>();
  readonly #askedAgain = new Set<Key>();
  #stopped = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  calls(): BatchCalls {
    return {
      startBatchOperation: (input, context) => this.#start(input, context),
      resolveIncidentsOf: async (processInstanceKey, context) => {
        await locate(this.#deps.database, "processInstance", processInstanceKey, context, { ended: true });
        return this.#start({ type: "RESOLVE_INCIDENT", filter: { processInstanceKey } }, context);
      },
      suspendBatchOperation: (key, context) => this.#move(key, ["CREATED", "ACTIVE"], "SUSPENDED", context),
      resumeBatchOperation: async (key, context) => {
        await this.#move(key, ["SUSPENDED"], "ACTIVE", context);
        this.#run(key);
      },
      cancelBatchOperation: (key, context) => this.#move(key, ["CREATED", "ACTIVE", "SUSPENDED"], "CANCELED", context),
    };
  }

  async #move(key: Key, from: readonly string[], to: string, context: CallContext): Promise<void> {
    const { tenantIds } = context;
    const { database, clock } = this.#deps;
    const known = /^\d{1,18}$/.test(key)
      ? await database
          .forTenants(tenantIds)
          .query<{ state: string; tenant_id: string }>("select state, tenant_id from batch_operation where key = $1", [
            key,
          ])
      : [];
    if (!known[0] || (tenantIds && !tenantIds.includes(known[0].tenant_id)))
      throw new EngineError(
        "notFound",
        `Expected a batch operation with the key ${key.slice(0, 40)}, but there is none`,
      );
    assertUnlimited(context);
    const ended = to === "CANCELED" ? clock.now() : null;
    const moved = await database.query(
      "update batch_operation set state = $2, ended_at = $4::bigint where key = $1 and state = any($3::text[]) returning key",
      [key, to, from, ended],
    );
    if (moved.length === 0)
      throw new EngineError(
        "invalidState",
        `Expected a batch operation that is ${from.join(" or ")}, but it is ${known[0].state}`,
      );
    if (to === "CANCELED")
      await database.query(
        "update batch_operation_item set state = 'CANCELED', processed_at = $2 where batch_key = $1 and state = 'ACTIVE'",
        [key, clock.now()],
      );
    this.#deps.notices.publish(noticeOf("batches", key, to, known[0].tenant_id));
  }

  async #start(input: BatchOperationInput, context: CallContext): Promise<CreatedBatchOperation> {
    const { database, keys, clock } = this.#deps;
    // Where they go is one place for all items; where they come from is looked at for each.
    if (input.type === "MIGRATE_PROCESS_INSTANCE")
      await knownDefinition(this.#deps, input.plan.targetProcessDefinitionKey, context);
    await keys.ensure();
    const key = keys.next();
    const { type, filter: _filter, ...plan } = input;
    await database.transaction(async (tx) => {
      await tx.query(
        "insert into batch_operation (key, type, state, plan, actor, tenant_ids, scope, started_at) values ($1, $2, 'ACTIVE', $3::jsonb, $4::jsonb, $5::jsonb, $6::jsonb, $7)",
        [
          key,
          type,
          JSON.stringify(plan),
          JSON.stringify(context.actor),
          context.tenantIds ? JSON.stringify(context.tenantIds) : null,
          context.scope ? JSON.stringify(context.scope) : null,
          clock.now(),
        ],
      );
      const { source, values } = itemsOf(input, context);
      await tx.query(
        `insert into batch_operation_item (batch_key, item_key, instance_key, root_key, state) ${source}`,
        [...values, key],
      );
      await tx.query(
        "update batch_operation set total = (select count(*) from batch_operation_item where batch_key = $1), tenant_id = $2 where key = $1",
        [key, await tenantOf(tx, key, input, context)],
      );
    });
    this.#run(key);
    return { batchOperationKey: key, batchOperationType: type };
  }

  /** Operations that a stopped or dead node has left in the middle. */
  async resume(): Promise<void> {
    const rows = await this.#deps.database.query<{ key: Key }>(
      "select key from batch_operation where state in ('CREATED', 'ACTIVE')",
    );
    for (const row of rows) this.#run(row.key);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.allSettled(this.#running.values());
  }

  #run(key: Key): void {
    if (this.#stopped) return;
    // It may be about to stop, because it has just read that the operation is suspended.
    if (this.#running.has(key)) {
      this.#askedAgain.add(key);
      return;
    }
    const running = this.#work(key)
      .catch((error: unknown) =>
        this.#deps.logger.warn(
          { batchOperationKey: key, error: String(error) },
          "batch operation stopped; the sweep takes it up again",
        ),
      )
      .finally(() => {
        this.#running.delete(key);
        if (this.#askedAgain.delete(key)) this.#run(key);
      });
    this.#running.set(key, running);
  }

  async #work(key: Key): Promise<void> {
    const { database, clock, notices } = this.#deps;
    let tenantId = DEFAULT_TENANT;
    for (;;) {
      const operation = (
        await database.query<OperationRow>(
          "select key, type, state, plan, actor, tenant_ids, scope, tenant_id from batch_operation where key = $1",
          [key],
        )
      )[0];
      if (operation?.state !== "ACTIVE" || this.#stopped) return;
      tenantId = operation.tenant_id;
      const items = await database.query<ItemRow>(
        "select item_key, instance_key, root_key from batch_operation_item where batch_key = $1 and state = 'ACTIVE' order by item_key limit $2",
        [key, itemsAtOnce],
      );
      if (items.length === 0) break;
      await Promise.all(items.map((item) => this.#item(operation, item)));
      await this.#count(key);
    }
    await this.#count(key);
    await database.query(
      "update batch_operation set state = case when failed = 0 then 'COMPLETED' when completed = 0 then 'FAILED' else 'PARTIALLY_COMPLETED' end, ended_at = $2 where key = $1 and state = 'ACTIVE'",
      [key, clock.now()],
    );
    notices.publish(noticeOf("batches", key, "ended", tenantId));
  }

  async #count(key: Key): Promise<void> {
    await this.#deps.database.query(
      `update batch_operation set failed = c.failed, completed = c.completed
         from (select count(*) filter (where state = 'FAILED') as failed, count(*) filter (where state in ('COMPLETED', 'SKIPPED')) as completed from batch_operation_item where batch_key = $1) c
        where key = $1`,
      [key],
    );
  }

  async #item(operation: OperationRow, item: ItemRow): Promise<void> {
    const { database, clock } = this.#deps;
    let state = "COMPLETED";
    let problem: string | null = null;
    try {
      await this.#carryOut(operation, item);
    } catch (error) {
      if (error instanceof EngineError && error.kind === "unavailable") throw error;
      state = error instanceof EngineError && error.kind === "notFound" ? "SKIPPED" : "FAILED";
      problem = error instanceof Error ? error.message : String(error);
    }
    await database.query(
      "update batch_operation_item set state = $3, processed_at = $4, error = $5 where batch_key = $1 and item_key = $2 and state = 'ACTIVE'",
      [operation.key, item.item_key, state, clock.now(), problem],
    );
  }

  async #carryOut(operation: OperationRow, item: ItemRow): Promise<void> {
    const context: CallContext = {
      actor: operation.actor,
      ...(operation.tenant_ids ? { tenantIds: operation.tenant_ids } : {}),
      ...(operation.scope ? { scope: operation.scope } : {}),
    };
    if (operation.type === "DELETE_PROCESS_INSTANCE") {
      const { database } = this.#deps;
      const { tenantId } = await locateAggregate(database, item.instance_key, context);
      return deleteEnded(this.#deps, item.root_key, tenantId, context);
    }
    if (operation.type === "DELETE_DECISION_INSTANCE")
      return deleteDecisionInstance(this.#deps, item.item_key, context);
    const { rootKey, tenantId } = await locate(
      this.#deps.database,
      operation.type === "RESOLVE_INCIDENT" ? "incident" : "processInstance",
      item.item_key,
      context,
    );
    if (operation.type === "MIGRATE_PROCESS_INSTANCE") {
      const { definitions } = this.#deps.catalog;
      const targetKey = String((operation.plan.plan as JsonObject).targetProcessDefinitionKey);
      await definitions.load(targetKey);
      const target = definitions.entry(targetKey);
      if (target) assertOfTenant(target, tenantId);
    }
    await this.#deps.intake.run(rootKey, tenantId, commandOf(operation, item), { actor: operation.actor });
  }
}

/**
 * A batch operation is of one tenant, so that its people see all of it, count all of it and may stop all of it: what
 * would reach into several is refused. One that has found nothing belongs to the tenant that its filter names.
 */
async function tenantOf(tx: Queryable, key: Key, input: BatchOperationInput, context: CallContext): Promise<string> {
  const isOfDecisions = input.type === "DELETE_DECISION_INSTANCE";
  const found = await tx.query<{ tenant_id: string }>(
    `select distinct o.tenant_id from batch_operation_item i
       join ${isOfDecisions ? "decision_instance o on o.evaluation_key = i.item_key" : "process_instance o on o.key = i.instance_key"}
      where i.batch_key = $1 order by o.tenant_id limit 3`,
    [key],
  );
  if (found.length > 1)
    throw new EngineError(
      "invalid",
      `Expected a filter that finds things of one tenant, but it finds those of ${found.map((row) => `"${row.tenant_id}"`).join(", ")}: name one as tenantId`,
    );
  const named = (input.filter as { readonly tenantId?: unknown }).tenantId;
  const { tenantIds } = context;
  const isOwn = typeof named === "string" && (tenantIds === undefined || tenantIds.includes(named));
  const fallback = tenantIds === undefined || tenantIds.includes(DEFAULT_TENANT) ? DEFAULT_TENANT : tenantIds[0];
  return found[0]?.tenant_id ?? (isOwn ? named : (fallback ?? DEFAULT_TENANT));
}

/** Select of the items, whose last parameter is the batch; the others are `values`. */
function itemsOf(
  { type, filter }: BatchOperationInput,
  context: CallContext,
): { readonly source: string; readonly values: readonly SqlValue[] } {
  const batch = (values: readonly SqlValue[]): string => `$${values.length + 1}::bigint`;
  if (type === "DELETE_DECISION_INSTANCE") {
    const { where, values } = keysQuery(decisionInstances, filter, context);
    // An evaluation outside an instance stands as its own.
    const source = `select distinct ${batch(values)}, n.evaluation_key, coalesce(n.instance_key, n.evaluation_key), n.root_key, 'ACTIVE' ${where}`;
    return { source, values };
  }
  const ended = type === "DELETE_PROCESS_INSTANCE";
  const state = filter.state === undefined ? { state: ended ? { $neq: "ACTIVE" } : "ACTIVE" } : {};
  const { where, values } = keysQuery(processInstances, { ...filter, ...state }, context);
  // One item an incident where incidents are resolved; deletion takes whole aggregates.
  const source =
    type === "RESOLVE_INCIDENT"
      ? `select ${batch(values)}, x.key, x.instance_key, x.root_key, 'ACTIVE' from incident x where x.state = 'ACTIVE' and x.instance_key in (select p.key ${where})`
      : `select ${batch(values)}, p.key, p.key, p.root_key, 'ACTIVE' ${where}${ended ? " and p.parent_key is null" : ""}`;
  return { source, values };
}

function commandOf(operation: OperationRow, item: ItemRow): Command {
  const processInstanceKey = item.instance_key;
  const plan = operation.plan as Readonly<Record<string, JsonValue>>;
  switch (operation.type) {
    case "RESOLVE_INCIDENT":
      return { type: "resolveIncident", incidentKey: item.item_key };
    case "MIGRATE_PROCESS_INSTANCE": {
      const migration = plan.plan as unknown as {
        targetProcessDefinitionKey: Key;
        mappings: { sourceElementId: string; targetElementId: string }[];
      };
      return {
        type: "migrateInstance",
        processInstanceKey,
        targetDefinitionKey: migration.targetProcessDefinitionKey,
        mappings: migration.mappings,
      };
    }
    case "MODIFY_PROCESS_INSTANCE": {
      const move = plan.move as unknown as { sourceElementId: string; targetElementId: string }[];
      return {
        type: "modifyInstance",
        processInstanceKey,
        activate: [],
        terminate: [],
        move: move.map((step) => ({ ...step, variableInstructions: [] })),
      };
    }
    default:
      return { type: "cancelInstance", processInstanceKey };
  }
}
