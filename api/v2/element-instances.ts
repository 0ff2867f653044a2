/** /v2/element-instances: where tokens are and were; their variables; ad-hoc activities started from outside. */
import { z } from "zod";
import type { ElementInstanceItem } from "../../engine/index.ts";
import { onProcess } from "../auth/resource-permissions.ts";
import { operation } from "../http/operation.ts";
import {
  dateFilter,
  enumFilter,
  keyFilter,
  keyText,
  operationReference,
  tenantText,
  textFilter,
  variablesObject,
} from "../http/search.ts";
import { contextOf } from "./context.ts";
import { incidentFilter, incidentItem, incidentSorts, presentIncident } from "./incidents.ts";
import { emptyReply, noContent, ok, okReply, searchOperation } from "./replies.ts";

const group = "Element instance";

/** The closed list of the Camunda 8.9 contract. */
const contractTypes = [
  "UNSPECIFIED",
  "PROCESS",
  "SUB_PROCESS",
  "EVENT_SUB_PROCESS",
  "AD_HOC_SUB_PROCESS",
  "AD_HOC_SUB_PROCESS_INNER_INSTANCE",
  "START_EVENT",
  "INTERMEDIATE_CATCH_EVENT",
  "INTERMEDIATE_THROW_EVENT",
  "BOUNDARY_EVENT",
  "END_EVENT",
  "SERVICE_TASK",
  "RECEIVE_TASK",
  "USER_TASK",
  "MANUAL_TASK",
  "TASK",
  "EXCLUSIVE_GATEWAY",
  "INCLUSIVE_GATEWAY",
  "PARALLEL_GATEWAY",
  "EVENT_BASED_GATEWAY",
  "SEQUENCE_FLOW",
  "MULTI_INSTANCE_BODY",
  "CALL_ACTIVITY",
  "BUSINESS_RULE_TASK",
  "SCRIPT_TASK",
  "SEND_TASK",
  "UNKNOWN",
] as const;
const ownTypes = ["TRANSACTION", "COMPLEX_GATEWAY"] as const;
const states = ["ACTIVE", "COMPLETED", "TERMINATED"] as const;

const elementInstanceItem = z
  .object({
    processDefinitionId: z.string(),
    startDate: z.string(),
    endDate: z.string().nullable(),
    elementId: z.string(),
    elementName: z.string(),
    type: z.enum(contractTypes),
    interlockType: z.string().meta({
      description: "Ours: the exact type; a transaction shows as SUB_PROCESS in type, a complex gateway as UNKNOWN.",
    }),
    state: z.enum(states),
    hasIncident: z.boolean(),
    tenantId: z.string(),
    elementInstanceKey: z.string(),
    processInstanceKey: z.string(),
    rootProcessInstanceKey: z.string().nullable(),
    processDefinitionKey: z.string(),
    incidentKey: z.string().nullable(),
    elementInstanceScopeKey: z.string().nullable().meta({ description: "Ours: the enclosing element instance." }),
  })
  .meta({ id: "ElementInstance" });

function present(item: ElementInstanceItem): object {
  const known = (contractTypes as readonly string[]).includes(item.type);
  return {
    ...item,
    type: known ? item.type : item.type === "TRANSACTION" ? "SUB_PROCESS" : "UNKNOWN",
    interlockType: item.type,
  };
}

const params = z.strictObject({ elementInstanceKey: keyText });

export const elementInstanceOperations = [
  searchOperation({
    id: "searchElementInstances",
    path: "/element-instances/search",
    group,
    summary: "Search element instances",
    access: "instance:read",
    grants: onProcess("READ_PROCESS_INSTANCE"),
    filter: z.strictObject({
      processDefinitionId: textFilter.optional(),
      state: enumFilter(states).optional(),
      type: z.enum([...contractTypes, ...ownTypes]).optional(),
      elementId: textFilter.optional(),
      elementName: textFilter.optional(),
      hasIncident: z.boolean().optional(),
      tenantId: tenantText.optional(),
      elementInstanceKey: keyFilter.optional(),
      processInstanceKey: keyFilter.optional(),
      rootProcessInstanceKey: keyFilter.optional(),
      processDefinitionKey: keyFilter.optional(),
      incidentKey: keyFilter.optional(),
      startDate: dateFilter.optional(),
      endDate: dateFilter.optional(),
      elementInstanceScopeKey: keyText.optional(),
    }),
    sorts: [
      "elementInstanceKey",
      "processInstanceKey",
      "processDefinitionKey",
      "processDefinitionId",
      "startDate",
      "endDate",
      "elementId",
      "elementName",
      "type",
      "state",
      "incidentKey",
      "tenantId",
    ],
    item: elementInstanceItem,
    run: (request, { engine, context }) => engine.queries.searchElementInstances(request, context),
    present,
  }),
  operation({
    id: "getElementInstance",
    method: "get",
    path: "/element-instances/{elementInstanceKey}",
    group,
    summary: "Get an element instance",
    access: "instance:read",
    grants: onProcess("READ_PROCESS_INSTANCE"),
    params,
    replies: okReply(elementInstanceItem),
    handle: async ({ params, services, caller }) =>
      ok(present(await services.engine.queries.getElementInstance(params.elementInstanceKey, contextOf(caller)))),
  }),
  searchOperation({
    id: "searchElementInstanceIncidents",
    path: "/element-instances/{elementInstanceKey}/incidents/search",
    group,
    summary: "Search the incidents of an element instance and of what stands inside it",
    access: "instance:read",
    grants: onProcess("READ_PROCESS_INSTANCE"),
    params,
    filter: incidentFilter,
    sorts: incidentSorts,
    item: incidentItem,
    run: (request, { engine, context, params }) =>
      engine.queries.searchElementInstanceIncidents(params.elementInstanceKey, request, context),
    present: presentIncident,
  }),
  operation({
    id: "createElementInstanceVariables",
    method: "put",
    path: "/element-instances/{elementInstanceKey}/variables",
    group,
    summary: "Set variables; local ones stay in this scope, others go to the scope that has the name",
    access: "instance:operate",
    grants: onProcess("UPDATE_PROCESS_INSTANCE"),
    params,
    body: {
      kind: "json",
      optional: false,
      schema: z.strictObject({
        variables: variablesObject,
        local: z.boolean().optional(),
        operationReference: operationReference.optional(),
      }),
    },
    replies: emptyReply,
    async handle({ params, body, services, caller }) {
      await services.engine.setVariables(
        params.elementInstanceKey,
        { variables: body.variables, local: body.local ?? false },
        contextOf(caller),
      );
      return noContent;
    },
  }),
  operation({
    id: "activateAdHocSubProcessActivities",
    method: "post",
    path: "/element-instances/ad-hoc-activities/{adHocSubProcessInstanceKey}/activation",
    group: "Ad-hoc sub-process",
    summary: "Activate activities of a running ad-hoc sub-process",
    access: "instance:operate",
    grants: onProcess("UPDATE_PROCESS_INSTANCE"),
    params: z.strictObject({ adHocSubProcessInstanceKey: keyText }),
    body: {
      kind: "json",
      optional: false,
      schema: z.strictObject({
        elements: z
          .array(z.strictObject({ elementId: z.string().min(1).max(256), variables: variablesObject.optional() }))
          .min(1)
          .max(1000),
        cancelRemainingInstances: z.boolean().optional(),
      }),
    },
    replies: emptyReply,
    async handle({ params, body, services, caller }) {
      await services.engine.activateAdHocElements(params.adHocSubProcessInstanceKey, body, contextOf(caller));
      return noContent;
    },
  }),
];
