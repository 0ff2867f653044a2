/** /governance/v1/agents/{key}/contract: what holds for a running agent, as it is executed and as operators changed it. */
import { z } from "zod";
import { describeAgents } from "../../engine/index.ts";
import { onProcess } from "../auth/resource-permissions.ts";
import { type Operation, operation } from "../http/operation.ts";
import { Problem } from "../http/problem.ts";
import { keyText } from "../http/search.ts";
import { contextOf } from "../v2/context.ts";
import { ok, okReply } from "../v2/replies.ts";
import { record } from "./shapes.ts";

/** Kinds of records that the plane keeps of an agent's actions; each is chained and in every export. */
const records = ["decision/1", "approval/1", "outcome/1", "correction/1", "interrupt/1", "shadow/1"] as const;

export const agentContractOperations: readonly Operation[] = [
  operation({
    id: "getAgentContract",
    method: "get",
    path: "/agents/{elementInstanceKey}/contract",
    group: "Agent",
    summary: "What can be seen of this agent, what bounds it, when it stops by itself, and which records prove it",
    access: "agent:read",
    grants: onProcess("READ_PROCESS_INSTANCE"),
    params: z.strictObject({ elementInstanceKey: keyText }),
    replies: okReply(
      z.looseObject({
        agentId: z.string(),
        observables: z.looseObject({ events: z.array(z.string()) }),
        constraints: z.looseObject({ tools: z.array(z.looseObject({ name: z.string() })) }),
        stops: z.looseObject({ budget: record }),
        records: z.array(z.string()),
      }),
    ),
    async handle({ params, services, caller }) {
      const { engine } = services;
      const context = contextOf(caller);
      const { elementId, processInstanceKey, processDefinitionKey } = await engine.queries.getElementInstance(
        params.elementInstanceKey,
        context,
      );
      const [xml, agents] = await Promise.all([
        engine.queries.getProcessDefinitionXml(processDefinitionKey, context),
        engine.agentTrajectory(processInstanceKey, context),
      ]);
      const running = agents.find(({ elementInstanceKey }) => elementInstanceKey === params.elementInstanceKey);
      const contract = (await describeAgents(xml, { nativeAgents: true })).find((one) => one.elementId === elementId);
      if (contract === undefined || running === undefined)
        throw new Problem(
          "NOT_FOUND",
          `Expected an agent at the element instance ${params.elementInstanceKey}, but there is none.`,
        );
      const budget = { ...contract.stops.budget, ...running.budget };
      return ok({
        ...contract,
        observables: {
          ...contract.observables,
          endpoints: ["now", "steps", "tool-calls"].map(
            (what) => `/governance/v1/agents/${params.elementInstanceKey}/${what}`,
          ),
        },
        stops: { ...contract.stops, budget },
        controls: ["interrupt", "budget"].map((what) => `/governance/v1/agents/${params.elementInstanceKey}/${what}`),
        records,
      });
    },
  }),
];
