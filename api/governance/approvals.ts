/**
 * /governance/v1/approvals: the register and the vote. Where the approval waits as a user task of a process, the vote
 * goes through the engine, so that decision, task and action change in one transaction.
 */
import { z } from "zod";
import type { ApprovalDetail, DecisionPlane } from "../../decisions/index.ts";
import type { JsonObject } from "../../engine/index.ts";
import type { Caller } from "../auth/caller.ts";
import { type Operation, operation } from "../http/operation.ts";
import type { Services } from "../services.ts";
import { contextOf } from "../v2/context.ts";
import { ok, okReply } from "../v2/replies.ts";
import { planeCaller } from "./caller.ts";
import { countText, given, identifier, record } from "./shapes.ts";

const group = "Approval";
const states = ["pending", "approved", "rejected", "edited", "expired", "stale", "cancelled"] as const;
const params = z.strictObject({ approvalId: identifier });

const approval = z
  .looseObject({
    approvalId: z.string(),
    decisionId: z.string(),
    state: z.enum(states),
    action: record,
    args: record,
    facts: record,
    reasonCodes: z.array(z.string()),
    group: z.string().nullable(),
    quorum: z.int(),
    dueAt: z.string().nullable(),
    votes: z.array(record),
    userTaskKey: z.string().nullable(),
    createdAt: z.string(),
    resolvedAt: z.string().nullable(),
  })
  .meta({ id: "Approval" });

type Vote = Parameters<DecisionPlane["vote"]>[1];

/** The plane knows the decision, the engine the user task in which people answer: here the two are put together. */
async function withUserTasks(
  found: readonly ApprovalDetail[],
  services: Services,
  caller: Caller,
): Promise<ApprovalDetail[]> {
  const managed = found.filter(({ managedBy }) => managedBy === "engine").map(({ approvalId }) => approvalId);
  if (managed.length === 0) return [...found];
  const { items } = await services.engine.queries.searchUserTasks(
    { filter: { approvalId: { $in: managed } }, page: { limit: managed.length } },
    contextOf(caller),
  );
  const keys = new Map(items.map((task) => [task.customHeaders["interlock:approvalId"], task.userTaskKey]));
  return found.map((one) => ({ ...one, userTaskKey: keys.get(one.approvalId) ?? null }));
}

async function approvalOf(approvalId: string, services: Services, caller: Caller): Promise<ApprovalDetail> {
  const [found] = await withUserTasks(
    [await services.plane.getApproval(approvalId, planeCaller(caller))],
    services,
    caller,
  );
  return found as ApprovalDetail;
}

export const approvalOperations: readonly Operation[] = [
  operation({
    id: "searchApprovals",
    method: "get",
    path: "/approvals",
    group,
    summary: "List approvals",
    access: "approval:read",
    query: z.strictObject({
      state: z.enum(states).optional(),
      group: identifier.optional(),
      processInstanceKey: identifier.optional(),
      limit: countText.optional(),
    }),
    replies: okReply(z.object({ items: z.array(approval) })),
    async handle({ query, services, caller }) {
      const { items } = await services.plane.searchApprovals(given(query), planeCaller(caller));
      return ok({ items: await withUserTasks(items, services, caller) });
    },
  }),
  operation({
    id: "getApproval",
    method: "get",
    path: "/approvals/{approvalId}",
    group,
    summary: "Get an approval with all that its voters see",
    access: "approval:read",
    params,
    replies: okReply(approval),
    handle: async ({ params, services, caller }) => ok(await approvalOf(params.approvalId, services, caller)),
  }),
  operation({
    id: "voteOnApproval",
    method: "post",
    path: "/approvals/{approvalId}/votes",
    group,
    summary: "Approve, reject, or edit the arguments, which is a new decision",
    access: "approval:vote",
    params,
    body: {
      kind: "json",
      optional: false,
      schema: z.strictObject({
        verdict: z.enum(["approve", "reject", "edit"]),
        args: record.optional(),
        comment: z.string().max(10_000).nullable().optional(),
      }),
    },
    replies: okReply(approval, "The approval after the vote."),
    async handle({ params, body, services, caller }) {
      const found = await approvalOf(params.approvalId, services, caller);
      if (found.managedBy !== "engine" || found.userTaskKey === null)
        return ok(await services.plane.vote(params.approvalId, given(body) as Vote, planeCaller(caller)));
      await services.engine.voteOnApproval(
        found.userTaskKey,
        {
          verdict: body.verdict,
          comment: body.comment ?? null,
          ...(body.args === undefined ? {} : { args: body.args as JsonObject }),
        },
        contextOf(caller),
      );
      return ok(await approvalOf(params.approvalId, services, caller));
    },
  }),
];
