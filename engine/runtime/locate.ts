/** Which aggregate a key belongs to. One indexed look-up; what has ended is told apart from what never was. */
import type { Database } from "../../store/index.ts";
import type { Key } from "../core/json.ts";
import type { CallContext } from "./contract/context.ts";
import { EngineError } from "./contract/errors.ts";

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

/** @throws {EngineError} `notFound` when there is none, when it has ended, or when another tenant has it. */
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
  const rows = await database
    .forTenants(context.tenantIds)
    .query<{ root_key: Key; tenant_id: string; over: boolean }>(
      `select root_key, tenant_id, (${over}) as over, ${columns} from ${table} where key = $1`,
      [key],
    );
  const row = rows[0];
  if (!row || (context.tenantIds && !context.tenantIds.includes(row.tenant_id))) throw missing("there is none");
  if (row.over && !options.ended) throw missing("it is over");
  return { rootKey: row.root_key, tenantId: row.tenant_id, row: row as unknown as Record<string, unknown> };
}
