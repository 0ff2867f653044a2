/**
 * /governance/v1/changes: what somebody wants to have deployed, read, approved, rejected and deployed by others. Files
 * come as a form (as for a deployment) or as JSON in base64. The rules are api/duties'.
 */
import { z } from "zod";
import type { Change, ChangeActor } from "../../store/changes.ts";
import type { Caller } from "../auth/caller.ts";
import type { ChangeContent } from "../duties/change-content.ts";
import { dutiesOf } from "../duties/rules.ts";
import type { MultipartForm } from "../http/multipart.ts";
import { type Operation, operation } from "../http/operation.ts";
import { Problem } from "../http/problem.ts";
import { tenantText } from "../http/search.ts";
import type { Services } from "../services.ts";
import { tenantOf } from "../v2/context.ts";
import { deploymentReply } from "../v2/deployments.ts";
import { ok, okReply } from "../v2/replies.ts";
import { countText, identifier, policyName } from "./shapes.ts";

const group = "Change request";
const states = ["submitted", "approved", "rejected", "withdrawn", "deployed"] as const;
const modes = ["standard", "three-person"] as const;
const changeId = z.string().regex(/^[0-9a-f-]{36}$/);
const params = z.strictObject({ changeId });
const revision = z.int().min(1);
const comment = z.string().max(4000).nullable().optional();
const filesMax = 200;

const actor = z.object({ id: z.string(), type: z.string() });
const policy = z.object({ policyId: z.string(), version: z.int() });
const change = z
  .object({
    changeId: z.string(),
    tenantId: z.string().nullable().meta({ description: "Null: of the whole organisation, as policies are." }),
    title: z.string(),
    description: z.string().nullable(),
    state: z.enum(states),
    revision: z.int(),
    author: actor,
    policy: policy.nullable(),
    createdAt: z.string(),
    resources: z.array(
      z.object({
        name: z.string(),
        sha256: z.string(),
        bytes: z.int(),
        replaces: z
          .string()
          .nullable()
          .meta({ description: "Resource that was deployed under this name at the time." }),
        deploymentKey: z.string().nullable(),
      }),
    ),
    approval: z
      .object({ approver: actor, comment: z.string().nullable(), at: z.string() })
      .nullable()
      .meta({ description: "Of the present revision." }),
    separationOfDuties: z
      .enum(["kept", "unchecked"])
      .meta({ description: "unchecked: nobody was authenticated, so nobody could be told apart." }),
  })
  .meta({ id: "ChangeRequest" });
const detail = change
  .extend({
    events: z.array(
      z.object({
        sequence: z.int(),
        revision: z.int(),
        deed: z.enum(["submitted", "replaced", "approved", "rejected", "withdrawn", "deployed"]),
        actor,
        comment: z.string().nullable(),
        deploymentKey: z.string().nullable(),
        at: z.string(),
      }),
    ),
    deployed: z
      .record(z.string(), z.string())
      .meta({ description: "File name → key of the resource that is deployed under it now." }),
  })
  .meta({ id: "ChangeRequestDetail" });

const about = {
  title: z.string().trim().min(1).max(200),
  description: z.string().max(10_000).nullable().optional(),
};
const fileName = z
  .string()
  .min(1)
  .max(512)
  .regex(/^\P{Cc}+$/u);
const contentSchema = z.strictObject({
  ...about,
  tenantId: tenantText.optional(),
  resources: z
    .array(z.strictObject({ name: fileName, content: z.base64() }))
    .min(1)
    .max(filesMax)
    .optional(),
  policy: z.strictObject({ policyId: policyName, version: z.int().min(1) }).optional(),
});
const content = {
  kind: "json" as const,
  optional: false,
  schema: contentSchema,
  fromForm,
};

function fromForm({ fields, files }: MultipartForm): unknown {
  const stray = [...fields.keys()].find((name) => !["title", "description", "tenantId"].includes(name));
  if (stray !== undefined)
    throw new Problem(
      "INVALID_ARGUMENT",
      `Expected the fields title, description, tenantId and resources, but found "${stray.slice(0, 60)}" (at body).`,
    );
  const other = files.find(({ part }) => part !== "resources");
  if (other !== undefined)
    throw new Problem(
      "INVALID_ARGUMENT",
      `Expected files under the name resources, but found "${other.part.slice(0, 60)}" (at body).`,
    );
  return {
    ...Object.fromEntries([...fields].map(([name, values]) => [name, values[0]])),
    resources: files.map(({ name, content }) => ({ name, content: content.toString("base64") })),
  };
}

function contentOf(body: z.output<typeof contentSchema>, caller: Caller): ChangeContent {
  const { title, description = null, policy, resources, tenantId } = body;
  if ((policy === undefined) === (resources === undefined))
    throw new Problem(
      "INVALID_ARGUMENT",
      "Expected either resources or a policy, but it is both or neither (at body).",
    );
  if (policy !== undefined) return { title, description, policy };
  const files = resources!.map((file) => ({ name: file.name, content: Buffer.from(file.content, "base64") }));
  return { title, description, tenantId: tenantOf(caller, tenantId), files };
}

const named = ({ id, type }: ChangeActor) => ({ id, type });
const instant = (ms: number): string => new Date(ms).toISOString();

function present(found: Change): z.output<typeof change> {
  const { approval, author, createdAtMs, resources, ...rest } = found;
  return {
    ...rest,
    author: named(author),
    createdAt: instant(createdAtMs),
    resources: [...resources],
    approval:
      approval === null
        ? null
        : { approver: named(approval.approver), comment: approval.comment, at: instant(approval.atMs) },
    separationOfDuties: dutiesOf(found),
  };
}

const authoring: readonly Operation[] = [
  operation({
    id: "submitChange",
    method: "post",
    path: "/changes",
    group,
    summary: "Hand in files, or a version of a policy, for approval by somebody else",
    access: "change:propose",
    body: content,
    replies: { 201: { description: "The change request.", json: change } },
    handle: async ({ body, services, caller }) => ({
      status: 201,
      json: present(await services.changes.submit(contentOf(body, caller), caller)),
    }),
  }),
  operation({
    id: "replaceChange",
    method: "put",
    path: "/changes/{changeId}",
    group,
    summary: "Hand in the next revision of one's own change; approvals of the one before are void",
    access: "change:propose",
    params,
    body: content,
    replies: okReply(change),
    handle: async ({ params, body, services, caller }) =>
      ok(present(await services.changes.replace(params.changeId, contentOf(body, caller), caller))),
  }),
  operation({
    id: "withdrawChange",
    method: "post",
    path: "/changes/{changeId}/withdrawal",
    group,
    summary: "Take one's own change back",
    access: "change:propose",
    params,
    body: { kind: "json", optional: true, schema: z.strictObject({ comment }) },
    replies: okReply(change),
    handle: async ({ params, body, services, caller }) =>
      ok(present(await services.changes.withdraw(params.changeId, body.comment ?? null, caller))),
  }),
];

const reading: readonly Operation[] = [
  operation({
    id: "searchChanges",
    method: "get",
    path: "/changes",
    group,
    summary: "List change requests, newest first",
    access: "change:read",
    query: z.strictObject({
      state: z.enum(states).optional(),
      policyId: policyName.optional(),
      author: identifier.optional(),
      after: changeId.optional(),
      limit: countText.optional(),
    }),
    replies: okReply(z.object({ items: z.array(change) })),
    async handle({ query: { author, limit = 100, ...query }, services, caller }) {
      const filter = { ...query, authorId: author, limit: Math.min(limit, 500) };
      return ok({ items: (await services.changes.list(filter, caller)).map(present) });
    },
  }),
  operation({
    id: "getDuties",
    method: "get",
    path: "/changes/rules",
    group,
    summary: "Get whether deployments and releases need an approval here",
    access: "any",
    replies: okReply(z.object({ separationOfDuties: z.enum(modes), isAuthenticated: z.boolean() })),
    handle: ({ services }) => ok({ separationOfDuties: services.changes.mode, isAuthenticated: !services.signInIsOff }),
  }),
  operation({
    id: "getChange",
    method: "get",
    path: "/changes/{changeId}",
    group,
    summary: "Get a change request with everything that was done with it",
    access: "change:read",
    params,
    replies: okReply(detail),
    async handle({ params, services, caller }) {
      const { change, events, deployed } = await services.changes.detail(params.changeId, caller);
      return ok({
        ...present(change),
        events: events.map(({ actor, atMs, ...event }) => ({ ...event, actor: named(actor), at: instant(atMs) })),
        deployed: Object.fromEntries(deployed),
      });
    },
  }),
  operation({
    id: "getChangeContent",
    method: "get",
    path: "/changes/{changeId}/content/{sha256}",
    group,
    summary: "Get the bytes of a file of a change request",
    access: "change:read",
    params: z.strictObject({ changeId, sha256: z.string().regex(/^[0-9a-f]{64}$/) }),
    replies: { 200: { description: "The bytes as handed in.", content: "application/octet-stream" } },
    handle: async ({ params, services, caller }) => ({
      status: 200,
      // Whatever somebody has handed in: never as what a browser would run.
      type: "application/octet-stream",
      headers: { "content-disposition": "attachment" },
      content: await services.changes.content(params.changeId, params.sha256, caller),
    }),
  }),
];

function judging(verb: "approve" | "reject", noun: string, summary: string): Operation {
  return operation({
    id: `${verb}Change`,
    method: "post",
    path: `/changes/{changeId}/${noun}`,
    group,
    summary,
    access: "change:approve",
    params,
    body: { kind: "json", optional: false, schema: z.strictObject({ revision, comment }) },
    replies: okReply(change),
    handle: async ({ params, body, services, caller }) => {
      const judgement = { revision: body.revision, comment: body.comment ?? null };
      return ok(present(await judge(services, verb)(params.changeId, judgement, caller)));
    },
  });
}

function judge({ changes }: Services, verb: "approve" | "reject"): typeof changes.approve {
  return verb === "approve" ? changes.approve.bind(changes) : changes.reject.bind(changes);
}

const deciding: readonly Operation[] = [
  judging("approve", "approval", "Approve a revision that somebody else has handed in"),
  judging("reject", "rejection", "Reject a revision, or take its approval back"),
  operation({
    id: "deployChange",
    method: "post",
    path: "/changes/{changeId}/deployment",
    group,
    summary: "Deploy an approved change that others have written and approved: all its files or none",
    access: "definition:deploy",
    params,
    body: { kind: "json", optional: false, schema: z.strictObject({ revision }) },
    replies: okReply(z.object({ change, deployment: deploymentReply })),
    async handle({ params, body, services, caller }) {
      const { change, deployment } = await services.changes.deploy(params.changeId, body.revision, caller);
      return ok({ change: present(change), deployment });
    },
  }),
];

export const changeOperations: readonly Operation[] = [...authoring, ...reading, ...deciding];
