/**
 * Lineage of one instance (requirement H16): which version of the process, which agents, models, prompts and tools, which
 * versions of which policies, and the decisions; all named by the hash of their content where they have one.
 */
import type { DecisionPlane } from "../../decisions/index.ts";
import type { CallContext, Engine } from "../../engine/index.ts";

const decisionsMax = 10_000;

type PlaneReader = NonNullable<Parameters<DecisionPlane["searchDecisions"]>[1]>;
type Decision = Awaited<ReturnType<DecisionPlane["searchDecisions"]>>["items"][number];

interface AgentLineage {
  readonly models: Set<string>;
  readonly promptHashes: Set<string>;
  readonly responseHashes: Set<string>;
}

export async function lineageOf(
  engine: Engine,
  plane: DecisionPlane,
  processInstanceKey: string,
  context: CallContext,
  reader: PlaneReader,
) {
  const process = await engine.queries.getProcessInstance(processInstanceKey, context);
  const definition = await engine.queries.getProcessDefinition(process.processDefinitionKey, context);
  const [agents, decisions, models, artifacts] = await Promise.all([
    engine.agentTrajectory(processInstanceKey, context),
    allDecisions(plane, processInstanceKey, reader),
    modelsOf(engine, processInstanceKey, context),
    engine.trail.artifacts(processInstanceKey, context),
  ]);
  return {
    process: {
      processDefinitionId: process.processDefinitionId,
      processDefinitionKey: process.processDefinitionKey,
      processDefinitionVersion: process.processDefinitionVersion,
      processDefinitionVersionTag: process.processDefinitionVersionTag,
      resourceName: definition.resourceName,
    },
    agents: agents.map(({ agentId, agentVersion, elementId, elementInstanceKey }) => {
      const known = models.get(elementInstanceKey);
      return {
        agentId,
        agentVersion,
        elementId,
        elementInstanceKey,
        models: [...(known?.models ?? [])],
        promptHashes: [...(known?.promptHashes ?? [])],
        responseHashes: [...(known?.responseHashes ?? [])],
      };
    }),
    policies: policiesOf(decisions),
    decisions,
    artifacts: { count: artifacts.length, distinct: new Set(artifacts.map(({ id }) => id)).size },
  };
}

async function allDecisions(
  plane: DecisionPlane,
  processInstanceKey: string,
  reader: PlaneReader,
): Promise<readonly Decision[]> {
  const found: Decision[] = [];
  for (let after: string | null | undefined; after !== null && found.length < decisionsMax; ) {
    const page: Awaited<ReturnType<DecisionPlane["searchDecisions"]>> = await plane.searchDecisions(
      { processInstanceKey, limit: 1_000, ...(after === undefined ? {} : { after }) },
      reader,
    );
    found.push(...page.items);
    after = page.next;
  }
  return found;
}

/** Every version that had a say, with the hash of its content. */
function policiesOf(decisions: readonly Decision[]) {
  const policies = new Map<string, { policyId: string; version: number; stages: string[] }>();
  for (const { policies: used } of decisions) {
    for (const { policyId, version, stage } of used) {
      const name = `${policyId}@${version}`;
      const known = policies.get(name) ?? { policyId, version, stages: [] };
      if (!known.stages.includes(stage)) known.stages.push(stage);
      policies.set(name, known);
    }
  }
  return [...policies.values()];
}

/** Element instance → what its model calls were made with, from the record. */
async function modelsOf(
  engine: Engine,
  processInstanceKey: string,
  context: CallContext,
): Promise<ReadonlyMap<string, AgentLineage>> {
  const found = new Map<string, AgentLineage>();
  for (let after: number | null = 0; after !== null; ) {
    const { items, next }: Awaited<ReturnType<Engine["history"]>> = await engine.history(
      processInstanceKey,
      { after, limit: 1_000 },
      context,
    );
    for (const event of items.flatMap(({ events }) => events)) {
      if (event.type !== "agentTurnCompleted" && event.type !== "agentTurnFailed") continue;
      const known = found.get(event.element) ?? {
        models: new Set(),
        promptHashes: new Set(),
        responseHashes: new Set(),
      };
      known.models.add(event.step.model);
      known.promptHashes.add(event.step.promptHash);
      if (event.step.responseHash !== null) known.responseHashes.add(event.step.responseHash);
      found.set(event.element, known);
    }
    after = next;
  }
  return found;
}
