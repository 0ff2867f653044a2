/**
 * What the record of an instance says afterwards: lineage, artifacts by content and their reproduction, failures by
 * cause, checkpoints, and the signed bundle for an incident (requirements H11, H12, H14, H16, H19).
 */
import { z } from "zod";
import { onProcess } from "../auth/resource-permissions.ts";
import { type Operation, operation } from "../http/operation.ts";
import { keyText } from "../http/search.ts";
import { contextOf } from "../v2/context.ts";
import { ok, okReply } from "../v2/replies.ts";
import { planeCaller } from "./caller.ts";
import { lineageOf } from "./lineage.ts";
import { countText, identifier, record } from "./shapes.ts";

const group = "Instance record";
const instancePath = "/process-instances/{processInstanceKey}";
const params = z.strictObject({ processInstanceKey: keyText });
const contentId = identifier.meta({ description: "sha256: and the hash of the canonical JSON" });
const artifact = z.object({
  id: z.string(),
  kind: z.string(),
  sequence: z.int(),
  at: z.string(),
  elementInstanceKey: z.string(),
  name: z.string().nullable(),
});
const emptyBody = { kind: "json", optional: true, schema: z.strictObject({}) } as const;

export const trailOperations: readonly Operation[] = [
  operation({
    id: "getInstanceLineage",
    method: "get",
    path: `${instancePath}/lineage`,
    group,
    summary: "Get which process version, agents, models, prompts and policy versions were at work",
    access: "instance:read",
    grants: onProcess("READ_PROCESS_INSTANCE"),
    params,
    replies: okReply(
      z.object({
        process: record,
        agents: z.array(record),
        policies: z.array(record),
        decisions: z.array(record),
        artifacts: z.object({ count: z.int(), distinct: z.int() }),
      }),
    ),
    handle: async ({ params, services, caller }) =>
      ok(
        await lineageOf(
          services.engine,
          services.plane,
          params.processInstanceKey,
          contextOf(caller),
          planeCaller(caller),
        ),
      ),
  }),
  operation({
    id: "getInstanceArtifacts",
    method: "get",
    path: `${instancePath}/artifacts`,
    group,
    summary: "List everything that went in and came out, named by the hash of its content",
    access: "instance:read",
    grants: onProcess("READ_PROCESS_INSTANCE"),
    params,
    replies: okReply(z.object({ items: z.array(artifact) })),
    handle: async ({ params, services, caller }) =>
      ok({ items: await services.engine.trail.artifacts(params.processInstanceKey, contextOf(caller)) }),
  }),
  operation({
    id: "getInstanceArtifact",
    method: "get",
    path: `${instancePath}/artifacts/{artifactId}`,
    group,
    summary: "Get one artifact by its content's hash: a prompt, a model's raw answer, arguments, a result, facts",
    access: "instance:read",
    grants: onProcess("READ_PROCESS_INSTANCE"),
    params: params.extend({ artifactId: contentId }),
    replies: okReply(artifact.extend({ value: z.unknown() })),
    handle: async ({ params, services, caller }) =>
      ok(await services.engine.trail.artifact(params.processInstanceKey, params.artifactId, contextOf(caller))),
  }),
  operation({
    id: "reproduceInstanceArtifact",
    method: "post",
    path: `${instancePath}/artifacts/{artifactId}/reproduction`,
    group,
    summary: "Execute the record again and say whether it gives this artifact at the same place",
    access: "instance:read",
    grants: onProcess("READ_PROCESS_INSTANCE"),
    params: params.extend({ artifactId: contentId }),
    body: emptyBody,
    replies: okReply(
      z.object({
        id: z.string(),
        kind: z.string(),
        sequence: z.int(),
        reproduced: z.boolean(),
        value: z.unknown(),
      }),
    ),
    handle: async ({ params, services, caller }) =>
      ok(await services.engine.trail.reproduce(params.processInstanceKey, params.artifactId, contextOf(caller))),
  }),
  operation({
    id: "getInstanceFailures",
    method: "get",
    path: `${instancePath}/failures`,
    group,
    summary: "List failures with the class of their cause: data, tools, policy, model or system",
    access: "instance:read",
    grants: onProcess("READ_PROCESS_INSTANCE"),
    params,
    replies: okReply(
      z.object({
        items: z.array(
          z.object({
            sequence: z.int(),
            at: z.string(),
            causeClass: z.enum(["data", "tools", "policy", "model", "system"]),
            type: z.string(),
            errorType: z.string().nullable(),
            message: z.string(),
            elementId: z.string().nullable(),
            elementInstanceKey: z.string().nullable(),
            decisionId: z.string().nullable(),
          }),
        ),
      }),
    ),
    handle: async ({ params, services, caller }) =>
      ok({ items: await services.engine.trail.failures(params.processInstanceKey, contextOf(caller)) }),
  }),
  operation({
    id: "getInstanceCheckpoints",
    method: "get",
    path: `${instancePath}/checkpoints`,
    group,
    summary: "List the states after each step of the instance's agents, by their hashes",
    access: "instance:read",
    grants: onProcess("READ_PROCESS_INSTANCE"),
    params,
    replies: okReply(
      z.object({
        items: z.array(
          z.object({
            sequence: z.int(),
            at: z.string(),
            elementInstanceKey: z.string(),
            turn: z.int(),
            stateHash: z.string(),
          }),
        ),
      }),
    ),
    handle: async ({ params, services, caller }) =>
      ok({ items: await services.engine.trail.checkpoints(params.processInstanceKey, contextOf(caller)) }),
  }),
  operation({
    id: "getInstanceStateAt",
    method: "get",
    path: `${instancePath}/checkpoints/{sequence}`,
    group,
    summary: "Get the whole state as it was after one entry of the record",
    access: "instance:read",
    grants: onProcess("READ_PROCESS_INSTANCE"),
    params: params.extend({ sequence: countText }),
    replies: okReply(z.object({ sequence: z.int(), at: z.string(), stateHash: z.string(), state: record })),
    handle: async ({ params, services, caller }) =>
      ok(await services.engine.trail.stateAt(params.processInstanceKey, params.sequence, contextOf(caller))),
  }),
  operation({
    id: "exportIncident",
    method: "get",
    path: `${instancePath}/incident-bundle`,
    group,
    summary: "Export the whole record of an instance with the decisions of its time, signed, to be verified elsewhere",
    access: "record:export",
    params,
    replies: okReply(z.looseObject({ schema: z.string() })),
    async handle({ params, services, caller }) {
      const { engine, plane } = services;
      const key = params.processInstanceKey;
      const context = contextOf(caller);
      const [lineage, failures, replay, history] = await Promise.all([
        lineageOf(engine, plane, key, context, planeCaller(caller)),
        engine.trail.failures(key, context),
        engine.replay(key, context),
        engine.trail.sealed(key, context),
      ]);
      const incident = { processInstanceKey: key, history, about: { lineage, failures, replay } };
      const bundle = await plane.exportIncident(
        JSON.parse(JSON.stringify(incident)) as Parameters<typeof plane.exportIncident>[0],
        planeCaller(caller),
      );
      return {
        ...ok(bundle),
        headers: { "content-disposition": `attachment; filename="incident-${key}.json"` },
      } as ReturnType<typeof ok>;
    },
  }),
  operation({
    id: "reproduceDecision",
    method: "post",
    path: "/decisions/{decisionId}/reproduction",
    group: "Decision record",
    summary: "Make a recorded decision again, with the recorded facts and policy versions, and compare",
    access: "record:read",
    params: z.strictObject({ decisionId: z.string().min(1).max(200) }),
    body: emptyBody,
    replies: okReply(
      z.object({
        decisionId: z.string(),
        recordHash: z.string(),
        reproduced: z.boolean(),
        differences: z.array(z.string()),
      }),
    ),
    handle: async ({ params, services, caller }) =>
      ok(await services.plane.reproduceDecision(params.decisionId, planeCaller(caller))),
  }),
];
