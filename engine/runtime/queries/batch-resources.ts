import type { BatchOperationItem, BatchOperationItemItem } from "../contract/items.ts";
import { date, fieldsOf, integer, isoDateOrNull, key, longText, type Resource, text, textOrNull } from "./resource.ts";

type Row = Readonly<Record<string, unknown>>;
const str = (row: Row, name: string): string => String(row[name]);

export const batchOperations: Resource<BatchOperationItem> = {
  name: "batch operations",
  from: "batch_operation b",
  key: { sql: "b.key", type: "key" },
  tenant: "b.tenant_id",
  fields: fieldsOf({
    batchOperationKey: key("b.key"),
    operationType: text("b.type"),
    batchOperationType: text("b.type"),
    state: text("b.state"),
    startDate: date("b.started_at"),
    endDate: date("b.ended_at"),
    actorType: text("(b.actor ->> 'type')"),
    actorId: text("(b.actor ->> 'id')"),
    operationsTotalCount: integer("b.total"),
    operationsFailedCount: integer("b.failed"),
    operationsCompletedCount: integer("b.completed"),
  }),
  columns: {
    key: "b.key",
    type: "b.type",
    state: "b.state",
    started_at: "b.started_at",
    ended_at: "b.ended_at",
    actor: "b.actor",
    total: "b.total",
    failed: "b.failed",
    completed: "b.completed",
    error: "b.error",
  },
  toItem: (row) => ({
    batchOperationKey: str(row, "key"),
    state: row.state as BatchOperationItem["state"],
    batchOperationType: row.type as BatchOperationItem["batchOperationType"],
    startDate: isoDateOrNull(row.started_at),
    endDate: isoDateOrNull(row.ended_at),
    actorType: (row.actor as { type?: string }).type ?? null,
    actorId: (row.actor as { id?: string }).id ?? null,
    operationsTotalCount: Number(row.total),
    operationsFailedCount: Number(row.failed),
    operationsCompletedCount: Number(row.completed),
    errors: row.error === null ? [] : [{ partitionId: 1, type: "QUERY_FAILED", message: str(row, "error") }],
  }),
};

export const batchOperationItems: Resource<BatchOperationItemItem> = {
  name: "batch operation items",
  from: "batch_operation_item i join batch_operation b on b.key = i.batch_key",
  key: { sql: "i.item_key", type: "key" },
  keyRest: [{ sql: "i.batch_key", type: "key" }],
  tenant: "b.tenant_id",
  fields: fieldsOf({
    operationType: text("b.type"),
    batchOperationKey: key("i.batch_key"),
    itemKey: key("i.item_key"),
    processInstanceKey: key("i.instance_key"),
    rootProcessInstanceKey: key("i.root_key"),
    state: text("i.state"),
    processedDate: date("i.processed_at"),
    errorMessage: longText("i.error"),
  }),
  columns: {
    type: "b.type",
    batch_key: "i.batch_key",
    item_key: "i.item_key",
    instance_key: "i.instance_key",
    root_key: "i.root_key",
    state: "i.state",
    processed_at: "i.processed_at",
    error: "i.error",
  },
  toItem: (row) => ({
    operationType: row.type as BatchOperationItemItem["operationType"],
    batchOperationKey: str(row, "batch_key"),
    itemKey: str(row, "item_key"),
    processInstanceKey: str(row, "instance_key"),
    rootProcessInstanceKey: textOrNull(row.root_key),
    state: row.state as BatchOperationItemItem["state"],
    processedDate: isoDateOrNull(row.processed_at),
    errorMessage: textOrNull(row.error),
  }),
};
