/** What changes running instances: cancel, modify, migrate, delete, resolve incidents; one instance or a batch chosen by filter. */
import { z } from "zod";
import type { BatchOperationInput, ModifyInput } from "../../engine/index.ts";
import { type Grant, inBatch, onProcess } from "../auth/resource-permissions.ts";
import { type Operation, operation } from "../http/operation.ts";
import { keyText, operationReference } from "../http/search.ts";
import { batchOperationCreated } from "./batch-operations.ts";
import { contextOf } from "./context.ts";
import { modification, modifyInputOf } from "./modification.ts";
import { processInstanceFilter } from "./process-instance-filter.ts";
import { emptyReply, noContent, ok, okReply } from "./replies.ts";

const group = "Process instance";
const access = "instance:operate";
const params = z.strictObject({ processInstanceKey: keyText });
const elementId = z.string().min(1).max(256);
const reference = { operationReference: operationReference.optional() };
const mapping = z.strictObject({ sourceElementId: elementId, targetElementId: elementId });
const migrationPlan = z.strictObject({
  targetProcessDefinitionKey: keyText,
  mappingInstructions: z.array(mapping).max(10_000),
});

const single: readonly Operation[] = [
  operation({
    id: "cancelProcessInstance",
    method: "post",
    path: "/process-instances/{processInstanceKey}/cancellation",
    group,
    summary: "Cancel a process instance and what it called",
    access,
    grants: onProcess("CANCEL_PROCESS_INSTANCE"),
    params,
    body: { kind: "json", optional: true, schema: z.strictObject(reference) },
    replies: emptyReply,
    async handle({ params, services, caller }) {
      await services.engine.cancelInstance(params.processInstanceKey, contextOf(caller));
      return noContent;
    },
  }),
  operation({
    id: "deleteProcessInstance",
    method: "post",
    path: "/process-instances/{processInstanceKey}/deletion",
    group,
    summary: "Delete an ended process instance with its history",
    access,
    grants: onProcess("DELETE_PROCESS_INSTANCE"),
    params,
    body: { kind: "json", optional: true, schema: z.strictObject(reference) },
    replies: emptyReply,
    async handle({ params, services, caller }) {
      await services.engine.deleteInstance(params.processInstanceKey, contextOf(caller));
      return noContent;
    },
  }),
  operation({
    id: "resolveProcessInstanceIncidents",
    method: "post",
    path: "/process-instances/{processInstanceKey}/incident-resolution",
    group,
    summary: "Resolve all incidents of a process instance, as a batch operation",
    access,
    grants: inBatch("CREATE_BATCH_OPERATION_RESOLVE_INCIDENT", onProcess("UPDATE_PROCESS_INSTANCE")),
    params,
    replies: okReply(batchOperationCreated),
    handle: async ({ params, services, caller }) =>
      ok(await services.engine.resolveIncidentsOf(params.processInstanceKey, contextOf(caller))),
  }),
  operation({
    id: "modifyProcessInstance",
    method: "post",
    path: "/process-instances/{processInstanceKey}/modification",
    group,
    summary: "Activate, move and terminate elements of a running instance",
    access,
    grants: onProcess("MODIFY_PROCESS_INSTANCE"),
    params,
    body: { kind: "json", optional: false, schema: modification },
    replies: emptyReply,
    async handle({ params, body, services, caller }) {
      const input: ModifyInput = await modifyInputOf(body, services.engine, contextOf(caller));
      await services.engine.modifyInstance(params.processInstanceKey, input, contextOf(caller));
      return noContent;
    },
  }),
  operation({
    id: "migrateProcessInstance",
    method: "post",
    path: "/process-instances/{processInstanceKey}/migration",
    group,
    summary: "Move a running instance to another version of its process, or to another process",
    access,
    grants: onProcess("MODIFY_PROCESS_INSTANCE"),
    params,
    body: { kind: "json", optional: false, schema: z.strictObject({ ...migrationPlan.shape, ...reference }) },
    replies: emptyReply,
    async handle({ params, body, services, caller }) {
      const { targetProcessDefinitionKey, mappingInstructions } = body;
      await services.engine.migrateInstance(
        params.processInstanceKey,
        { targetProcessDefinitionKey, mappings: mappingInstructions },
        contextOf(caller),
      );
      return noContent;
    },
  }),
];

/** A batch over all instances that a filter chooses. */
function batch<Body extends z.ZodType>(
  id: string,
  grants: readonly Grant[],
  path: string,
  summary: string,
  schema: Body,
  inputOf: (body: z.output<Body>) => BatchOperationInput,
  optional = false,
): Operation {
  return operation({
    id,
    method: "post",
    path,
    group,
    summary,
    access,
    grants,
    body: { kind: "json", optional, schema },
    replies: okReply(batchOperationCreated, "The batch operation, which runs on its own."),
    handle: async ({ body, services, caller }) =>
      ok(await services.engine.startBatchOperation(inputOf(body), contextOf(caller))),
  });
}

const chosen = z.strictObject({ filter: processInstanceFilter, ...reference });
type ChosenFilter = Extract<BatchOperationInput, { type: "MIGRATE_PROCESS_INSTANCE" }>["filter"];

const batches: readonly Operation[] = [
  batch(
    "cancelProcessInstancesBatchOperation",
    inBatch("CREATE_BATCH_OPERATION_CANCEL_PROCESS_INSTANCE", onProcess("CANCEL_PROCESS_INSTANCE")),
    "/process-instances/cancellation",
    "Cancel all instances that a filter chooses",
    chosen,
    ({ filter }) => ({
      type: "CANCEL_PROCESS_INSTANCE",
      filter: filter as ChosenFilter,
    }),
  ),
  batch(
    "deleteProcessInstancesBatchOperation",
    inBatch("CREATE_BATCH_OPERATION_DELETE_PROCESS_INSTANCE", onProcess("DELETE_PROCESS_INSTANCE")),
    "/process-instances/deletion",
    "Delete all ended instances that a filter chooses",
    chosen,
    ({ filter }) => ({
      type: "DELETE_PROCESS_INSTANCE",
      filter: filter as ChosenFilter,
    }),
  ),
  batch(
    "resolveIncidentsBatchOperation",
    inBatch("CREATE_BATCH_OPERATION_RESOLVE_INCIDENT", onProcess("UPDATE_PROCESS_INSTANCE")),
    "/process-instances/incident-resolution",
    "Resolve the incidents of all instances that a filter chooses",
    z.strictObject({ filter: processInstanceFilter.optional(), ...reference }),
    ({ filter }) => ({ type: "RESOLVE_INCIDENT", filter: (filter ?? {}) as ChosenFilter }),
    true,
  ),
  batch(
    "migrateProcessInstancesBatchOperation",
    inBatch("CREATE_BATCH_OPERATION_MIGRATE_PROCESS_INSTANCE", onProcess("MODIFY_PROCESS_INSTANCE")),
    "/process-instances/migration",
    "Migrate all instances that a filter chooses",
    z.strictObject({ ...chosen.shape, migrationPlan }),
    ({ filter, migrationPlan: { targetProcessDefinitionKey, mappingInstructions } }) => ({
      type: "MIGRATE_PROCESS_INSTANCE",
      filter: filter as ChosenFilter,
      plan: { targetProcessDefinitionKey, mappings: mappingInstructions },
    }),
  ),
  batch(
    "modifyProcessInstancesBatchOperation",
    inBatch("CREATE_BATCH_OPERATION_MODIFY_PROCESS_INSTANCE", onProcess("MODIFY_PROCESS_INSTANCE")),
    "/process-instances/modification",
    "Move tokens in all instances that a filter chooses",
    z.strictObject({ ...chosen.shape, moveInstructions: z.array(mapping).min(1).max(1000) }),
    ({ filter, moveInstructions }) => ({
      type: "MODIFY_PROCESS_INSTANCE",
      filter: filter as ChosenFilter,
      move: moveInstructions,
    }),
  ),
];

export const processInstanceChangeOperations: readonly Operation[] = [...single, ...batches];
