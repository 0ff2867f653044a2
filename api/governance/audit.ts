/** Authority, measurement and proof: who may do what, how it went, and that the record is whole. */
import { z } from "zod";
import type { DecisionPlane } from "../../decisions/index.ts";
import { admitJsonText } from "../http/json-text.ts";
import { type Operation, operation } from "../http/operation.ts";
import { Problem } from "../http/problem.ts";
import { ok, okReply } from "../v2/replies.ts";
import { planeCaller } from "./caller.ts";
import { countText, given, identifier, period, reason, record } from "./shapes.ts";

type Verified = Parameters<DecisionPlane["verify"]>;

export const auditOperations: readonly Operation[] = [
  operation({
    id: "getAuthority",
    method: "get",
    path: "/authority",
    group: "Authority",
    summary: "Ask what a role or an agent may do, or who may do an action; answered from the tables",
    access: "record:read",
    query: z
      .strictObject({
        role: identifier.optional(),
        agent: identifier.optional(),
        action: identifier.optional(),
        facts: z
          .string()
          .max(16_384)
          .optional()
          .meta({ description: 'JSON: facts that are fixed, {"args.amount": 1500}.' }),
      })
      .refine((query) => query.role !== undefined || query.agent !== undefined || query.action !== undefined, {
        message: "Expected role, agent or action, but found none of them",
      }),
    replies: okReply(
      z.looseObject({ actions: z.array(z.string()), subjects: z.array(record), grants: z.array(record) }),
    ),
    handle: async ({ query: { facts, ...query }, services }) =>
      ok(
        await services.plane.authority({ ...given(query), ...(facts === undefined ? {} : { facts: factsOf(facts) }) }),
      ),
  }),
  operation({
    id: "exportRecords",
    method: "get",
    path: "/export",
    group: "Audit",
    summary: "Export records with their chain, checkpoints and keys, to be verified elsewhere",
    access: "record:export",
    query: period,
    replies: okReply(z.looseObject({ schema: z.string() })),
    handle: async ({ query, services, caller }) =>
      ({
        ...ok(await services.plane.exportRecords(given(query), planeCaller(caller))),
        headers: { "content-disposition": 'attachment; filename="interlock-export.json"' },
      }) as ReturnType<typeof ok>,
  }),
  operation({
    id: "getKeys",
    method: "get",
    path: "/keys",
    group: "Audit",
    summary: "Get the public keys that records are signed with (JWKS)",
    access: "any",
    replies: okReply(z.object({ keys: z.array(record) })),
    handle: async ({ services }) => ok(await services.plane.keys()),
  }),
  operation({
    id: "verifyExport",
    method: "post",
    path: "/verify",
    group: "Audit",
    summary: "Verify an export: valid, or the first bad entry",
    access: "record:read",
    body: {
      kind: "json",
      optional: false,
      bytesMax: 256 * 1024 * 1024,
      schema: z.union([
        z.strictObject({ bundle: record, trustedKeys: z.array(record).max(100).optional() }),
        z.looseObject({ schema: z.string() }),
      ]),
    },
    replies: okReply(z.looseObject({ valid: z.boolean(), firstBad: z.unknown() })),
    handle: async ({ body, services }) => {
      const wrapped = "bundle" in body && !("schema" in body);
      const bundle = wrapped ? body.bundle : body;
      const trusted = wrapped ? (body.trustedKeys as Verified[1]) : undefined;
      return ok(await services.plane.verify(bundle as Verified[0], trusted));
    },
  }),
  operation({
    id: "eraseSubject",
    method: "post",
    path: "/subjects/{subjectKey}/erasure",
    group: "Audit",
    summary: "Forget the personal values of a subject; the chain stays valid",
    access: "user:administer",
    params: z.strictObject({ subjectKey: identifier }),
    body: { kind: "json", optional: false, schema: z.strictObject({ reason }) },
    replies: okReply(z.object({ erased: z.int() })),
    handle: async ({ params, body, services, caller }) =>
      ok(await services.plane.eraseSubject(params.subjectKey, planeCaller(caller), body.reason)),
  }),
  operation({
    id: "getKpis",
    method: "get",
    path: "/kpis",
    group: "Measurement",
    summary: "Get the key figures of a period",
    access: "record:read",
    query: period,
    replies: okReply(record),
    handle: async ({ query, services, caller }) => ok(await services.plane.kpis(given(query), planeCaller(caller))),
  }),
  operation({
    id: "getAlerts",
    method: "get",
    path: "/alerts",
    group: "Measurement",
    summary: "List alerts",
    access: "record:read",
    query: z.strictObject({ open: z.enum(["true", "false"]).optional(), limit: countText.optional() }),
    replies: okReply(
      z.object({ items: z.array(z.looseObject({ alertId: z.string(), rule: z.string(), message: z.string() })) }),
    ),
    handle: async ({ query, services, caller }) =>
      ok(
        await services.plane.alerts(
          {
            ...(query.open === undefined ? {} : { open: query.open === "true" }),
            ...(query.limit === undefined ? {} : { limit: query.limit }),
          },
          planeCaller(caller),
        ),
      ),
  }),
  operation({
    id: "resolveAlert",
    method: "post",
    path: "/alerts/{alertId}/resolution",
    group: "Measurement",
    summary: "Say that what an alert tells of is dealt with",
    access: "instance:operate",
    params: z.strictObject({ alertId: identifier }),
    body: { kind: "json", optional: false, schema: z.strictObject({ reason }) },
    replies: okReply(z.looseObject({ alertId: z.string(), resolvedAt: z.string() })),
    handle: async ({ params, body, services, caller }) =>
      ok(await services.plane.resolveAlert(params.alertId, planeCaller(caller), body.reason)),
  }),
];

function factsOf(text: string): NonNullable<Parameters<DecisionPlane["authority"]>[0]["facts"]> {
  const admission = admitJsonText(text);
  if (
    !admission.ok ||
    typeof admission.value !== "object" ||
    admission.value === null ||
    Array.isArray(admission.value)
  ) {
    throw new Problem("INVALID_ARGUMENT", "Expected facts to be a JSON object, but it is not (at query.facts).");
  }
  return admission.value as NonNullable<Parameters<DecisionPlane["authority"]>[0]["facts"]>;
}
