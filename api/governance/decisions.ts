/** /governance/v1/decisions: the question before an action, for whoever acts outside the engine; and the record of all answers. */
import { z } from "zod";
import { type Operation, operation } from "../http/operation.ts";
import { dateText } from "../http/search.ts";
import { ok, okReply } from "../v2/replies.ts";
import { planeCaller } from "./caller.ts";
import {
  approvalTerms,
  constraint,
  determinations,
  given,
  identifier,
  policyUse,
  record,
  riskClasses,
} from "./shapes.ts";

const group = "Decision record";
const params = z.strictObject({ decisionId: identifier });

const question = z
  .strictObject({
    action: z.strictObject({
      type: identifier,
      target: z.string().max(400).nullable().optional(),
      operation: z.string().max(100).optional(),
      reversible: z.boolean().optional(),
      riskClass: z.enum(riskClasses).optional(),
      toolRef: z.string().max(400).nullable().optional(),
    }),
    args: record.optional(),
    agent: record.nullable().optional(),
    actor: record.nullable().optional(),
    facts: record.optional(),
    policies: z
      .array(z.strictObject({ policyId: identifier, version: z.int().min(1).nullable().optional() }))
      .max(50)
      .optional(),
    run: z
      .strictObject({
        processInstanceKey: identifier.optional(),
        elementId: identifier.optional(),
        toolCallId: identifier.optional(),
        runId: identifier.optional(),
      })
      .nullable()
      .optional(),
    history: record.nullable().optional(),
    budget: record.nullable().optional(),
    idempotencyKey: z.string().min(1).max(400).optional(),
    tenantId: identifier.optional(),
    mode: z.enum(["sync", "async"]).optional(),
    default: z.enum(["ALLOW", "DENY"]).optional(),
  })
  .meta({
    id: "DecisionQuestion",
    description: "Facts are typed by the policy's facts model: plain values, or {value, provenance, source}.",
  });

const answer = z
  .looseObject({
    decisionId: z.string(),
    determination: z.enum(determinations),
    constraints: z.array(constraint),
    approval: approvalTerms,
    riskScore: z.number(),
    reasonCodes: z.array(z.string()),
    policies: z.array(policyUse),
    expiresAt: z.string().nullable(),
    permit: z.string().nullable(),
    recordHash: z.string(),
  })
  .meta({ id: "DecisionAnswer" });

const dryRun = z
  .looseObject({
    dryRun: z.literal(true),
    determination: z.enum(determinations),
    constraints: z.array(constraint),
    riskScore: z.number(),
    reasonCodes: z.array(z.string()),
    candidates: z.array(
      policyUse.extend({
        enforced: z.boolean(),
        determination: z.enum(determinations),
        reasonCodes: z.array(z.string()),
      }),
    ),
  })
  .meta({ id: "DecisionDryRun" });

type Question = Parameters<import("../../decisions/index.ts").DecisionPlane["evaluate"]>[0];
type Ungoverned = Parameters<import("../../decisions/index.ts").DecisionPlane["recordUngoverned"]>[0];
type Outcome = Parameters<import("../../decisions/index.ts").DecisionPlane["recordOutcome"]>[1];

export const decisionRecordOperations: readonly Operation[] = [
  operation({
    id: "decide",
    method: "post",
    path: "/decisions",
    group,
    summary: "Ask whether an action may happen, and on what terms; recorded",
    access: "action:decide",
    body: { kind: "json", optional: false, schema: question },
    replies: okReply(answer),
    handle: async ({ body, services, caller }) =>
      ok(await services.plane.evaluate(body as Question, planeCaller(caller))),
  }),
  operation({
    id: "tryDecision",
    method: "post",
    path: "/decisions/dry-run",
    group,
    summary: "Ask what would be answered and by which policy versions; nothing is recorded and nothing is permitted",
    access: "action:decide",
    body: { kind: "json", optional: false, schema: question },
    replies: okReply(dryRun),
    handle: ({ body, services, caller }) => ok(services.plane.dryRun(body as Question, planeCaller(caller))),
  }),
  operation({
    id: "decideBatch",
    method: "post",
    path: "/decisions/batch",
    group,
    summary: "Ask several at once, to be used until the answers are stale",
    access: "action:decide",
    body: { kind: "json", optional: false, schema: z.strictObject({ decisions: z.array(question).min(1).max(1000) }) },
    replies: okReply(z.looseObject({ epoch: z.int(), decisions: z.array(answer) })),
    handle: async ({ body, services, caller }) =>
      ok(await services.plane.evaluateBatch({ decisions: body.decisions as Question[] }, planeCaller(caller))),
  }),
  operation({
    id: "searchDecisionRecords",
    method: "post",
    path: "/decisions/search",
    group,
    summary: "Search decision records",
    access: "record:read",
    body: {
      kind: "json",
      optional: true,
      schema: z.strictObject({
        agentId: identifier.optional(),
        actionType: identifier.optional(),
        policyId: identifier.optional(),
        policyVersion: z.int().min(1).optional(),
        determination: z.enum(determinations).optional(),
        processInstanceKey: identifier.optional(),
        reasonCode: identifier.optional(),
        tenantId: identifier.optional(),
        from: dateText.optional(),
        to: dateText.optional(),
        limit: z.int().min(1).max(1000).optional(),
        after: z.string().max(400).optional(),
      }),
    },
    replies: okReply(
      z.object({
        items: z.array(
          z.looseObject({ decisionId: z.string(), determination: z.enum(determinations), decidedAt: z.string() }),
        ),
        next: z.string().nullable(),
      }),
    ),
    handle: async ({ body, services, caller }) =>
      ok(await services.plane.searchDecisions(given(body), planeCaller(caller))),
  }),
  operation({
    id: "getDecisionRecord",
    method: "get",
    path: "/decisions/{decisionId}",
    group,
    summary: "Get a decision: which policy, with which facts, who released that rule, who approved, what came of it",
    access: "record:read",
    params,
    replies: okReply(
      z.looseObject({
        decisionId: z.string(),
        record,
        policies: z.array(z.looseObject({ policyId: z.string(), version: z.int() })),
        approval: z.unknown(),
        outcome: z.unknown(),
      }),
    ),
    handle: async ({ params, services, caller }) =>
      ok(await services.plane.getDecision(params.decisionId, planeCaller(caller))),
  }),
  operation({
    id: "reportUngovernedExecution",
    method: "post",
    path: "/executions/ungoverned",
    group,
    summary: "Report an action that has run without a decision; recorded, counted and alerted",
    access: "action:decide",
    body: {
      kind: "json",
      optional: false,
      schema: z.strictObject({
        action: z.strictObject({ type: identifier, target: z.string().max(400).nullable().optional() }),
        agent: record.nullable().optional(),
        args: record.optional(),
        status: z.enum(["succeeded", "failed", "unknown"]),
      }),
    },
    replies: okReply(z.object({ outcomeId: z.string() })),
    handle: async ({ body, services, caller }) =>
      ok(await services.plane.recordUngoverned(given(body) as Ungoverned, planeCaller(caller))),
  }),
  operation({
    id: "recordOutcome",
    method: "post",
    path: "/decisions/{decisionId}/outcome",
    group,
    summary: "Report what was executed; the answer says whether it was within terms",
    access: "action:decide",
    params,
    body: {
      kind: "json",
      optional: false,
      schema: z.strictObject({
        status: z.enum(["succeeded", "failed", "not_executed", "compensated", "unknown"]),
        executedArgs: record.nullable().optional(),
        result: z.unknown().optional(),
      }),
    },
    replies: okReply(
      z.looseObject({ outcomeId: z.string(), decisionId: z.string(), withinTerms: z.boolean().nullable() }),
    ),
    handle: async ({ params, body, services, caller }) =>
      ok(await services.plane.recordOutcome(params.decisionId, given(body) as Outcome, planeCaller(caller))),
  }),
];
