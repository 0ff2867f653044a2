/**
 * Refused commands go into the audit log: who, what, why. Commands are operations that change or decide something; of
 * reads, those that the caller has no permission for. What never became a command (a body that is no JSON, a missing
 * credential, a server that is busy) stands in the request log alone.
 */
import type { Caller } from "../auth/caller.ts";
import type { Services } from "../services.ts";
import { contextOf } from "../v2/context.ts";
import type { Operation } from "./operation.ts";
import { toProblem } from "./problem.ts";

/** Parameter of a path → what it names, in the words of the audit log; the last one in a path counts. */
const entities: ReadonlyMap<string, string> = new Map([
  ["processInstanceKey", "PROCESS_INSTANCE"],
  ["elementInstanceKey", "PROCESS_INSTANCE"],
  ["adHocSubProcessInstanceKey", "PROCESS_INSTANCE"],
  ["jobKey", "JOB"],
  ["userTaskKey", "USER_TASK"],
  ["incidentKey", "INCIDENT"],
  ["batchOperationKey", "BATCH"],
  ["accountId", "USER"],
  ["approvalId", "USER_TASK"],
  ["decisionId", "DECISION"],
  ["decisionEvaluationKey", "DECISION"],
  ["name", "VARIABLE"],
]);
const groups: ReadonlyMap<string, string> = new Map([
  ["Process instance", "PROCESS_INSTANCE"],
  ["Job", "JOB"],
  ["User task", "USER_TASK"],
  ["Incident", "INCIDENT"],
  ["Batch operation", "BATCH"],
  ["Account", "USER"],
  ["Cluster variable", "VARIABLE"],
  ["Decision record", "DECISION"],
  ["Decision definition", "DECISION"],
]);

const verbs = ["ASSIGN", "CANCEL", "COMPLETE", "CREATE", "DELETE", "EVALUATE", "MIGRATE", "MODIFY", "RESOLVE"] as const;

/** The contract's word for what was asked for. */
export function operationWord(id: string): string {
  const start = id.toUpperCase();
  if (start.startsWith("UNASSIGN")) return "UNASSIGN";
  if (start.startsWith("CHANGE") || start.startsWith("UPDATE")) return "UPDATE";
  return verbs.find((verb) => start.startsWith(verb)) ?? "UNKNOWN";
}

function entityOf(operation: Operation, params: unknown): { readonly entityType: string; readonly entityKey: string } {
  const given = Object.entries((params ?? {}) as Readonly<Record<string, unknown>>);
  const [name, value] = given.findLast(([name]) => entities.has(name)) ?? given.at(-1) ?? ["", ""];
  return {
    entityType: entities.get(name) ?? groups.get(operation.group) ?? "RESOURCE",
    entityKey: String(value).slice(0, 256),
  };
}

function isCommand({ access, method }: Operation): boolean {
  return method !== "get" && access !== "public" && !access.endsWith(":read");
}

/** What the operation was refused with is thrown on by its caller; a store that fails here must not hide it. */
export async function recordRefusal(
  operation: Operation,
  caller: Caller,
  params: unknown,
  thrown: unknown,
  { engine }: Services,
  onError: (error: unknown) => void,
): Promise<void> {
  const problem = toProblem(thrown);
  if (problem === undefined || ![400, 403, 404, 409, 422].includes(problem.status)) return;
  if (!isCommand(operation) && problem.status !== 403) return;
  await engine.auditLog
    .record(
      {
        command: operation.id,
        operation: operationWord(operation.id),
        ...entityOf(operation, params),
        tenantId: caller.tenantIds[0] ?? "<default>",
        reason: problem.message,
      },
      contextOf(caller),
    )
    .catch(onError);
}
