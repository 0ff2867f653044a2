/** The wire of Runplane's SDK (its `guard`, approvals and audit check), served by the same plane. Mounted under /api. */
import { z } from "zod";
import type { DecisionPlane } from "../../decisions/index.ts";
import { type Operation, operation } from "../http/operation.ts";
import { ok, okReply } from "../v2/replies.ts";
import { planeCaller } from "./caller.ts";
import { identifier, record } from "./shapes.ts";

const group = "Runplane-compatible";
type GuardRequest = Parameters<DecisionPlane["guard"]>[0];

export const runplaneOperations: readonly Operation[] = [
  operation({
    id: "runplaneGuard",
    method: "post",
    path: "/v1/guard",
    group,
    summary: "Ask whether an action may run",
    access: "action:decide",
    // Its SDKs send more than they document: unknown members are let by, not acted on.
    body: {
      kind: "json",
      optional: false,
      schema: z.looseObject({
        action: z.looseObject({
          type: identifier,
          target: z.string().max(400).optional(),
          context: record.optional(),
        }),
        requestId: identifier.optional(),
      }),
    },
    replies: okReply(z.looseObject({ decision: z.string(), reason: z.unknown(), requestId: z.unknown() })),
    handle: async ({ body: { action, requestId }, services, caller }) => {
      const { type, target, context } = action;
      const request = {
        action: { type, ...(target === undefined ? {} : { target }), ...(context === undefined ? {} : { context }) },
        ...(requestId === undefined ? {} : { requestId }),
      };
      return ok(await services.plane.guard(request as GuardRequest, planeCaller(caller)));
    },
  }),
  operation({
    id: "runplaneApproval",
    method: "get",
    path: "/v1/approvals/{approvalId}",
    group,
    summary: "Ask how an approval stands",
    access: "action:decide",
    params: z.strictObject({ approvalId: identifier }),
    replies: okReply(record),
    handle: async ({ params, services, caller }) =>
      ok(await services.plane.guardApproval(params.approvalId, planeCaller(caller))),
  }),
  operation({
    id: "runplaneAudit",
    method: "get",
    path: "/audit/verify",
    group,
    summary: "Ask whether the record is whole",
    access: "record:read",
    replies: okReply(z.object({ valid: z.boolean(), brokenAt: z.unknown(), chainLength: z.int() })),
    handle: async ({ services }) => ok(await services.plane.auditStatus()),
  }),
];
