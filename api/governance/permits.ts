/** /governance/v1/permits: whoever carries an action out checks its permit just before the side effect, and uses it up. */
import { z } from "zod";
import type { DecisionPlane } from "../../decisions/index.ts";
import { type Operation, operation } from "../http/operation.ts";
import { ok, okReply } from "../v2/replies.ts";
import { given, identifier, record } from "./shapes.ts";

const expected = {
  permit: z.string().min(1).max(8192),
  actionType: identifier,
  audience: identifier.optional(),
  args: record,
};
type Expected = Parameters<DecisionPlane["redeemPermit"]>[1];

export const permitOperations: readonly Operation[] = [
  operation({
    id: "checkPermit",
    method: "post",
    path: "/permits/check",
    group: "Permit",
    summary: "Check a permit against what is about to run, without using it",
    access: "action:decide",
    body: { kind: "json", optional: false, schema: z.strictObject(expected) },
    replies: okReply(z.looseObject({ ok: z.boolean() })),
    handle: ({ body: { permit, ...rest }, services }) =>
      ok(services.plane.checkPermit(permit, given(rest) as Expected)),
  }),
  operation({
    id: "usePermit",
    method: "post",
    path: "/permits/use",
    group: "Permit",
    summary: "Use a permit, once; the same holder may try again",
    access: "action:decide",
    body: {
      kind: "json",
      optional: false,
      schema: z.strictObject({
        ...expected,
        holder: identifier,
        // Also refuses when a policy of the decision was released, rolled back or retired since it was judged.
        fresh: z.boolean().optional(),
      }),
    },
    replies: okReply(z.object({ decisionId: z.string() })),
    handle: async ({ body: { permit, ...rest }, services }) =>
      ok(await services.plane.redeemPermit(permit, given(rest) as Expected)),
  }),
];
