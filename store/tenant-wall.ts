/**
 * The second wall between tenants: row-level security. The first one is the filter in every query; this one holds when
 * a query forgets it. Reads on behalf of a caller (`Database.forTenants`) run as the role `interlock_reader`, which may
 * only read, and for which rows of other tenants do not exist. It may lock jobs too, and nothing else of them, because a
 * worker that asks for jobs reads and locks them in one statement. The engine's writer works as the owner of the tables,
 * across tenants. PostgreSQL 15+ documentation, §5.8 "Row Security Policies".
 *
 * The wall is raised after the migrations, around every table that has a tenant: a new table cannot be forgotten. What
 * neither has a tenant nor stands below (accounts, tokens, sessions, queues) the role may not read at all.
 */
import type { Queryable } from "./database.ts";

export const readerRole = "interlock_reader";
/** The tenants of the caller, joined by a character that no tenant's name can hold. */
export const tenantsSetting = "interlock.tenants";

export function joinTenants(tenantIds: readonly string[]): string {
  return tenantIds.filter((id) => !id.includes("\u001f")).join("\u001f");
}

/** As a sub-select it is evaluated once a query, not once a row. */
const callers = `((select string_to_array(current_setting('${tenantsSetting}', true), chr(31)))::text[])`;
const isCallers = (tenant: string): string => `${tenant} = any ${callers}`;
const ofDecision = "tenant_of_decision(decision_id)";

/** Tables that have a tenant and another rule than "the caller's", and tables whose tenant is that of another table's row. */
const rules: Readonly<Record<string, string>> = {
  // Variables of the whole installation are everybody's.
  cluster_variable: `tenant_id = '' or ${isCallers("tenant_id")}`,
  // Alerts of the installation are everybody's.
  plane_alert: `tenant_id is null or ${isCallers("tenant_id")}`,
  // Changes of policies are the organisation's.
  change_request: `tenant_id is null or ${isCallers("tenant_id")}`,
  change_resource: "exists (select 1 from change_request c where c.change_id = change_resource.change_id)",
  change_approval: "exists (select 1 from change_request c where c.change_id = change_approval.change_id)",
  change_event: "exists (select 1 from change_request c where c.change_id = change_event.change_id)",
  // Promotions are the organisation's; what is made of a decision belongs to its tenant.
  plane_record: `kind = 'promotion' or ${isCallers(`coalesce(tenant_id, case when kind <> 'decision' then ${ofDecision} end, '<default>')`)}`,
  fact_vault: isCallers(`coalesce(${ofDecision}, '<default>')`),
  approval_event: "exists (select 1 from approval a where a.approval_id = approval_event.approval_id)",
  history: "exists (select 1 from process_instance p where p.root_key = history.root_key and p.key = history.root_key)",
  process_element: "exists (select 1 from process_definition d where d.key = process_element.definition_key)",
  batch_operation_item: "exists (select 1 from batch_operation b where b.key = batch_operation_item.batch_key)",
};

/** Of the whole organisation: policies are everybody's to read. */
const everybodys = ["policy_version", "policy_promotion", "policy_test_run", "plane_checkpoint", "plane_key"];
const views = ["all_element_instance"];

interface Table {
  readonly name: string;
  readonly has_tenant: boolean;
  readonly may_be_null: boolean;
  readonly is_walled: boolean;
  readonly is_granted: boolean;
}

const tablesSql = `
select c.relname as name, a.attname is not null as has_tenant, not coalesce(a.attnotnull, true) as may_be_null,
       exists (select 1 from pg_policy p where p.polrelid = c.oid and p.polname = 'tenant_wall') as is_walled,
       has_table_privilege('${readerRole}', c.oid, 'select') as is_granted
  from pg_class c left join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
 where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'v')`;

/** The role is of the whole server: another database may make it at the same moment. */
const makeRole = `
do $$ begin
  if not exists (select 1 from pg_roles where rolname = '${readerRole}') then
    begin
      create role ${readerRole} nologin;
    exception when duplicate_object or unique_violation or insufficient_privilege then null;
    end;
  end if;
  if exists (select 1 from pg_roles where rolname = '${readerRole}') and not pg_has_role(current_user, '${readerRole}', 'member') then
    begin
      execute format('grant ${readerRole} to %I', current_user);
    exception when insufficient_privilege then null;
    end;
  end if;
end $$`;

const makeFunction = `
create or replace function tenant_of_decision(id text) returns text language sql stable security definer set search_path from current as
  $$ select coalesce(tenant_id, '<default>') from plane_record where decision_id = id and kind = 'decision' limit 1 $$`;

/** Workers lock what they read: the columns that this takes, in rows that they may see. */
const letWorkersLock = `
do $$ begin
  if to_regclass('job') is not null and not exists (
    select 1 from pg_policy where polrelid = to_regclass('job') and polname = 'tenant_wall_of_locks') then
    create policy tenant_wall_of_locks on job as restrictive for update to ${readerRole}
      using (${isCallers("tenant_id")}) with check (${isCallers("tenant_id")});
    grant update (deadline, worker, updated_at) on job to ${readerRole};
  end if;
end $$`;

/**
 * Raises the wall where it is missing; for `migrate`, in its transaction. False when there is no such role and this
 * user may not make one: an administrator can, and the next start raises the wall.
 */
export async function raiseTenantWall(tx: Queryable): Promise<boolean> {
  await tx.execute(makeRole);
  const [role] = await tx.query<{ readonly here: boolean }>(
    `select exists (select 1 from pg_roles where rolname = '${readerRole}') as here`,
  );
  if (role?.here !== true) return false;
  for (const table of await tx.query<Table>(tablesSql)) {
    const script = scriptOf(table);
    if (script !== "") await tx.execute(script);
  }
  await tx.execute(letWorkersLock);
  return true;
}

function scriptOf({ name, has_tenant, may_be_null, is_walled, is_granted }: Table): string {
  const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
  const isShared = everybodys.includes(name) || views.includes(name);
  const grant = is_granted ? "" : `grant select on ${name} to ${readerRole};`;
  if (isShared) return grant;
  if (is_walled || (rule === undefined && !has_tenant)) return "";
  const condition = rule ?? isCallers(may_be_null ? "coalesce(tenant_id, '<default>')" : "tenant_id");
  // Without the first policy, a server that is not the owner of the tables would see nothing any more.
  return `${condition.includes("tenant_of_decision") ? `${makeFunction};` : ""}
    alter table ${name} enable row level security;
    create policy everybody on ${name} using (true) with check (true);
    create policy tenant_wall on ${name} as restrictive for select to ${readerRole} using (${condition});
    ${grant}`;
}
