/** Who did what: one entry a command. Camunda 8.9 REST, "Audit log". */
import type { Queryable } from "../../../store/index.ts";
import type { Key } from "../../core/json.ts";
import type { CallContext } from "./context.ts";
import type { FieldFilter, SearchRequest, SearchResult } from "./filter.ts";

export interface AuditLogItem {
  readonly auditLogKey: string;
  readonly timestamp: string;
  /** Our own word for what was done: the command's type. */
  readonly interlockCommand: string;
  readonly operationType: string;
  readonly entityType: string;
  readonly entityKey: string;
  readonly entityDescription: string | null;
  readonly category: string;
  readonly result: "SUCCESS" | "FAIL";
  /** Why it was refused; null: it was not. */
  readonly interlockReason: string | null;
  /** How often the same came at the same moment. */
  readonly interlockTimes: number;
  readonly actorId: string | null;
  readonly actorType: "ANONYMOUS" | "CLIENT" | "UNKNOWN" | "USER";
  /** Element whose job an agent worked on. */
  readonly agentElementId: string | null;
  readonly tenantId: string | null;
  readonly batchOperationKey: Key | null;
  readonly batchOperationType: string | null;
  readonly processDefinitionId: string | null;
  readonly processDefinitionKey: Key | null;
  readonly processInstanceKey: Key | null;
  readonly rootProcessInstanceKey: Key | null;
  readonly elementInstanceKey: Key | null;
  readonly jobKey: Key | null;
  readonly userTaskKey: Key | null;
  readonly deploymentKey: Key | null;
}
export type AuditLogFilter = FieldFilter<AuditLogItem>;
type AuditLogRequest = SearchRequest<AuditLogFilter, Extract<keyof AuditLogItem, string>>;

/** An entry that the engine does not write of itself. */
export interface AuditEntry {
  /** In the words of the edge: "cancelProcessInstance". */
  readonly command: string;
  readonly entityType: string;
  readonly operation: string;
  readonly entityKey: string;
  readonly description?: string;
  readonly tenantId?: string;
  /** Why it was refused; absent: it was done. */
  readonly reason?: string;
}

export type TellInTransaction = (tx: Queryable, entry: AuditEntry) => Promise<void>;

export interface AuditLog {
  /** Resolves when the entry is kept. */
  readonly record: (entry: AuditEntry, context: CallContext) => Promise<void>;
  /** For deeds of other rooms: gives what writes entries in the deed's own transaction, so that both stand or fall. */
  readonly prepare: (context: CallContext) => Promise<TellInTransaction>;
  readonly search: (request: AuditLogRequest, context: CallContext) => Promise<SearchResult<AuditLogItem>>;
  readonly get: (auditLogKey: string, context: CallContext) => Promise<AuditLogItem>;
  /** What was done to one user task, ended ones too. */
  readonly ofUserTask: (
    userTaskKey: Key,
    request: AuditLogRequest,
    context: CallContext,
  ) => Promise<SearchResult<AuditLogItem>>;
}
