/** Which aggregate a key belongs to. One indexed look-up; what has ended is told apart from what never was. */
import type { Database } from "../../store/index.ts";
import type { Key } from "../core/json.ts";
import type { CallContext } from "./contract/context.ts";
import { EngineError } from "./contract/errors.ts";
import { parameters } from "./queries/parameters.ts";
import { assertAggregateInScope, assertInScope, type Members, scopeColumns } from "./scope.ts";

export interface Located {
  readonly rootKey: Key;
  readonly tenantId: string;
  readonly row: Readonly<Record<string, unknown>>;
}

const things = {
  job: {
    table: "job",
    name: "an open job",
    columns: "retries, state, instance_key, guard is not null and deadline is null as unpermitted",
    over: "ended_at is not null",
  },
  userTask: {
    table: "user_task",
    name: "an open user task",
    columns: "state, assignee, approval_id, instance_key",
    over: "ended_at is not null",
  },
  incident: {
    table: "incident",
    name: "an unresolved incident",
    columns: "job_key, instance_key",
    over: "state <> 'ACTIVE'",
  },
  element: {
    table: "all_element_instance",
    name: "an active element instance",
    columns: "element_id, type, instance_key",
    over: "state <> 'ACTIVE'",
  },
  processInstance: {
    table: "process_instance",
    name: "a running process instance",
    columns: "definition_key, state, parent_key",
    over: "state <> 'ACTIVE'",
  },
} as const;

export type LocatedKind = keyof typeof things;

/** Of the instance that a thing lies in, not of the root; read only for callers with permissions on single resources. */
const ofProcess: Members = {
  process: "(select d.process_id from process_definition d where d.key = t.definition_key)",
};
const ofUserTask: Members = { ...ofProcess, userTask: "t" };

/**
 * @throws {EngineError} `notFound` when there is none, when it has ended, or when another tenant has it; `forbidden` when
 * it is out of the caller's scope.
 */
export async function locate(
  database: Database,
  kind: LocatedKind,
  key: Key,
  context: CallContext,
  options: { readonly ended?: boolean } = {},
): Promise<Located> {
  const { table, name, columns, over } = things[kind];
  const missing = (why: string): EngineError =>
    new EngineError("notFound", `Expected ${name} with the key ${String(key).slice(0, 40)}, but ${why}`);
  if (!/^\d{1,18}$/.test(key)) throw missing("there is none");
  const { values, add } = parameters();
  const where = `key = ${add(key, "bigint")}`;
  const inScope = Object.entries(scopeColumns(kind === "userTask" ? ofUserTask : ofProcess, context, add));
  const more = inScope.map(([alias, sql]) => `, ${sql} as ${alias}`).join("");
  const rows = await database
    .forTenants(context.tenantIds)
    .query<{ root_key: Key; tenant_id: string; over: boolean } & Readonly<Record<string, unknown>>>(
      `select root_key, tenant_id, (${over}) as over, ${columns}${more} from ${table} t where ${where}`,
      values,
    );
  const row = rows[0];
  if (!row || (context.tenantIds && !context.tenantIds.includes(row.tenant_id))) throw missing("there is none");
  assertInScope(row, context);
  if (row.over && !options.ended) throw missing("it is over");
  return { rootKey: row.root_key, tenantId: row.tenant_id, row };
}

/**
 * The aggregate of a process instance, ended ones too, to be shown or judged as a whole.
 * @throws {EngineError} `notFound`; `forbidden` when one of the processes that take part is out of the caller's scope.
 */
export async function locateAggregate(
  database: Database,
  processInstanceKey: Key,
  context: CallContext,
): Promise<Located> {
  const located = await locate(database, "processInstance", processInstanceKey, context, { ended: true });
  await assertAggregateInScope(database.forTenants(context.tenantIds), located.rootKey, context);
  return located;
}
