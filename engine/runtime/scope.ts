/**
 * What a permission on single resources leaves to a caller (`CallScope`), asked in two ways: of rows, as SQL, and of
 * what a call has in its hand. The alternatives add up; what names no member is out of reach, so that a resource or a
 * call that nobody thought of here fails closed.
 */
import type { Queryable } from "../../store/index.ts";
import type { Key } from "../core/json.ts";
import type { CallContext, CallScope, UserTaskScope } from "./contract/context.ts";
import { EngineError } from "./contract/errors.ts";
import type { Parameter } from "./queries/parameters.ts";

/** By what a row belongs to a scope: SQL expressions over its FROM clause. A row that has none belongs to no scope. */
export interface Members {
  readonly process?: string;
  readonly decision?: string;
  readonly requirements?: string;
  readonly message?: string;
  /** All ids of a deployed file, as text[]: a file with two processes is only theirs who may have both. */
  readonly resources?: string;
  /** A user task, by its alias. */
  readonly userTask?: string;
}

/** The members of a scope that are ids, with the word for what they name. */
const words = {
  processIds: "process",
  decisionIds: "decision",
  decisionRequirementsIds: "decision requirements",
  messageNames: "message",
  resourceIds: "resource",
} as const;
type Named = keyof typeof words;

const columns = [
  ["process", "processIds"],
  ["decision", "decisionIds"],
  ["requirements", "decisionRequirementsIds"],
  ["message", "messageNames"],
] as const satisfies readonly (readonly [keyof Members, Named])[];

const subjectLengthMax = 200;

/** The condition that a row is in the scope; null for a row whose members are null, which is not in it either. */
export function scopeSql(members: Members | undefined, scope: CallScope, add: Parameter): string {
  const any: string[] = [];
  for (const [member, named] of columns) {
    const [sql, ids] = [members?.[member], scope[named]];
    if (sql !== undefined && ids !== undefined) any.push(`${sql} = any(${add([...ids], "text[]")})`);
  }
  if (members?.resources !== undefined && scope.resourceIds !== undefined)
    any.push(`${members.resources} <@ ${add([...scope.resourceIds], "text[]")}`);
  if (members?.userTask !== undefined && scope.userTasks !== undefined)
    any.push(...userTaskSql(members.userTask, scope.userTasks, add));
  return any.length === 0 ? "false" : `(${any.join(" or ")})`;
}

function userTaskSql(table: string, scope: UserTaskScope, add: Parameter): readonly string[] {
  const any: string[] = [];
  const keys = scope.keys.filter((key) => /^\d{1,18}$/.test(key));
  if (keys.length > 0) any.push(`${table}.key = any(${add(keys, "bigint[]")})`);
  if (scope.assignee !== undefined) any.push(`${table}.assignee = ${add(scope.assignee, "text")}`);
  if (scope.candidateUser !== undefined)
    any.push(`jsonb_exists(${table}.candidate_users, ${add(scope.candidateUser, "text")})`);
  if (scope.candidateGroups !== undefined && scope.candidateGroups.length > 0)
    any.push(`jsonb_exists_any(${table}.candidate_groups, ${add([...scope.candidateGroups], "text[]")})`);
  return any;
}

/** For a call that names one row: columns that `assertInScope` looks at. None without a scope. */
export function scopeColumns(
  members: Members | undefined,
  { scope }: CallContext,
  add: Parameter,
): Readonly<Record<string, string>> {
  if (scope === undefined) return {};
  return { scope_holds: scopeSql(members, scope, add), scope_subject: subjectSql(members) };
}

/** In the words of a refusal: process "payroll". */
function subjectSql(members: Members | undefined): string {
  const first = columns.find(([member]) => members?.[member] !== undefined);
  if (first !== undefined) return `'${words[first[1]]} "' || ${members?.[first[0]]} || '"'`;
  return members?.resources === undefined
    ? "null"
    : `'resource "' || array_to_string(${members.resources}, '", "') || '"'`;
}

/** @throws {EngineError} `forbidden` when the row, read with `scopeColumns`, is out of the caller's scope. */
export function assertInScope(row: Readonly<Record<string, unknown>>, context: CallContext): void {
  if (context.scope === undefined || row.scope_holds === true) return;
  throw outOfScope(context, typeof row.scope_subject === "string" ? row.scope_subject : undefined);
}

/** @throws {EngineError} `forbidden` when the caller is limited to other ids. */
export function assertNamed(context: CallContext, named: Named, id: string): void {
  if (context.scope === undefined || context.scope[named]?.includes(id)) return;
  throw outOfScope(context, `${words[named]} "${id}"`);
}

/** For calls on what no permission on single resources can name. @throws {EngineError} `forbidden` under any scope. */
export function assertUnlimited(context: CallContext): void {
  if (context.scope !== undefined) throw outOfScope(context);
}

function outOfScope({ actor, scope }: CallContext, subject = "all resources"): EngineError {
  return new EngineError(
    "forbidden",
    `Expected a caller with the permission ${scope?.permission} on ${subject.slice(0, subjectLengthMax)}, but "${actor.id}" does not have it`,
  );
}

/** Ids of the processes that the caller is limited to; null: all. */
export function processIdsOf({ scope }: CallContext): readonly string[] | null {
  return scope === undefined ? null : (scope.processIds ?? []);
}

/** For what belongs to something that the caller has been shown to be allowed: the form of a task. */
export function withoutScope({ scope: _scope, ...context }: CallContext): CallContext {
  return context;
}

/** For what belongs to a user task of this process that the caller has been shown to be allowed. */
export function withProcess(context: CallContext, processId: string): CallContext {
  const { scope } = context;
  if (scope === undefined) return context;
  return { ...context, scope: { ...scope, processIds: [...(scope.processIds ?? []), processId] } };
}

/**
 * The record of an aggregate does not keep its processes apart: who is limited must be allowed each that takes part.
 * @throws {EngineError} `forbidden`
 */
export async function assertAggregateInScope(db: Queryable, rootKey: Key, context: CallContext): Promise<void> {
  if (context.scope === undefined) return;
  const rows = await db.query<{ process_id: string }>(
    "select distinct d.process_id from process_instance p join process_definition d on d.key = p.definition_key where p.root_key = $1 order by 1",
    [rootKey],
  );
  for (const row of rows) assertNamed(context, "processIds", row.process_id);
}
