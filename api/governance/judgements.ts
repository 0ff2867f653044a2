/** /governance/v1/judgements: what people say of decisions and retrievals afterwards; accuracy and precision (K01, K05) come from it. */
import { z } from "zod";
import { type Operation, operation } from "../http/operation.ts";
import { keyText } from "../http/search.ts";
import { contextOf } from "../v2/context.ts";
import { ok, okReply } from "../v2/replies.ts";
import { planeCaller } from "./caller.ts";
import { given, identifier } from "./shapes.ts";

const comment = z.string().max(4000).optional();
const count = z.int().min(0).max(1_000_000);
const group = "Measurement";
const replies = okReply(z.object({ judgementId: z.string() }));

export const judgementOperations: readonly Operation[] = [
  operation({
    id: "judgeDecision",
    method: "post",
    path: "/decisions/{decisionId}/judgement",
    group,
    summary: "Say whether a decision was right; the latest judgement counts",
    access: "record:judge",
    params: z.strictObject({ decisionId: identifier }),
    body: { kind: "json", optional: false, schema: z.strictObject({ correct: z.boolean(), comment }) },
    replies,
    handle: async ({ params, body, services, caller }) =>
      ok(await services.plane.judgeDecision({ ...params, ...given(body) }, planeCaller(caller))),
  }),
  operation({
    id: "judgeRetrieval",
    method: "post",
    path: "/process-instances/{processInstanceKey}/retrieval-judgements",
    group,
    summary: "Say how many of the items that a tool call has brought were to the point",
    access: "record:judge",
    params: z.strictObject({ processInstanceKey: keyText }),
    body: {
      kind: "json",
      optional: false,
      schema: z
        .strictObject({ toolCallId: identifier, retrieved: count, relevant: count, comment })
        .refine(({ retrieved, relevant }) => relevant <= retrieved, {
          message: "Expected at most as many relevant items as were retrieved, but there are more",
        }),
    },
    replies,
    async handle({ params, body, services, caller }) {
      const instance = await services.engine.queries.getProcessInstance(params.processInstanceKey, contextOf(caller));
      const about = { processId: instance.processDefinitionId, tenantId: instance.tenantId };
      return ok(await services.plane.judgeRetrieval({ ...params, ...about, ...given(body) }, planeCaller(caller)));
    },
  }),
];
