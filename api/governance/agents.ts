/** /governance/v1/agents and the record of instances: what an agent does, did, and is stopped from doing. */
import { z } from "zod";
import type { AgentTrajectory, CallContext, Engine } from "../../engine/index.ts";
import { onProcess } from "../auth/resource-permissions.ts";
import { type Operation, operation } from "../http/operation.ts";
import { Problem } from "../http/problem.ts";
import { keyText } from "../http/search.ts";
import { contextOf } from "../v2/context.ts";
import { emptyReply, noContent, ok, okReply } from "../v2/replies.ts";
import { planeCaller } from "./caller.ts";
import { countText, reason, record } from "./shapes.ts";

const group = "Agent";
const params = z.strictObject({ elementInstanceKey: keyText });

const toolCall = z.looseObject({
  id: z.string(),
  name: z.string(),
  args: record,
  elementInstanceKey: z.string().nullable(),
  state: z.string(),
  decision: z.unknown(),
  result: z.unknown(),
});
const turn = z.looseObject({
  turn: z.int(),
  at: z.string(),
  model: z.string(),
  text: z.string().nullable(),
  durationMs: z.number(),
  error: z.string().nullable(),
  toolCalls: z.array(toolCall),
});
export const trajectory = z
  .looseObject({
    elementInstanceKey: z.string(),
    elementId: z.string(),
    agentId: z.string(),
    state: z.enum(["THINKING", "TOOL_CALLING", "WAITING_FOR_APPROVAL", "PAUSED", "COMPLETED", "TERMINATED"]),
    budget: record,
    usage: z.looseObject({ modelCalls: z.int(), toolCalls: z.int(), inputTokens: z.int(), outputTokens: z.int() }),
    turns: z.array(turn),
  })
  .meta({ id: "AgentTrajectory" });

async function findAgent(
  engine: Engine,
  elementInstanceKey: string,
  context: CallContext,
): Promise<{ readonly agent: AgentTrajectory; readonly processInstanceKey: string }> {
  const { processInstanceKey } = await engine.queries.getElementInstance(elementInstanceKey, context);
  const agents = await engine.agentTrajectory(processInstanceKey, context);
  const agent = agents.find((candidate) => candidate.elementInstanceKey === elementInstanceKey);
  if (agent === undefined)
    throw new Problem(
      "NOT_FOUND",
      `Expected an agent at the element instance ${elementInstanceKey}, but there is none.`,
    );
  return { agent, processInstanceKey };
}

/** Words of the question "pending or in flight?" → states of tool calls. */
const toolCallStates: ReadonlyMap<string, readonly string[]> = new Map([
  ["pending", ["PROPOSED", "WAITING_FOR_APPROVAL"]],
  ["inflight", ["RUNNING"]],
  ["done", ["COMPLETED", "BLOCKED", "FAILED", "CANCELED"]],
]);

export const agentOperations: readonly Operation[] = [
  operation({
    id: "getAgentNow",
    method: "get",
    path: "/agents/{elementInstanceKey}/now",
    group,
    summary: "What is the agent doing right now?",
    access: "agent:read",
    grants: onProcess("READ_PROCESS_INSTANCE"),
    params,
    replies: okReply(
      z.looseObject({
        elementInstanceKey: z.string(),
        processInstanceKey: z.string(),
        agentId: z.string(),
        state: z.string(),
        currentTurn: turn.nullable(),
        openToolCalls: z.array(toolCall),
      }),
    ),
    async handle({ params, services, caller }) {
      const { agent, processInstanceKey } = await findAgent(
        services.engine,
        params.elementInstanceKey,
        contextOf(caller),
      );
      const { turns, ...rest } = agent;
      const currentTurn = turns.at(-1) ?? null;
      const open = (currentTurn?.toolCalls ?? []).filter((call) => !toolCallStates.get("done")!.includes(call.state));
      return ok({ ...rest, processInstanceKey, currentTurn, openToolCalls: open });
    },
  }),
  operation({
    id: "getAgentSteps",
    method: "get",
    path: "/agents/{elementInstanceKey}/steps",
    group,
    summary: "What has the agent done in its last turns?",
    access: "agent:read",
    grants: onProcess("READ_PROCESS_INSTANCE"),
    params,
    query: z.strictObject({ last: countText.optional() }),
    replies: okReply(z.object({ items: z.array(turn) })),
    async handle({ params, query, services, caller }) {
      const { agent } = await findAgent(services.engine, params.elementInstanceKey, contextOf(caller));
      return ok({
        items: query.last === undefined ? agent.turns : query.last === 0 ? [] : agent.turns.slice(-query.last),
      });
    },
  }),
  operation({
    id: "getAgentToolCalls",
    method: "get",
    path: "/agents/{elementInstanceKey}/tool-calls",
    group,
    summary: "Which tool calls are pending, in flight or done?",
    access: "agent:read",
    grants: onProcess("READ_PROCESS_INSTANCE"),
    params,
    query: z.strictObject({
      state: z
        .string()
        .max(200)
        .optional()
        .meta({ description: "pending, inflight, done, or states; separated by commas." }),
    }),
    replies: okReply(z.object({ items: z.array(toolCall.extend({ turn: z.int() })) })),
    async handle({ params, query, services, caller }) {
      const { agent } = await findAgent(services.engine, params.elementInstanceKey, contextOf(caller));
      const wanted = query.state
        ?.split(",")
        .flatMap((word) => toolCallStates.get(word.trim()) ?? [word.trim().toUpperCase()]);
      const items = agent.turns.flatMap(({ turn, toolCalls }) => toolCalls.map((call) => ({ turn, ...call })));
      return ok({ items: wanted === undefined ? items : items.filter((call) => wanted.includes(call.state)) });
    },
  }),
  operation({
    id: "interruptAgent",
    method: "post",
    path: "/agents/{elementInstanceKey}/interrupt",
    group,
    summary: "Stop an agent: pause it for a person, or end it",
    access: "agent:interrupt",
    grants: onProcess("UPDATE_PROCESS_INSTANCE"),
    params,
    body: { kind: "json", optional: false, schema: z.strictObject({ mode: z.enum(["pause", "terminate"]), reason }) },
    replies: emptyReply,
    async handle({ params, body, services, caller }) {
      const { processInstanceKey, tenantId } = await services.engine.queries.getElementInstance(
        params.elementInstanceKey,
        contextOf(caller),
      );
      await services.engine.interruptAgent(params.elementInstanceKey, body, contextOf(caller));
      await services.plane.recordInterrupt(
        { processInstanceKey, elementInstanceKey: params.elementInstanceKey, ...body, tenantId },
        planeCaller(caller),
      );
      return noContent;
    },
  }),
  operation({
    id: "changeAgentBudget",
    method: "patch",
    path: "/agents/{elementInstanceKey}/budget",
    group,
    summary: "Change the budget of a running agent",
    access: "agent:interrupt",
    grants: onProcess("UPDATE_PROCESS_INSTANCE"),
    params,
    body: {
      kind: "json",
      optional: false,
      schema: z.strictObject({
        modelCallsMax: z.int().min(0).optional(),
        toolCallsMax: z.int().min(0).nullable().optional(),
        tokensMax: z.int().min(0).nullable().optional(),
        wallTimeMsMax: z.int().min(0).nullable().optional(),
      }),
    },
    replies: emptyReply,
    async handle({ params, body, services, caller }) {
      await services.engine.changeAgentBudget(params.elementInstanceKey, body, contextOf(caller));
      return noContent;
    },
  }),
];
