/** /v2/expression and /v2/conditionals: FEEL tried out, and conditional start events triggered. */
import { z } from "zod";
import { on, onProcess } from "../auth/resource-permissions.ts";
import { operation } from "../http/operation.ts";
import { keyText, tenantText, variablesObject } from "../http/search.ts";
import { contextOf, tenantOf } from "./context.ts";
import { ok, okReply } from "./replies.ts";

export const evaluationOperations = [
  operation({
    id: "evaluateExpression",
    method: "post",
    path: "/expression/evaluation",
    group: "Expression",
    summary: "Evaluate a FEEL expression over given variables",
    access: "decision:evaluate",
    grants: on("EXPRESSION", "EVALUATE"),
    body: {
      kind: "json",
      optional: false,
      schema: z.strictObject({
        expression: z.string().min(1).max(16_384),
        tenantId: tenantText.optional(),
        variables: variablesObject.nullable().optional(),
      }),
    },
    replies: okReply(
      z.object({ expression: z.string(), result: z.unknown(), warnings: z.array(z.object({ message: z.string() })) }),
    ),
    async handle({ body, services, caller }) {
      return ok(
        await services.engine.evaluateExpression(
          {
            expression: body.expression,
            tenantId: tenantOf(caller, body.tenantId),
            ...(body.variables == null ? {} : { variables: body.variables }),
          },
          contextOf(caller),
        ),
      );
    },
  }),
  operation({
    id: "evaluateConditionals",
    method: "post",
    path: "/conditionals/evaluation",
    group: "Conditional",
    summary: "Start the processes whose conditional start event holds over given variables",
    access: "instance:start",
    grants: onProcess("CREATE_PROCESS_INSTANCE"),
    body: {
      kind: "json",
      optional: false,
      schema: z.strictObject({
        variables: variablesObject,
        processDefinitionKey: keyText.optional(),
        tenantId: tenantText.optional(),
      }),
    },
    replies: okReply(
      z.object({
        conditionalEvaluationKey: z.string(),
        tenantId: z.string(),
        processInstances: z.array(z.object({ processDefinitionKey: z.string(), processInstanceKey: z.string() })),
      }),
    ),
    async handle({ body, services, caller }) {
      return ok(
        await services.engine.evaluateConditionals(
          { ...body, tenantId: tenantOf(caller, body.tenantId) },
          contextOf(caller),
        ),
      );
    },
  }),
];
