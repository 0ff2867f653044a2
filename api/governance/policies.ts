/** /governance/v1/policies: packages come in, are tested, released in stages and rolled back. The rules are the plane's. */
import { z } from "zod";
import { on, onSingle } from "../auth/resource-permissions.ts";
import { type Operation, operation } from "../http/operation.ts";
import { dateText } from "../http/search.ts";
import { ok, okReply } from "../v2/replies.ts";
import { planeCaller } from "./caller.ts";
import { readPackageForm } from "./policy-package.ts";
import { given, period, policyName, reason, record, riskClasses, stages, versionText } from "./shapes.ts";

const group = "Policy";
const params = z.strictObject({ policyId: policyName });
const versionParams = z.strictObject({ policyId: policyName, version: versionText });

const created = z.object({ policyId: z.string(), version: z.int(), contentHash: z.string(), stage: z.enum(stages) });
const promotion = z
  .looseObject({
    promotionId: z.string(),
    policyId: z.string(),
    version: z.int(),
    from: z.enum(stages),
    to: z.enum(stages),
    at: z.string(),
  })
  .meta({ id: "PromotionRecord" });
const summary = z
  .looseObject({
    policyId: z.string(),
    domain: z.string(),
    owner: z.string().nullable(),
    riskClass: z.enum(riskClasses),
    activeVersion: z.int().nullable(),
    latestVersion: z.int(),
    stage: z.enum(stages),
    versions: z.array(
      z.looseObject({ version: z.int(), stage: z.enum(stages), contentHash: z.string(), createdAt: z.string() }),
    ),
  })
  .meta({ id: "Policy" });
const testReport = z
  .looseObject({
    policyId: z.string(),
    version: z.int(),
    passed: z.boolean(),
    cases: z.array(z.looseObject({ name: z.string(), passed: z.boolean() })),
    coverage: z.looseObject({ rules: z.int(), covered: z.int() }),
    analysis: z.unknown(),
  })
  .meta({ id: "PolicyTestReport" });
const changeReport = z
  .looseObject({ policyId: z.string(), version: z.int(), evaluated: z.int(), changed: z.int(), widened: z.int() })
  .meta({ id: "ChangeReport" });

const creation: readonly Operation[] = [
  operation({
    id: "createPolicy",
    method: "post",
    path: "/policies",
    group,
    summary:
      "Add a version of a policy as a draft, as JSON or as the files policy.json, policy.dmn and tests.json of a form; the same content again is the same version",
    access: "policy:author",
    grants: on("POLICY", "AUTHOR", "body.manifest.id"),
    body: {
      kind: "json",
      optional: false,
      schema: z.strictObject({ manifest: record, dmn: z.string().min(1), tests: z.unknown().optional() }),
      fromForm: readPackageForm,
    },
    replies: okReply(created),
    handle: async ({ body, services, caller }) =>
      ok(
        await services.plane.createPolicy(
          body as Parameters<typeof services.plane.createPolicy>[0],
          planeCaller(caller),
        ),
      ),
  }),
];

const reads: readonly Operation[] = [
  operation({
    id: "searchPolicies",
    method: "get",
    path: "/policies",
    group,
    summary: "List policies",
    access: "policy:read",
    grants: onSingle("POLICY", "READ"),
    query: z.strictObject({
      stage: z.enum(stages).optional(),
      domain: z.string().max(200).optional(),
      owner: z.string().max(200).optional(),
      riskClass: z.enum(riskClasses).optional(),
      action: z.string().max(200).optional(),
    }),
    replies: okReply(z.object({ items: z.array(summary) })),
    async handle({ query, services, caller: { scope } }) {
      const found = await services.plane.searchPolicies(given(query));
      if (scope === undefined) return ok(found);
      return ok({ items: found.items.filter(({ policyId }) => scope.policyIds?.includes(policyId)) });
    },
  }),
  operation({
    id: "getPolicy",
    method: "get",
    path: "/policies/{policyId}",
    group,
    summary: "Get a policy with its versions and releases; with at, as it was at an instant",
    access: "policy:read",
    grants: on("POLICY", "READ", "params.policyId"),
    params,
    query: z.strictObject({ at: dateText.optional() }),
    replies: okReply(summary.extend({ promotions: z.array(promotion) }).meta({ id: "PolicyDetail" })),
    handle: async ({ params, query, services }) => ok(await services.plane.getPolicy(params.policyId, given(query))),
  }),
  operation({
    id: "getPolicyVersion",
    method: "get",
    path: "/policies/{policyId}/versions/{version}",
    group,
    summary: "Get a version: manifest, source, tests, last test report, releases",
    access: "policy:read",
    grants: on("POLICY", "READ", "params.policyId"),
    params: versionParams,
    replies: okReply(
      z.looseObject({
        policyId: z.string(),
        version: z.int(),
        contentHash: z.string(),
        stage: z.enum(stages),
        dmn: z.string(),
      }),
    ),
    handle: async ({ params, services }) => ok(await services.plane.getPolicyVersion(params.policyId, params.version)),
  }),
  operation({
    id: "getPolicyDmn",
    method: "get",
    path: "/policies/{policyId}/versions/{version}/dmn",
    group,
    summary: "Get the DMN source of a version",
    access: "policy:read",
    grants: on("POLICY", "READ", "params.policyId"),
    params: versionParams,
    replies: { 200: { description: "DMN XML.", content: "text/xml" } },
    handle: async ({ params, services }) => ({
      status: 200,
      type: "text/xml; charset=utf-8",
      content: await services.plane.getPolicyDmn(params.policyId, params.version),
    }),
  }),
  operation({
    id: "getPolicyShadowReport",
    method: "get",
    path: "/policies/{policyId}/versions/{version}/shadow-report",
    group,
    summary: "Get where a shadow or canary version answered otherwise than what was enforced",
    access: "policy:read",
    grants: on("POLICY", "READ", "params.policyId"),
    params: versionParams,
    replies: okReply(changeReport),
    handle: async ({ params, services, caller }) =>
      ok(await services.plane.shadowReport(params.policyId, params.version, planeCaller(caller))),
  }),
  operation({
    id: "getPolicyDrift",
    method: "get",
    path: "/policies/{policyId}/drift",
    group,
    summary: "Get how facts and determinations have moved since the policy's release",
    access: "policy:read",
    grants: on("POLICY", "READ", "params.policyId"),
    params,
    query: period,
    replies: okReply(record),
    handle: async ({ params, query, services, caller }) =>
      ok(await services.plane.drift(params.policyId, given(query), planeCaller(caller))),
  }),
];

const releases: readonly Operation[] = [
  operation({
    id: "testPolicy",
    method: "post",
    path: "/policies/{policyId}/versions/{version}/test",
    group,
    summary: "Run a version's tests: results per case, rule coverage, gaps and overlaps",
    access: "policy:read",
    grants: on("POLICY", "READ", "params.policyId"),
    params: versionParams,
    body: { kind: "json", optional: true, schema: z.strictObject({}) },
    replies: okReply(testReport),
    handle: async ({ params, services }) => ok(await services.plane.testPolicy(params.policyId, params.version)),
  }),
  operation({
    id: "promotePolicy",
    method: "post",
    path: "/policies/{policyId}/versions/{version}/promotion",
    group,
    summary: "Bring a version to a stage; 409 says what is missing",
    access: "policy:release",
    grants: on("POLICY", "RELEASE", "params.policyId"),
    params: versionParams,
    body: {
      kind: "json",
      optional: false,
      schema: z.strictObject({
        stage: z.enum(["shadow", "canary", "active", "retired"]),
        shareBasisPoints: z.int().min(1).max(9999).optional(),
        reason,
        acknowledgeWidenings: z.boolean().optional(),
        expedited: z.boolean().optional(),
      }),
    },
    replies: okReply(promotion),
    handle: async ({ params, body, services, caller }) =>
      ok(await services.plane.promotePolicy(params.policyId, params.version, given(body), planeCaller(caller))),
  }),
  operation({
    id: "rollbackPolicy",
    method: "post",
    path: "/policies/{policyId}/rollback",
    group,
    summary: "Return to the version before, or to a named one; in force everywhere within two seconds",
    access: "policy:release",
    grants: on("POLICY", "RELEASE", "params.policyId"),
    params,
    body: { kind: "json", optional: false, schema: z.strictObject({ reason, toVersion: z.int().min(1).optional() }) },
    replies: okReply(promotion),
    handle: async ({ params, body, services, caller }) =>
      ok(await services.plane.rollbackPolicy(params.policyId, given(body), planeCaller(caller))),
  }),
  operation({
    id: "replayPolicy",
    method: "post",
    path: "/policies/{policyId}/versions/{version}/replay",
    group,
    summary: "Ask what this version would have decided on recorded questions",
    access: "policy:read",
    grants: on("POLICY", "READ", "params.policyId"),
    params: versionParams,
    body: { kind: "json", optional: true, schema: period },
    replies: okReply(changeReport),
    handle: async ({ params, body, services, caller }) =>
      ok(await services.plane.replayPolicy(params.policyId, params.version, given(body), planeCaller(caller))),
  }),
];

export const policyOperations: readonly Operation[] = [...creation, ...reads, ...releases];
