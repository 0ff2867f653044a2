/** The record of one process instance: its history, its agents, whether a replay gives the same; suspension. What else the record says is trail.ts. */
import { z } from "zod";
import { onProcess } from "../auth/resource-permissions.ts";
import { type Operation, operation } from "../http/operation.ts";
import { keyText } from "../http/search.ts";
import { contextOf } from "../v2/context.ts";
import { emptyReply, noContent, ok, okReply } from "../v2/replies.ts";
import { trajectory } from "./agents.ts";
import { eventSchema, recordedEvent } from "./event-schema.ts";
import { countText, record } from "./shapes.ts";

const group = "Instance record";
const params = z.strictObject({ processInstanceKey: keyText });

export const instanceRecordOperations: readonly Operation[] = [
  operation({
    id: "getInstanceHistory",
    method: "get",
    path: "/process-instances/{processInstanceKey}/history",
    group,
    summary: "Get what happened: one entry per command, with its events",
    access: "instance:read",
    grants: onProcess("READ_PROCESS_INSTANCE"),
    params,
    query: z.strictObject({ after: countText.optional(), limit: countText.optional() }),
    replies: okReply(
      z.object({
        items: z.array(
          z.object({
            sequence: z.int(),
            at: z.string(),
            command: z.looseObject({ type: z.string(), actor: z.looseObject({ id: z.string() }) }),
            events: z.array(recordedEvent),
          }),
        ),
        next: z.int().nullable(),
      }),
    ),
    async handle({ params, query, services, caller }) {
      const page = {
        ...(query.after === undefined ? {} : { after: query.after }),
        limit: Math.min(1000, Math.max(1, query.limit ?? 100)),
      };
      return ok(await services.engine.history(params.processInstanceKey, page, contextOf(caller)));
    },
  }),
  operation({
    id: "getEventSchema",
    method: "get",
    path: "/schemas/events",
    group,
    summary: "Get the JSON Schema of the events that records hold",
    access: "any",
    replies: okReply(record),
    handle: async () => ok(eventSchema()),
  }),
  operation({
    id: "getInstanceAgents",
    method: "get",
    path: "/process-instances/{processInstanceKey}/agents",
    group,
    summary: "Get the trajectories of an instance's agents: turns, proposals, decisions, results",
    access: "agent:read",
    grants: onProcess("READ_PROCESS_INSTANCE"),
    params,
    replies: okReply(z.object({ items: z.array(trajectory) })),
    handle: async ({ params, services, caller }) =>
      ok({ items: await services.engine.agentTrajectory(params.processInstanceKey, contextOf(caller)) }),
  }),
  operation({
    id: "replayInstance",
    method: "post",
    path: "/process-instances/{processInstanceKey}/replay",
    group,
    summary: "Execute the recorded commands again, with the recorded answers, and compare event by event",
    access: "instance:read",
    grants: onProcess("READ_PROCESS_INSTANCE"),
    params,
    body: { kind: "json", optional: true, schema: z.strictObject({}) },
    replies: okReply(
      z.object({
        processInstanceKey: z.string(),
        commands: z.int(),
        events: z.int(),
        equal: z.boolean(),
        firstDifference: z.string().nullable(),
        recordedHash: z.string(),
        replayedHash: z.string(),
        prompts: z.int(),
      }),
    ),
    handle: async ({ params, services, caller }) =>
      ok(await services.engine.replay(params.processInstanceKey, contextOf(caller))),
  }),
  ...(["suspension", "resumption"] as const).map((word) =>
    operation({
      id: word === "suspension" ? "suspendProcessInstance" : "resumeProcessInstance",
      method: "post",
      path: `/process-instances/{processInstanceKey}/${word}`,
      group,
      summary:
        word === "suspension"
          ? "Suspend an instance: nothing of it moves until it is resumed"
          : "Resume a suspended instance",
      access: "instance:operate",
      grants: onProcess("UPDATE_PROCESS_INSTANCE"),
      params,
      body: { kind: "json", optional: true, schema: z.strictObject({}) },
      replies: emptyReply,
      async handle({ params, services, caller }) {
        await services.engine[word === "suspension" ? "suspendInstance" : "resumeInstance"](
          params.processInstanceKey,
          contextOf(caller),
        );
        return noContent;
      },
    }),
  ),
];
