/**
 * Nothing consequential happens without somebody being asked: attachments of guardrails (requirements G05, C19, C20).
 * Attachment is in the model; content of the policies is the decision plane's.
 */

import { comparedFact, decisionResults, leadingToConsequence } from "../business-facts.ts";
import { isNativeAgent, toolsOf } from "../compile/agent.ts";
import { isConsequential } from "../compile/guard.ts";
import { describe, extension, extensions, idOf, is, type ModdleElement, one, text, words } from "../moddle.ts";
import { kindsOf, type ModelGraph } from "../model-graph.ts";
import type { Report } from "../problem.ts";
import type { Rule } from "./rule.ts";

function guardrails(element: ModdleElement): readonly ModdleElement[] {
  return extensions(element, "interlock:Guardrail");
}

const stopCriteria = ["modelCalls", "toolCalls", "tokens", "wallTime"] as const;

/** Tools of a native agent with the agent; Camunda's own agents are imports, they only get a warning. */
function governedTools(
  graph: ModelGraph,
  nativeAgents: boolean,
): readonly { tool: ModdleElement; agent: ModdleElement; ours: boolean }[] {
  return graph.nodes.flatMap((agent) =>
    isNativeAgent(agent, nativeAgents)
      ? toolsOf(graph, agent).map((tool) => ({ tool, agent, ours: extension(agent, "interlock:Agent") !== undefined }))
      : [],
  );
}

function checkTools(graph: ModelGraph, report: Report, nativeAgents: boolean, ours: boolean): void {
  for (const { tool, agent, ours: isOurs } of governedTools(graph, nativeAgents)) {
    if (isOurs !== ours) continue;
    if (extension(tool, "interlock:Action") === undefined) {
      report(
        tool,
        `Expected the tool ${describe(tool)} of the agent "${idOf(agent)}" to have an interlock:action, but it has none: say what it does, and consequential="false" if it changes nothing`,
      );
    } else if (isConsequential(tool) && guardrails(tool).length + guardrails(agent).length === 0) {
      report(
        tool,
        `Expected the consequential tool ${describe(tool)} to have an interlock:guardrail, its own or its agent's, but it has none`,
      );
    }
  }
}

export const governanceRules: readonly Rule[] = [
  {
    id: "UNGOVERNED_ACTION",
    sentence: "Every tool of an agent declares its action, and every consequential action has a guardrail.",
    source: "requirement G05; interlock schema 1",
    severity: "error",
    check(graph, report, { nativeAgents }) {
      checkTools(graph, report, nativeAgents, true);
      const tools = new Set(governedTools(graph, nativeAgents).map(({ tool }) => tool));
      for (const node of graph.nodes) {
        if (tools.has(node) || !isConsequential(node) || guardrails(node).length > 0) continue;
        report(
          node,
          `Expected the consequential action of ${describe(node)} to have an interlock:guardrail, but it has none`,
        );
      }
    },
  },
  {
    id: "ungoverned-camunda-agent",
    sentence: "Tools of an imported Camunda agent should be governed too; at run time ungoverned ones are denied.",
    source: "requirement G05",
    severity: "warning",
    check(graph, report, { nativeAgents }) {
      checkTools(graph, report, nativeAgents, false);
    },
  },
  {
    id: "AGENT_WITHOUT_STOP_CRITERIA",
    sentence: "An agent has a budget that says when it stops: model calls, tool calls, tokens or wall time.",
    source: "requirement E12; interlock schema 1",
    severity: "error",
    check(graph, report) {
      for (const node of graph.nodes) {
        if (extension(node, "interlock:Agent") === undefined) continue;
        const budget = extension(node, "interlock:Budget");
        if (stopCriteria.some((name) => words(budget, name) !== undefined)) continue;
        report(
          node,
          `Expected the agent of ${describe(node)} to have an interlock:budget with ${stopCriteria.join(", ")} or several of them, but it has none: say when it stops`,
        );
      }
    },
  },
  {
    id: "guardrail-without-action",
    sentence: "A guardrail and facts stand beside an interlock:action (or a guardrail on an agent).",
    source: "interlock schema 1: a guardrail that guards nothing must not go unnoticed",
    severity: "error",
    check(graph, report, { nativeAgents }) {
      for (const node of graph.nodes) {
        if (extension(node, "interlock:Action") !== undefined) continue;
        const guards = guardrails(node).length > 0 && !isNativeAgent(node, nativeAgents);
        if (guards || extension(node, "interlock:Fact") !== undefined) {
          report(
            node,
            `Expected the guardrail or fact of ${describe(node)} to stand beside an interlock:action, but it has no action: nothing would be asked`,
          );
        }
      }
    },
  },
  {
    id: "action-position",
    sentence: "Actions, guardrails and facts stand on activities.",
    source: "the guard wraps activities",
    severity: "error",
    check(graph, report) {
      for (const element of [...graph.processes, ...graph.nodes]) {
        if (is(element, "bpmn:Activity")) continue;
        if (extension(element, "interlock:Action") !== undefined || guardrails(element).length > 0) {
          report(
            element,
            `Expected the action of ${describe(element)} to stand on an activity, but it does not: use a send or service task`,
          );
        }
      }
    },
  },
  {
    id: "offer-position",
    sentence: "Only the tools of an agent say when they are offered (offeredWhen).",
    source: "requirement G01: what is offered to nobody cannot be hidden",
    severity: "error",
    check(graph, report, { nativeAgents }) {
      const tools = new Set(governedTools(graph, nativeAgents).map(({ tool }) => tool));
      for (const node of graph.nodes) {
        if (words(extension(node, "interlock:Action"), "offeredWhen") === undefined || tools.has(node)) continue;
        report(
          node,
          `Expected ${describe(node)} to be a tool of an agent, because its action has an offeredWhen, but it is not: use a condition of a flow`,
        );
      }
    },
  },
  {
    id: "ASYNC_IRREVERSIBLE",
    sentence: "An asynchronous guardrail is only on actions that can be undone.",
    source: "requirement C19",
    severity: "error",
    check(graph, report, { nativeAgents }) {
      const agentOf = new Map(governedTools(graph, nativeAgents).map(({ tool, agent }) => [tool, agent]));
      for (const node of graph.nodes) {
        const action = extension(node, "interlock:Action");
        if (action === undefined || text(action, "reversible") === "true") continue;
        const agent = agentOf.get(node);
        const asked = [
          ...guardrails(node),
          ...(agent === undefined || !isConsequential(node) ? [] : guardrails(agent)),
        ];
        if (asked.some((guardrail) => words(guardrail, "pattern") === "async")) {
          report(
            node,
            `Expected ${describe(node)} to be reversible="true", because a guardrail is asynchronous, but it is not: ask synchronously`,
          );
        }
      }
    },
  },
  {
    id: "async-without-undo",
    sentence: "An action that an asynchronous guardrail lets run by default has a compensation handler.",
    source: "requirement C18: what the policy denies later can only be undone by what the model says",
    severity: "warning",
    check(graph, report, { nativeAgents }) {
      const agentOf = new Map(governedTools(graph, nativeAgents).map(({ tool, agent }) => [tool, agent]));
      for (const node of graph.nodes) {
        if (extension(node, "interlock:Action") === undefined || canBeUndone(graph, node)) continue;
        const agent = agentOf.get(node);
        const asked = [...guardrails(node), ...(agent === undefined ? [] : guardrails(agent))];
        if (asked.length === 0 || !asked.every(runsByDefault)) continue;
        report(
          node,
          `Expected ${describe(node)} to have a compensation handler, because it runs before its policy has answered (default="ALLOW"), but it has none: a denial could not be undone`,
        );
      }
    },
  },
  {
    id: "guardrail-staleness",
    sentence: "A guardrail with pattern preEvaluate says how old its answer may be; others do not.",
    source: "requirement C16",
    severity: "warning",
    check(graph, report) {
      for (const node of graph.nodes) {
        for (const guardrail of guardrails(node)) {
          const before = words(guardrail, "pattern") === "preEvaluate";
          if (before === (words(guardrail, "maxStaleness") !== undefined)) continue;
          report(
            node,
            `Expected the guardrail of ${describe(node)} to have a maxStaleness if and only if its pattern is preEvaluate, but it ${before ? "has none" : "has one"}`,
          );
        }
      }
    },
  },
  {
    id: "policy-in-process",
    sentence:
      "Conditions that decide whether a consequential action runs do not compare business facts: that is a policy's work.",
    source: "requirement C20: rules as graph edges cannot be tested, versioned and owned on their own",
    severity: "warning",
    check(graph, report) {
      const decided = decisionResults(graph);
      for (const scope of graph.scopes) {
        const leading = leadingToConsequence(graph, scope);
        for (const node of scope.nodes) {
          const outgoing = graph.outgoing(node);
          const leads = (flow: ModdleElement): boolean => leading.has(one(flow, "targetRef") as ModdleElement);
          if (!outgoing.some(leads) || outgoing.every(leads)) continue;
          for (const flow of outgoing) {
            const condition = words(one(flow, "conditionExpression"), "body");
            const fact = condition === undefined ? undefined : comparedFact(condition, decided);
            if (fact !== undefined) {
              report(
                flow,
                `Expected the choice before a consequential action to follow a decision, but the condition of ${idOf(flow)} compares the business fact "${fact}": move the rule into a policy or a decision`,
              );
            }
          }
        }
      }
    },
  },
];

function runsByDefault(guardrail: ModdleElement): boolean {
  return words(guardrail, "pattern") === "async" && words(guardrail, "default") === "ALLOW";
}

/** By a handler of its own, or by those of what it holds. */
function canBeUndone(graph: ModelGraph, node: ModdleElement): boolean {
  if (graph.boundaryEvents(node).some((event) => kindsOf(graph, event).includes("compensation"))) return true;
  const pending = [...(graph.inside.get(node)?.nodes ?? [])];
  for (let each = pending.pop(); each !== undefined; each = pending.pop()) {
    if (is(each, "bpmn:BoundaryEvent", "bpmn:StartEvent") && kindsOf(graph, each).includes("compensation")) return true;
    pending.push(...(graph.inside.get(each)?.nodes ?? []));
  }
  return false;
}
