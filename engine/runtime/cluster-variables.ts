/**
 * Variables of the installation and of its tenants: rows in the store, and in the memory of every node what expressions
 * see of them under `camunda.vars` (`cluster`, `tenant`, and `env`, where the tenant's go before the cluster's).
 * What an expression made of them stands in the events, so a replay never asks again.
 */
import type { Database } from "../../store/index.ts";
import type { JsonObject, JsonValue } from "../core/json.ts";
import { admitJson, admitName } from "./admit-input.ts";
import type { ClusterVariableId, ClusterVariableItem, ClusterVariables } from "./contract/cluster-variables.ts";
import type { CallContext } from "./contract/context.ts";
import { EngineError } from "./contract/errors.ts";
import type { Deps } from "./deps.ts";
import { type Deed, recordedChange } from "./operator-record.ts";
import { clusterVariableResource } from "./queries/cluster-variable-resource.ts";
import { getOne, search } from "./queries/search.ts";

const everywhere = "";
const nameLengthMax = 256;
const operations = { create: "CREATE", update: "UPDATE", delete: "DELETE" } as const;

/** The values as expressions see them; small, read whole. */
export class ClusterVariableValues {
  readonly #database: Database;
  #byTenant: ReadonlyMap<string, ReadonlyMap<string, JsonValue>> = new Map();
  readonly #seen = new Map<string, JsonObject>();

  constructor(database: Database) {
    this.#database = database;
  }

  async refresh(): Promise<void> {
    const rows = await this.#database.query<{ tenant_id: string; name: string; value: string }>(
      "select tenant_id, name, value from cluster_variable",
    );
    const byTenant = new Map<string, Map<string, JsonValue>>();
    for (const row of rows) {
      const values = byTenant.get(row.tenant_id) ?? new Map<string, JsonValue>();
      byTenant.set(row.tenant_id, values.set(row.name, JSON.parse(row.value) as JsonValue));
    }
    this.#byTenant = byTenant;
    this.#seen.clear();
  }

  /** The value of the name `camunda` for this tenant. */
  seenBy(tenantId: string): JsonObject {
    const known = this.#seen.get(tenantId);
    if (known) return known;
    const cluster = this.#byTenant.get(everywhere) ?? [];
    const tenant = this.#byTenant.get(tenantId) ?? [];
    const seen = {
      vars: {
        cluster: Object.fromEntries(cluster),
        tenant: Object.fromEntries(tenant),
        env: Object.fromEntries([...cluster, ...tenant]),
      },
    };
    this.#seen.set(tenantId, seen);
    return seen;
  }
}

const whole = clusterVariableResource(false);
const cut = clusterVariableResource(true);

export function clusterVariableCalls(deps: Deps): ClusterVariables {
  const { database } = deps;
  return {
    async create(id, value, context) {
      const row = rowOf(deps, id, value, context);
      const made = await recordedChange(deps, context, deedOn("create", id), (tx) =>
        tx.query(
          "insert into cluster_variable (tenant_id, name, value, updated_at, actor) values ($1, $2, $3, $4, $5::jsonb) on conflict do nothing returning name",
          row,
        ),
      );
      if (!made)
        throw new EngineError("alreadyExists", `Expected no cluster variable '${id.name}', but there is one already`);
      return itemOf(id, value);
    },
    async update(id, value, context) {
      const row = rowOf(deps, id, value, context);
      const changed = await recordedChange(deps, context, deedOn("update", id), (tx) =>
        tx.query(
          "update cluster_variable set value = $3, updated_at = $4, actor = $5::jsonb where tenant_id = $1 and name = $2 returning name",
          row,
        ),
      );
      if (!changed) throw missing(id);
      return itemOf(id, value);
    },
    async delete(id, context) {
      const which = [tenantOf(id, context), admitName(id.name, "a name", { lengthMax: nameLengthMax })];
      const deleted = await recordedChange(deps, context, deedOn("delete", id), (tx) =>
        tx.query("delete from cluster_variable where tenant_id = $1 and name = $2 returning name", which),
      );
      if (!deleted) throw missing(id);
    },
    get: (id, context) => {
      const tenantId = tenantOf(id, context);
      const name = admitName(id.name, "a name", { lengthMax: nameLengthMax });
      return getOne(
        database,
        whole,
        (add) => [`c.tenant_id = ${add(tenantId, "text")}`, `c.name = ${add(name, "text")}`],
        `a cluster variable '${name}'`,
        seeing(context),
      );
    },
    search: (request, context, options) =>
      search(database, options?.truncate === false ? whole : cut, request, seeing(context)),
  };
}

function deedOn(verb: "create" | "update" | "delete", id: ClusterVariableId): Deed {
  return {
    command: `${verb}ClusterVariable`,
    operation: operations[verb],
    entityType: "VARIABLE",
    entityKey: id.name,
    description: id.tenantId === null ? "cluster variable" : "cluster variable of a tenant",
    ...(id.tenantId === null ? {} : { tenantId: id.tenantId }),
  };
}

/** Those of the whole installation are there for every tenant. */
function seeing(context: CallContext): CallContext {
  return context.tenantIds ? { ...context, tenantIds: [...context.tenantIds, everywhere] } : context;
}

/** A tenant that the caller may not see has none. */
function tenantOf(id: ClusterVariableId, context: CallContext): string {
  if (id.tenantId === null) return everywhere;
  const tenantId = admitName(id.tenantId, "a tenant id");
  if (context.tenantIds && !context.tenantIds.includes(tenantId)) throw missing(id);
  return tenantId;
}

function rowOf({ limits, clock }: Deps, id: ClusterVariableId, value: JsonValue, context: CallContext) {
  const name = admitName(id.name, "a name", { lengthMax: nameLengthMax });
  admitJson(value, "value", limits.variablesBytesMax);
  const { id: actorId, type } = context.actor;
  const actor = JSON.stringify({ id: actorId, type });
  return [tenantOf(id, context), name, JSON.stringify(value), clock.now(), actor];
}

function itemOf({ tenantId, name }: ClusterVariableId, value: JsonValue): ClusterVariableItem {
  const scope = tenantId === null ? "GLOBAL" : "TENANT";
  return { name, scope, tenantId, value: JSON.stringify(value), isTruncated: false };
}

function missing(id: ClusterVariableId): EngineError {
  const of = id.tenantId === null ? "" : ` of a tenant '${id.tenantId.slice(0, 100)}'`;
  return new EngineError(
    "notFound",
    `Expected a cluster variable '${String(id.name).slice(0, 100)}'${of}, but there is none`,
  );
}
