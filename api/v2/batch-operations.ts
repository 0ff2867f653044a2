/** /v2/batch-operations: long work over many instances, with its progress. */
import { z } from "zod";
import { on } from "../auth/resource-permissions.ts";
import { operation } from "../http/operation.ts";
import { enumFilter, keyFilter, keyText, textFilter, wordFilter } from "../http/search.ts";
import { contextOf } from "./context.ts";
import { emptyReply, noContent, ok, okReply, searchOperation } from "./replies.ts";

const group = "Batch operation";
export const batchOperationTypes = [
  "ADD_VARIABLE",
  "CANCEL_PROCESS_INSTANCE",
  "DELETE_DECISION_DEFINITION",
  "DELETE_DECISION_INSTANCE",
  "DELETE_PROCESS_DEFINITION",
  "DELETE_PROCESS_INSTANCE",
  "MIGRATE_PROCESS_INSTANCE",
  "MODIFY_PROCESS_INSTANCE",
  "RESOLVE_INCIDENT",
  "UPDATE_VARIABLE",
] as const;
const states = ["CREATED", "ACTIVE", "SUSPENDED", "COMPLETED", "PARTIALLY_COMPLETED", "CANCELED", "FAILED"] as const;
const itemStates = ["ACTIVE", "COMPLETED", "SKIPPED", "CANCELED", "FAILED"] as const;
const actorTypes = ["ANONYMOUS", "CLIENT", "UNKNOWN", "USER"] as const;

export const batchOperationCreated = z
  .object({ batchOperationKey: z.string(), batchOperationType: z.enum(batchOperationTypes) })
  .meta({ id: "BatchOperationCreated" });

const batchOperationItem = z
  .object({
    batchOperationKey: z.string(),
    state: z.enum(states),
    batchOperationType: z.enum(batchOperationTypes),
    startDate: z.string().nullable(),
    endDate: z.string().nullable(),
    actorType: z.enum(actorTypes).nullable(),
    actorId: z.string().nullable(),
    operationsTotalCount: z.int(),
    operationsFailedCount: z.int(),
    operationsCompletedCount: z.int(),
    errors: z.array(
      z.object({
        partitionId: z.int(),
        type: z.enum(["QUERY_FAILED", "RESULT_BUFFER_SIZE_EXCEEDED"]),
        message: z.string(),
      }),
    ),
  })
  .meta({ id: "BatchOperation" });

/** The contract's words for who acted: people are users, everything else is a client. */
function presentBatchOperation<Item extends { actorType: string | null }>(item: Item): object {
  const { actorType } = item;
  if (actorType === null || (actorTypes as readonly string[]).includes(actorType)) return item;
  return { ...item, actorType: actorType === "human" ? "USER" : "CLIENT" };
}

const params = z.strictObject({ batchOperationKey: keyText });

function command(
  id: string,
  word: "cancellation" | "suspension" | "resumption",
  verb: "cancelBatchOperation" | "suspendBatchOperation" | "resumeBatchOperation",
  summary: string,
) {
  return operation({
    id,
    method: "post",
    path: `/batch-operations/{batchOperationKey}/${word}`,
    group,
    summary,
    access: "instance:operate",
    grants: on("BATCH", "UPDATE"),
    params,
    body: { kind: "json", optional: true, schema: z.strictObject({}) },
    replies: emptyReply,
    async handle({ params, services, caller }) {
      await services.engine[verb](params.batchOperationKey, contextOf(caller));
      return noContent;
    },
  });
}

export const batchOperationOperations = [
  searchOperation({
    id: "searchBatchOperations",
    path: "/batch-operations/search",
    group,
    summary: "Search batch operations",
    access: "instance:read",
    grants: on("BATCH", "READ"),
    filter: z.strictObject({
      batchOperationKey: wordFilter.optional(),
      operationType: enumFilter(batchOperationTypes).optional(),
      state: enumFilter(states).optional(),
      actorType: z.enum(actorTypes).optional(),
      actorId: textFilter.optional(),
    }),
    sorts: ["batchOperationKey", "operationType", "state", "startDate", "endDate", "actorType", "actorId"],
    item: batchOperationItem,
    run: (request, { engine, context }) => engine.queries.searchBatchOperations(withOwnNames(request), context),
    present: presentBatchOperation,
  }),
  operation({
    id: "getBatchOperation",
    method: "get",
    path: "/batch-operations/{batchOperationKey}",
    group,
    summary: "Get a batch operation with its progress",
    access: "instance:read",
    grants: on("BATCH", "READ"),
    params,
    replies: okReply(batchOperationItem),
    handle: async ({ params, services, caller }) =>
      ok(
        presentBatchOperation(
          await services.engine.queries.getBatchOperation(params.batchOperationKey, contextOf(caller)),
        ),
      ),
  }),
  command("cancelBatchOperation", "cancellation", "cancelBatchOperation", "Cancel a batch operation"),
  command("suspendBatchOperation", "suspension", "suspendBatchOperation", "Suspend a batch operation"),
  command("resumeBatchOperation", "resumption", "resumeBatchOperation", "Resume a suspended batch operation"),
  searchOperation({
    id: "searchBatchOperationItems",
    path: "/batch-operation-items/search",
    group,
    summary: "Search the items of batch operations",
    access: "instance:read",
    grants: on("BATCH", "READ"),
    filter: z.strictObject({
      batchOperationKey: wordFilter.optional(),
      itemKey: wordFilter.optional(),
      processInstanceKey: keyFilter.optional(),
      state: enumFilter(itemStates).optional(),
      operationType: enumFilter(batchOperationTypes).optional(),
    }),
    sorts: ["batchOperationKey", "itemKey", "processInstanceKey", "processedDate", "state"],
    item: z
      .object({
        operationType: z.enum(batchOperationTypes),
        batchOperationKey: z.string(),
        itemKey: z.string(),
        processInstanceKey: z.string(),
        rootProcessInstanceKey: z.string().nullable(),
        state: z.enum(itemStates),
        processedDate: z.string().nullable(),
        errorMessage: z.string().nullable(),
      })
      .meta({ id: "BatchOperationItem" }),
    run: (request, { engine, context }) => engine.queries.searchBatchOperationItems(request, context),
  }),
];

interface LooseRequest {
  readonly filter?: Readonly<Record<string, unknown>>;
  readonly sort?: readonly { readonly field: string; readonly order?: "ASC" | "DESC" }[];
}

/** The contract calls the same thing operationType in requests and batchOperationType in answers. */
function withOwnNames(request: LooseRequest & object): never {
  const { operationType, actorType, ...filter } = request.filter ?? {};
  const own = {
    ...filter,
    ...(operationType === undefined ? {} : { batchOperationType: operationType }),
    ...(actorType === undefined
      ? {}
      : { actorType: actorType === "USER" ? "human" : actorType === "CLIENT" ? { $neq: "human" } : actorType }),
  };
  const sort = request.sort?.map(({ field, ...rest }) => ({
    field: field === "operationType" ? "batchOperationType" : field,
    ...rest,
  }));
  return { ...request, filter: own, ...(sort === undefined ? {} : { sort }) } as never;
}
