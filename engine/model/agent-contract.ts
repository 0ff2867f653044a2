/**
 * What holds for the agents of a model, read from the model itself: what can be seen of them, what bounds them, when they
 * stop by themselves, and which records prove it. Requirement A13: the contract is a view, so it cannot drift from what
 * is executed.
 */
import type { Event } from "../core/event.ts";
import type { AgentDefinition, GuardDefinition, ProcessElement } from "../core/process.ts";
import { analyze } from "./analyze.ts";

export interface AgentToolContract {
  readonly name: string;
  readonly elementId: string;
  /** Null: the tool changes nothing and nobody is asked. */
  readonly action: GuardDefinition["action"] | null;
  readonly policies: readonly {
    readonly policyId: string;
    readonly version: number | null;
    readonly pattern: string;
  }[];
  readonly onDeny: "result" | "error" | null;
}

export interface AgentContract {
  readonly agentId: string;
  readonly version: string;
  readonly processId: string;
  readonly elementId: string;
  readonly observables: { readonly events: readonly Event["type"][] };
  readonly constraints: {
    readonly tools: readonly AgentToolContract[];
    readonly sequence: AgentDefinition["sequence"];
  };
  readonly stops: {
    readonly budget: AgentDefinition["budget"];
    readonly interrupts: AgentDefinition["interrupts"];
    readonly onSequenceViolation: "pause" | "error" | null;
  };
}

/** Events that tell of an agent, beside those of every element, job and variable. */
const agentEvents: readonly Event["type"][] = [
  "agentTurnCompleted",
  "agentTurnFailed",
  "agentInterrupted",
  "agentBudgetChanged",
  "toolProposed",
  "toolReturned",
  "guardRequested",
  "decisionMade",
  "approvalVoted",
  "approvalResolved",
  "approvalEscalated",
  "actionStarted",
  "actionBlocked",
  "noted",
];

/** The contracts of all native agents of a deployed BPMN file, in document order. */
export async function describeAgents(
  xml: string,
  options: { readonly nativeAgents?: boolean } = {},
): Promise<readonly AgentContract[]> {
  const { processes } = await analyze(xml, { resourceName: "model", resourceHash: "" }, options);
  return processes.flatMap(({ processId, elements }) =>
    elements.flatMap((element) => {
      const agent = element.adHoc?.agent;
      return agent ? [contractOf(processId, element, agent, elements)] : [];
    }),
  );
}

function contractOf(
  processId: string,
  element: ProcessElement,
  agent: AgentDefinition,
  elements: readonly ProcessElement[],
): AgentContract {
  return {
    agentId: agent.agentId,
    version: agent.version,
    processId,
    elementId: element.id,
    observables: { events: agentEvents },
    constraints: {
      tools: (element.adHoc?.tools ?? []).map(({ name, elementIndex, elementId }) => {
        const guard = elements[elementIndex]?.guard ?? null;
        return {
          name,
          elementId,
          action: guard?.action ?? null,
          policies: guard === null ? [] : policiesOf([...guard.policies, ...agent.policies]),
          onDeny: guard?.onDeny ?? null,
        };
      }),
      sequence: agent.sequence,
    },
    stops: {
      budget: agent.budget,
      interrupts: agent.interrupts,
      onSequenceViolation: agent.sequence?.onViolation ?? null,
    },
  };
}

function policiesOf(policies: GuardDefinition["policies"]): AgentToolContract["policies"] {
  return policies.map(({ policyId, binding, pattern }) => ({
    policyId,
    version: binding.type === "version" ? binding.version : null,
    pattern,
  }));
}
