/** The record of one process instance: its history, its agents, its lineage, and whether a replay gives the same state. */
import { z } from "zod";
import type { CallContext, Engine } from "../../engine/index.ts";
import { type Operation, operation } from "../http/operation.ts";
import { keyText } from "../http/search.ts";
import { contextOf } from "../v2/context.ts";
import { emptyReply, noContent, ok, okReply } from "../v2/replies.ts";
import { trajectory } from "./agents.ts";
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
    params,
    query: z.strictObject({ after: countText.optional(), limit: countText.optional() }),
    replies: okReply(
      z.object({
        items: z.array(
          z.object({
            sequence: z.int(),
            at: z.string(),
            command: z.looseObject({ type: z.string(), actor: z.looseObject({ id: z.string() }) }),
            events: z.array(z.looseObject({ type: z.string() })),
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
    id: "getInstanceAgents",
    method: "get",
    path: "/process-instances/{processInstanceKey}/agents",
    group,
    summary: "Get the trajectories of an instance's agents: turns, proposals, decisions, results",
    access: "agent:read",
    params,
    replies: okReply(z.object({ items: z.array(trajectory) })),
    handle: async ({ params, services, caller }) =>
      ok({ items: await services.engine.agentTrajectory(params.processInstanceKey, contextOf(caller)) }),
  }),
  operation({
    id: "getInstanceLineage",
    method: "get",
    path: "/process-instances/{processInstanceKey}/lineage",
    group,
    summary: "Get which process version, agent, model, prompt and policy versions were at work",
    access: "instance:read",
    params,
    replies: okReply(
      z.object({ process: record, agents: z.array(record), policies: z.array(record), decisions: z.array(record) }),
    ),
    async handle({ params, services, caller }) {
      const context = contextOf(caller);
      const process = await services.engine.queries.getProcessInstance(params.processInstanceKey, context);
      const [agents, found, prompts] = await Promise.all([
        services.engine.agentTrajectory(params.processInstanceKey, context),
        services.plane.searchDecisions({ processInstanceKey: params.processInstanceKey, limit: 1000 }),
        promptsOf(services.engine, params.processInstanceKey, context),
      ]);
      const policies = new Map(
        found.items.flatMap(({ policies }) =>
          policies.map(({ policyId, version }) => [`${policyId}@${version}`, { policyId, version }] as const),
        ),
      );
      return ok({
        process: {
          processDefinitionId: process.processDefinitionId,
          processDefinitionKey: process.processDefinitionKey,
          processDefinitionVersion: process.processDefinitionVersion,
          processDefinitionVersionTag: process.processDefinitionVersionTag,
        },
        agents: agents.map((agent) => ({
          agentId: agent.agentId,
          elementId: agent.elementId,
          elementInstanceKey: agent.elementInstanceKey,
          models: [...new Set(agent.turns.map((turn) => turn.model))],
          promptHashes: [...(prompts.get(agent.elementInstanceKey) ?? [])],
        })),
        policies: [...policies.values()],
        decisions: found.items,
      });
    },
  }),
  operation({
    id: "replayInstance",
    method: "post",
    path: "/process-instances/{processInstanceKey}/replay",
    group,
    summary: "Execute the recorded commands again, with the recorded answers, and compare event by event",
    access: "instance:read",
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

/** Element instance → hashes of the prompts that its model calls were made with. */
async function promptsOf(
  engine: Engine,
  processInstanceKey: string,
  context: CallContext,
): Promise<Map<string, Set<string>>> {
  const prompts = new Map<string, Set<string>>();
  let after: number | null = 0;
  for (let page = 0; page < 100 && after !== null; page++) {
    const { items, next }: Awaited<ReturnType<Engine["history"]>> = await engine.history(
      processInstanceKey,
      { after, limit: 1000 },
      context,
    );
    for (const event of items.flatMap((entry) => entry.events)) {
      if (event.type !== "agentTurnCompleted") continue;
      const hashes = prompts.get(event.element) ?? new Set();
      prompts.set(event.element, hashes.add(event.step.promptHash));
    }
    after = next;
  }
  return prompts;
}
