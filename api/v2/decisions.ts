/** /v2/decision-definitions, -requirements and -instances: DMN as deployed, evaluated, and what was evaluated before. */
import { z } from "zod";
import type { DecisionInstanceFilter } from "../../engine/index.ts";
import { inBatch, onSingle } from "../auth/resource-permissions.ts";
import { type Operation, operation } from "../http/operation.ts";
import {
  dateFilter,
  enumFilter,
  keyFilter,
  keyText,
  operationReference,
  tenantText,
  variablesObject,
} from "../http/search.ts";
import { batchOperationCreated } from "./batch-operations.ts";
import { contextOf, tenantOf } from "./context.ts";
import { emptyReply, noContent, ok, okReply, searchOperation } from "./replies.ts";

const types = ["DECISION_TABLE", "LITERAL_EXPRESSION", "UNSPECIFIED", "UNKNOWN"] as const;
const states = ["EVALUATED", "FAILED", "UNSPECIFIED", "UNKNOWN"] as const;

const definitionItem = z
  .object({
    decisionDefinitionId: z.string(),
    decisionDefinitionKey: z.string(),
    decisionRequirementsId: z.string(),
    decisionRequirementsKey: z.string(),
    decisionRequirementsName: z.string(),
    decisionRequirementsVersion: z.int(),
    name: z.string(),
    tenantId: z.string(),
    version: z.int(),
  })
  .meta({ id: "DecisionDefinition" });

const requirementsItem = z
  .object({
    decisionRequirementsId: z.string(),
    decisionRequirementsKey: z.string(),
    decisionRequirementsName: z.string(),
    resourceName: z.string(),
    tenantId: z.string(),
    version: z.int(),
  })
  .meta({ id: "DecisionRequirements" });

const evaluatedInputs = z.array(z.object({ inputId: z.string(), inputName: z.string(), inputValue: z.string() }));
const matchedRules = z.array(
  z.object({
    ruleId: z.string(),
    ruleIndex: z.int(),
    evaluatedOutputs: z.array(
      z.object({
        outputId: z.string(),
        outputName: z.string(),
        outputValue: z.string(),
        ruleId: z.string().nullable(),
        ruleIndex: z.int().nullable(),
      }),
    ),
  }),
);

const instanceItem = z
  .object({
    decisionDefinitionId: z.string(),
    decisionDefinitionKey: z.string(),
    decisionDefinitionName: z.string(),
    decisionDefinitionType: z.enum(types),
    decisionDefinitionVersion: z.int(),
    decisionEvaluationInstanceKey: z.string(),
    decisionEvaluationKey: z.string(),
    elementInstanceKey: z.string().nullable(),
    evaluationDate: z.string(),
    evaluationFailure: z.string().nullable(),
    processDefinitionKey: z.string().nullable(),
    processInstanceKey: z.string().nullable(),
    result: z.string(),
    rootDecisionDefinitionKey: z.string(),
    rootProcessInstanceKey: z.string().nullable(),
    state: z.enum(states),
    tenantId: z.string(),
  })
  .meta({ id: "DecisionInstance" });

const evaluation = z
  .object({
    decisionDefinitionId: z.string(),
    decisionDefinitionKey: z.string(),
    decisionDefinitionName: z.string(),
    decisionDefinitionVersion: z.int(),
    decisionEvaluationKey: z.string(),
    decisionInstanceKey: z.string(),
    decisionRequirementsId: z.string(),
    decisionRequirementsKey: z.string(),
    evaluatedDecisions: z.array(
      z.object({
        decisionDefinitionId: z.string(),
        decisionDefinitionKey: z.string(),
        decisionDefinitionName: z.string(),
        decisionDefinitionVersion: z.int(),
        decisionDefinitionType: z.string(),
        decisionEvaluationInstanceKey: z.string(),
        output: z.string(),
        tenantId: z.string(),
        matchedRules,
        evaluatedInputs,
      }),
    ),
    failedDecisionDefinitionId: z.string().nullable(),
    failureMessage: z.string().nullable(),
    output: z.string().meta({ description: "JSON text." }),
    tenantId: z.string(),
  })
  .meta({ id: "DecisionEvaluation" });

const definitionParams = z.strictObject({ decisionDefinitionKey: keyText });
const requirementsParams = z.strictObject({ decisionRequirementsKey: keyText });
const instanceParams = z.strictObject({
  decisionEvaluationInstanceKey: z
    .string()
    .min(3)
    .max(40)
    .regex(/^[0-9]+-[0-9]+$/),
});

function xml(content: string) {
  return { status: 200, type: "text/xml; charset=utf-8", content } as const;
}
const xmlReply = { 200: { description: "DMN XML as deployed.", content: "text/xml" } };

const definitions: readonly Operation[] = [
  operation({
    id: "evaluateDecision",
    method: "post",
    path: "/decision-definitions/evaluation",
    group: "Decision definition",
    summary: "Evaluate a decision; the result is JSON text",
    access: "decision:evaluate",
    grants: onSingle("DECISION_DEFINITION", "CREATE_DECISION_INSTANCE"),
    body: {
      kind: "json",
      optional: false,
      schema: z
        .strictObject({
          decisionDefinitionId: z.string().min(1).max(256).optional(),
          decisionDefinitionKey: keyText.optional(),
          variables: variablesObject.optional(),
          tenantId: tenantText.optional(),
        })
        .refine((body) => (body.decisionDefinitionKey === undefined) !== (body.decisionDefinitionId === undefined), {
          message: "Expected either decisionDefinitionKey or decisionDefinitionId, but found both or neither",
        }),
    },
    replies: okReply(evaluation, "What every evaluated decision gave."),
    handle: async ({ body, services, caller }) =>
      ok(
        await services.engine.evaluateDecision(
          { ...body, tenantId: tenantOf(caller, body.tenantId) },
          contextOf(caller),
        ),
      ),
  }),
  searchOperation({
    id: "searchDecisionDefinitions",
    path: "/decision-definitions/search",
    group: "Decision definition",
    summary: "Search decision definitions",
    access: "definition:read",
    grants: onSingle("DECISION_DEFINITION", "READ_DECISION_DEFINITION"),
    filter: z.strictObject({
      decisionDefinitionId: z.string().optional(),
      decisionDefinitionKey: keyText.optional(),
      name: z.string().optional(),
      isLatestVersion: z.boolean().optional(),
      version: z.int().optional(),
      decisionRequirementsId: z.string().optional(),
      decisionRequirementsKey: keyText.optional(),
      decisionRequirementsName: z.string().optional(),
      decisionRequirementsVersion: z.int().optional(),
      tenantId: tenantText.optional(),
    }),
    sorts: [
      "decisionDefinitionKey",
      "decisionDefinitionId",
      "name",
      "version",
      "decisionRequirementsId",
      "decisionRequirementsKey",
      "decisionRequirementsName",
      "decisionRequirementsVersion",
      "tenantId",
    ],
    item: definitionItem,
    run: (request, { engine, context }) => engine.queries.searchDecisionDefinitions(request, context),
  }),
  operation({
    id: "getDecisionDefinition",
    method: "get",
    path: "/decision-definitions/{decisionDefinitionKey}",
    group: "Decision definition",
    summary: "Get a decision definition",
    access: "definition:read",
    grants: onSingle("DECISION_DEFINITION", "READ_DECISION_DEFINITION"),
    params: definitionParams,
    replies: okReply(definitionItem),
    handle: async ({ params, services, caller }) =>
      ok(await services.engine.queries.getDecisionDefinition(params.decisionDefinitionKey, contextOf(caller))),
  }),
  operation({
    id: "getDecisionDefinitionXML",
    method: "get",
    path: "/decision-definitions/{decisionDefinitionKey}/xml",
    group: "Decision definition",
    summary: "Get the DMN source of a decision definition",
    access: "definition:read",
    grants: onSingle("DECISION_DEFINITION", "READ_DECISION_DEFINITION"),
    params: definitionParams,
    replies: xmlReply,
    handle: async ({ params, services, caller }) =>
      xml(await services.engine.queries.getDecisionDefinitionXml(params.decisionDefinitionKey, contextOf(caller))),
  }),
];

const requirements: readonly Operation[] = [
  searchOperation({
    id: "searchDecisionRequirements",
    path: "/decision-requirements/search",
    group: "Decision requirements",
    summary: "Search decision requirements graphs",
    access: "definition:read",
    grants: onSingle("DECISION_REQUIREMENTS_DEFINITION", "READ"),
    filter: z.strictObject({
      decisionRequirementsName: z.string().optional(),
      decisionRequirementsId: z.string().optional(),
      decisionRequirementsKey: keyText.optional(),
      version: z.int().optional(),
      tenantId: tenantText.optional(),
      resourceName: z.string().optional(),
    }),
    sorts: ["decisionRequirementsKey", "decisionRequirementsName", "version", "decisionRequirementsId", "tenantId"],
    item: requirementsItem,
    run: (request, { engine, context }) => engine.queries.searchDecisionRequirements(request, context),
  }),
  operation({
    id: "getDecisionRequirements",
    method: "get",
    path: "/decision-requirements/{decisionRequirementsKey}",
    group: "Decision requirements",
    summary: "Get a decision requirements graph",
    access: "definition:read",
    grants: onSingle("DECISION_REQUIREMENTS_DEFINITION", "READ"),
    params: requirementsParams,
    replies: okReply(requirementsItem),
    handle: async ({ params, services, caller }) =>
      ok(await services.engine.queries.getDecisionRequirements(params.decisionRequirementsKey, contextOf(caller))),
  }),
  operation({
    id: "getDecisionRequirementsXML",
    method: "get",
    path: "/decision-requirements/{decisionRequirementsKey}/xml",
    group: "Decision requirements",
    summary: "Get the DMN source of a decision requirements graph",
    access: "definition:read",
    grants: onSingle("DECISION_REQUIREMENTS_DEFINITION", "READ"),
    params: requirementsParams,
    replies: xmlReply,
    handle: async ({ params, services, caller }) =>
      xml(await services.engine.queries.getDecisionRequirementsXml(params.decisionRequirementsKey, contextOf(caller))),
  }),
];

const instanceFilter = z.strictObject({
  decisionEvaluationInstanceKey: z
    .union([
      z.string(),
      z.strictObject({
        $eq: z.string().optional(),
        $neq: z.string().optional(),
        $exists: z.boolean().optional(),
        $in: z.array(z.string()).max(1000).optional(),
        $notIn: z.array(z.string()).max(1000).optional(),
      }),
    ])
    .optional(),
  state: enumFilter(states).optional(),
  evaluationFailure: z.string().optional(),
  evaluationDate: dateFilter.optional(),
  decisionDefinitionId: z.string().optional(),
  decisionDefinitionName: z.string().optional(),
  decisionDefinitionVersion: z.int().optional(),
  decisionDefinitionType: z.enum(types).optional(),
  tenantId: tenantText.optional(),
  decisionEvaluationKey: keyText.optional(),
  processDefinitionKey: keyText.optional(),
  processInstanceKey: keyText.optional(),
  decisionDefinitionKey: keyFilter.optional(),
  elementInstanceKey: keyFilter.optional(),
  rootDecisionDefinitionKey: keyFilter.optional(),
  decisionRequirementsKey: keyFilter.optional(),
});

const instances: readonly Operation[] = [
  searchOperation({
    id: "searchDecisionInstances",
    path: "/decision-instances/search",
    group: "Decision instance",
    summary: "Search evaluations of decisions",
    access: "instance:read",
    grants: onSingle("DECISION_DEFINITION", "READ_DECISION_INSTANCE"),
    filter: instanceFilter,
    sorts: [
      "decisionDefinitionId",
      "decisionDefinitionKey",
      "decisionDefinitionName",
      "decisionDefinitionType",
      "decisionDefinitionVersion",
      "decisionEvaluationInstanceKey",
      "decisionEvaluationKey",
      "elementInstanceKey",
      "evaluationDate",
      "evaluationFailure",
      "processDefinitionKey",
      "processInstanceKey",
      "rootDecisionDefinitionKey",
      "state",
      "tenantId",
    ],
    item: instanceItem,
    run: (request, { engine, context }) => engine.queries.searchDecisionInstances(request, context),
  }),
  operation({
    id: "getDecisionInstance",
    method: "get",
    path: "/decision-instances/{decisionEvaluationInstanceKey}",
    group: "Decision instance",
    summary: "Get an evaluation with its inputs and the rules that matched",
    access: "instance:read",
    grants: onSingle("DECISION_DEFINITION", "READ_DECISION_INSTANCE"),
    params: instanceParams,
    replies: okReply(instanceItem.extend({ evaluatedInputs, matchedRules }).meta({ id: "DecisionInstanceDetail" })),
    handle: async ({ params, services, caller }) =>
      ok(await services.engine.queries.getDecisionInstance(params.decisionEvaluationInstanceKey, contextOf(caller))),
  }),
  operation({
    id: "deleteDecisionInstance",
    method: "post",
    path: "/decision-instances/{decisionEvaluationKey}/deletion",
    group: "Decision instance",
    summary: "Delete an evaluation, with all decisions that it went through",
    access: "instance:operate",
    grants: onSingle("DECISION_DEFINITION", "DELETE_DECISION_INSTANCE"),
    params: z.strictObject({ decisionEvaluationKey: keyText }),
    body: {
      kind: "json",
      optional: true,
      schema: z.strictObject({ operationReference: operationReference.optional() }),
    },
    replies: emptyReply,
    async handle({ params, services, caller }) {
      await services.engine.deleteDecisionInstance(params.decisionEvaluationKey, contextOf(caller));
      return noContent;
    },
  }),
  operation({
    id: "deleteDecisionInstancesBatchOperation",
    method: "post",
    path: "/decision-instances/deletion",
    group: "Decision instance",
    summary: "Delete all evaluations that a filter chooses",
    access: "instance:operate",
    grants: inBatch(
      "CREATE_BATCH_OPERATION_DELETE_DECISION_INSTANCE",
      onSingle("DECISION_DEFINITION", "DELETE_DECISION_INSTANCE"),
    ),
    body: {
      kind: "json",
      optional: false,
      schema: z.strictObject({ filter: instanceFilter, operationReference: operationReference.optional() }),
    },
    replies: okReply(batchOperationCreated),
    async handle({ body, services, caller }) {
      const filter = body.filter as DecisionInstanceFilter;
      return ok(
        await services.engine.startBatchOperation({ type: "DELETE_DECISION_INSTANCE", filter }, contextOf(caller)),
      );
    },
  }),
];

export const decisionOperations: readonly Operation[] = [...definitions, ...requirements, ...instances];
