/** /v2/deployments and /v2/resources: models come in, all of one call or none, and can be looked at and taken away again. */
import { isUtf8 } from "node:buffer";
import { z } from "zod";
import type { CallContext } from "../../engine/index.ts";
import { type Grant, on, onSingle, together } from "../auth/resource-permissions.ts";
import { multipartOperation, operation } from "../http/operation.ts";
import { Problem } from "../http/problem.ts";
import { keyText, operationReference } from "../http/search.ts";
import type { Services } from "../services.ts";
import { contextOf, tenantOf } from "./context.ts";
import { ok, okReply } from "./replies.ts";

const group = "Resource";
const params = z.strictObject({ resourceKey: keyText });

const deployed = z
  .object({
    processDefinition: z
      .object({
        processDefinitionId: z.string(),
        processDefinitionVersion: z.int(),
        resourceName: z.string(),
        tenantId: z.string(),
        processDefinitionKey: z.string(),
      })
      .nullable(),
    decisionDefinition: z
      .object({
        decisionDefinitionId: z.string(),
        version: z.int(),
        name: z.string(),
        tenantId: z.string(),
        decisionRequirementsId: z.string(),
        decisionDefinitionKey: z.string(),
        decisionRequirementsKey: z.string(),
      })
      .nullable(),
    decisionRequirements: z
      .object({
        decisionRequirementsId: z.string(),
        decisionRequirementsName: z.string(),
        version: z.int(),
        resourceName: z.string(),
        tenantId: z.string(),
        decisionRequirementsKey: z.string(),
      })
      .nullable(),
    form: z
      .object({
        formId: z.string(),
        version: z.int(),
        resourceName: z.string(),
        tenantId: z.string(),
        formKey: z.string(),
      })
      .nullable(),
    resource: z
      .object({
        resourceId: z.string(),
        resourceName: z.string(),
        version: z.int(),
        tenantId: z.string(),
        resourceKey: z.string(),
      })
      .nullable(),
  })
  .meta({ id: "DeployedItem", description: "One of the five members says what was deployed; the others are null." });

export const deploymentReply = z.object({
  deploymentKey: z.string(),
  tenantId: z.string(),
  deployments: z.array(deployed),
  warnings: z
    .array(
      z.object({
        resourceName: z.string(),
        ruleId: z.string(),
        elementId: z.string().nullable(),
        message: z.string(),
      }),
    )
    .meta({ description: "Ours: lint findings that do not stop a deployment." }),
});

const deletions = [
  ...onSingle("RESOURCE", "DELETE_PROCESS"),
  ...onSingle("RESOURCE", "DELETE_DRD"),
  ...onSingle("RESOURCE", "DELETE_FORM"),
  ...onSingle("RESOURCE", "DELETE_RESOURCE"),
];

export const deploymentOperations = [
  multipartOperation({
    id: "createDeployment",
    method: "post",
    path: "/deployments",
    group,
    summary: "Deploy models: BPMN, DMN, forms and any other resources, all or none",
    access: "definition:deploy",
    grants: onSingle("RESOURCE", "CREATE"),
    form: z.object({ resources: z.array(z.string().meta({ format: "binary" })), tenantId: z.string().optional() }),
    replies: okReply(deploymentReply, "What was deployed."),
    async handle({ body: form, services, caller }) {
      for (const name of form.fields.keys())
        if (name !== "tenantId")
          throw new Problem(
            "INVALID_ARGUMENT",
            `Expected the fields resources and tenantId, but found "${name.slice(0, 60)}" (at body).`,
          );
      for (const file of form.files)
        if (file.part !== "resources")
          throw new Problem(
            "INVALID_ARGUMENT",
            `Expected files under the name resources, but found "${file.part.slice(0, 60)}" (at body).`,
          );
      if (form.files.length === 0)
        throw new Problem(
          "INVALID_ARGUMENT",
          "Expected at least one file under the name resources, but there is none (at body.resources).",
        );
      const nameless = form.files.find((file) => file.name === "");
      if (nameless !== undefined)
        throw new Problem(
          "INVALID_ARGUMENT",
          "Expected a file name for each resource, but one has none (at body.resources).",
        );
      const gate = await services.changes.deploymentGate(caller);
      return ok(
        await services.engine.deploy(
          form.files,
          { tenantId: tenantOf(caller, form.fields.get("tenantId")?.[0]), ...(gate && { gate }) },
          contextOf(caller),
        ),
      );
    },
  }),
  operation({
    id: "getResource",
    method: "get",
    path: "/resources/{resourceKey}",
    group,
    summary: "Get what is known of a deployed resource",
    access: "definition:read",
    grants: onSingle("RESOURCE", "READ"),
    params,
    replies: okReply(
      z
        .object({
          resourceName: z.string(),
          version: z.int(),
          versionTag: z.string().nullable(),
          resourceId: z.string(),
          tenantId: z.string(),
          resourceKey: z.string(),
        })
        .meta({ id: "Resource" }),
    ),
    handle: async ({ params, services, caller }) =>
      ok(await services.engine.queries.getResource(params.resourceKey, contextOf(caller))),
  }),
  operation({
    id: "getResourceContent",
    method: "get",
    path: "/resources/{resourceKey}/content",
    group,
    summary: "Get the content of a deployed resource",
    access: "definition:read",
    grants: onSingle("RESOURCE", "READ"),
    params,
    replies: { 200: { description: "The bytes as deployed.", content: "application/octet-stream" } },
    // As text or plain bytes, never as what a browser would run: the content is whatever somebody deployed.
    handle: async ({ params, services, caller }) => {
      const content = Buffer.from(
        await services.engine.queries.getResourceContent(params.resourceKey, contextOf(caller)),
      );
      return {
        status: 200,
        type: isUtf8(content) ? "text/plain; charset=utf-8" : "application/octet-stream",
        headers: { "content-disposition": "attachment" },
        content,
      };
    },
  }),
  operation({
    id: "deleteResource",
    method: "post",
    path: "/resources/{resourceKey}/deletion",
    group,
    summary: "Delete a deployed resource on which nothing runs",
    access: "definition:delete",
    grants: deletions,
    grantsFor: ({ params, body, services, caller }) =>
      deletionOf(services.engine, params.resourceKey, body.deleteHistory === true, contextOf(caller)),
    params,
    body: {
      kind: "json",
      optional: true,
      schema: z.strictObject({
        operationReference: operationReference.optional(),
        deleteHistory: z.boolean().optional(),
      }),
    },
    replies: okReply(
      z.object({
        resourceKey: z.string(),
        batchOperation: z
          .object({ batchOperationKey: z.string(), batchOperationType: z.literal("DELETE_DECISION_INSTANCE") })
          .nullable(),
      }),
    ),
    async handle({ params, body, services, caller }) {
      const { engine } = services;
      const { resourceKey } = params;
      const context = contextOf(caller);
      const isOfDecisions = body.deleteHistory === true && (await isRequirements(engine, resourceKey, context));
      await engine.deleteResource(resourceKey, context);
      if (body.deleteHistory !== true) return ok({ resourceKey, batchOperation: null });
      // What ran on it: of a process its instances, told to nobody (as the contract has it); of decisions their evaluations.
      const batchOperation = isOfDecisions
        ? await engine.startBatchOperation(
            { type: "DELETE_DECISION_INSTANCE", filter: { decisionRequirementsKey: resourceKey } },
            context,
          )
        : await engine.startBatchOperation(
            { type: "DELETE_PROCESS_INSTANCE", filter: { processDefinitionKey: resourceKey } },
            context,
          );
      return ok({ resourceKey, batchOperation: isOfDecisions ? batchOperation : null });
    },
  }),
];

/** What it takes to delete this resource: each kind has a permission of its own, and so has what ran on it. */
async function deletionOf(
  engine: Services["engine"],
  key: string,
  withHistory: boolean,
  context: CallContext,
): Promise<readonly Grant[]> {
  const { queries } = engine;
  if ((await queries.searchProcessDefinitions({ filter: { processDefinitionKey: key } }, context)).items.length > 0)
    return withHistory
      ? together(on("RESOURCE", "DELETE_PROCESS"), on("PROCESS_DEFINITION", "DELETE_PROCESS_INSTANCE"))
      : onSingle("RESOURCE", "DELETE_PROCESS");
  if (await isRequirements(engine, key, context))
    return withHistory
      ? together(on("RESOURCE", "DELETE_DRD"), on("DECISION_DEFINITION", "DELETE_DECISION_INSTANCE"))
      : onSingle("RESOURCE", "DELETE_DRD");
  const isForm = (await queries.searchForms({ filter: { formKey: key } }, context)).items.length > 0;
  return onSingle("RESOURCE", isForm ? "DELETE_FORM" : "DELETE_RESOURCE");
}

async function isRequirements(engine: Services["engine"], key: string, context: CallContext): Promise<boolean> {
  const found = await engine.queries.searchDecisionRequirements({ filter: { decisionRequirementsKey: key } }, context);
  return found.items.length > 0;
}
