/** /v2/incidents: what waits for a person to put it right. */
import { z } from "zod";
import type { IncidentItem } from "../../engine/index.ts";
import { onProcess } from "../auth/resource-permissions.ts";
import { operation } from "../http/operation.ts";
import {
  dateFilter,
  enumFilter,
  keyFilter,
  keyText,
  operationReference,
  textFilter,
  wordFilter,
} from "../http/search.ts";
import { contextOf } from "./context.ts";
import { emptyReply, noContent, ok, okReply, searchOperation } from "./replies.ts";

const group = "Incident";

/** The closed list of the Camunda 8.9 contract. */
const contractTypes = [
  "AD_HOC_SUB_PROCESS_NO_RETRIES",
  "CALLED_DECISION_ERROR",
  "CALLED_ELEMENT_ERROR",
  "CONDITION_ERROR",
  "DECISION_EVALUATION_ERROR",
  "EXECUTION_LISTENER_NO_RETRIES",
  "EXTRACT_VALUE_ERROR",
  "FORM_NOT_FOUND",
  "IO_MAPPING_ERROR",
  "JOB_NO_RETRIES",
  "MESSAGE_SIZE_EXCEEDED",
  "RESOURCE_NOT_FOUND",
  "TASK_LISTENER_NO_RETRIES",
  "UNHANDLED_ERROR_EVENT",
  "UNKNOWN",
  "UNSPECIFIED",
] as const;
const ownTypes = ["STEP_LIMIT_EXCEEDED", "POLICY_DENIED", "BUDGET_EXCEEDED", "AGENT_INTERRUPTED"] as const;
const states = ["ACTIVE", "MIGRATED", "PENDING", "RESOLVED", "UNKNOWN"] as const;

export const incidentItem = z
  .object({
    processDefinitionId: z.string(),
    errorType: z.enum(contractTypes),
    interlockErrorType: z
      .enum([...contractTypes, ...ownTypes])
      .meta({ description: "Ours: the exact type; where the contract has no word for it, errorType is UNKNOWN." }),
    errorMessage: z.string(),
    elementId: z.string(),
    creationTime: z.string(),
    state: z.enum(states),
    tenantId: z.string(),
    incidentKey: z.string(),
    processDefinitionKey: z.string(),
    processInstanceKey: z.string(),
    rootProcessInstanceKey: z.string().nullable(),
    elementInstanceKey: z.string(),
    jobKey: z.string().nullable(),
  })
  .meta({ id: "Incident" });

export const incidentFilter = z
  .strictObject({
    processDefinitionId: textFilter.optional(),
    errorType: enumFilter([...contractTypes, ...ownTypes]).optional(),
    errorMessage: textFilter.optional(),
    elementId: textFilter.optional(),
    creationTime: dateFilter.optional(),
    state: enumFilter(states).optional(),
    tenantId: textFilter.optional(),
    incidentKey: wordFilter.optional(),
    processDefinitionKey: keyFilter.optional(),
    processInstanceKey: keyFilter.optional(),
    rootProcessInstanceKey: keyFilter.optional(),
    elementInstanceKey: keyFilter.optional(),
    jobKey: keyFilter.optional(),
  })
  .meta({ id: "IncidentFilter" });

export const incidentSorts = [
  "incidentKey",
  "processDefinitionKey",
  "processDefinitionId",
  "processInstanceKey",
  "errorType",
  "elementId",
  "elementInstanceKey",
  "creationTime",
  "state",
  "jobKey",
  "tenantId",
] as const;

/** Clients check errorType against a closed list; our own words travel beside it. */
export function presentIncident(item: IncidentItem): object {
  // Typed, so that a new type of the engine does not compile before it stands in a list here.
  const exact: (typeof contractTypes)[number] | (typeof ownTypes)[number] = item.errorType;
  const known = (contractTypes as readonly string[]).includes(exact);
  return { ...item, errorType: known ? exact : "UNKNOWN", interlockErrorType: exact };
}

const params = z.strictObject({ incidentKey: keyText });

export const incidentOperations = [
  searchOperation({
    id: "searchIncidents",
    path: "/incidents/search",
    group,
    summary: "Search incidents",
    access: "instance:read",
    grants: onProcess("READ_PROCESS_INSTANCE"),
    filter: incidentFilter,
    sorts: incidentSorts,
    item: incidentItem,
    run: (request, { engine, context }) => engine.queries.searchIncidents(request, context),
    present: presentIncident,
  }),
  operation({
    id: "getIncident",
    method: "get",
    path: "/incidents/{incidentKey}",
    group,
    summary: "Get an incident",
    access: "instance:read",
    grants: onProcess("READ_PROCESS_INSTANCE"),
    params,
    replies: okReply(incidentItem),
    handle: async ({ params, services, caller }) =>
      ok(presentIncident(await services.engine.queries.getIncident(params.incidentKey, contextOf(caller)))),
  }),
  operation({
    id: "resolveIncident",
    method: "post",
    path: "/incidents/{incidentKey}/resolution",
    group,
    summary: "Resolve an incident: what failed is tried again",
    access: "instance:operate",
    grants: onProcess("UPDATE_PROCESS_INSTANCE"),
    params,
    body: {
      kind: "json",
      optional: true,
      schema: z.strictObject({ operationReference: operationReference.optional() }),
    },
    replies: emptyReply,
    async handle({ params, services, caller }) {
      await services.engine.resolveIncident(params.incidentKey, {}, contextOf(caller));
      return noContent;
    },
  }),
];
