/** Tasks say what does their work, and messages how they find their instance. */
import { messageOfTask } from "../compile/activity.ts";
import { isNativeAgent } from "../compile/agent.ts";
import { standardCorrelationKey } from "../compile/correlation.ts";
import { describe, extension, flag, is, type ModdleElement, one, text, words } from "../moddle.ts";
import { kindOfDefinition, type ModelGraph } from "../model-graph.ts";
import type { Rule } from "./rule.ts";

function hasJob(element: ModdleElement): boolean {
  return extension(element, "zeebe:TaskDefinition") !== undefined;
}

function runsFeelScript(element: ModdleElement): boolean {
  const format = text(element, "scriptFormat") ?? text(element, "scriptLanguage") ?? "";
  return (
    extension(element, "zeebe:Script") !== undefined || (/feel/i.test(format) && words(element, "script") !== undefined)
  );
}

/** What must be there for each kind of task, in words; undefined when it is. */
function missingImplementation(element: ModdleElement): string | undefined {
  if (hasJob(element)) return undefined;
  if (is(element, "bpmn:ServiceTask")) return "a zeebe:taskDefinition (its job type)";
  if (is(element, "bpmn:ScriptTask", "bpmn:GlobalScriptTask"))
    return runsFeelScript(element) ? undefined : "a FEEL script (zeebe:script) or a zeebe:taskDefinition";
  if (is(element, "bpmn:BusinessRuleTask", "bpmn:GlobalBusinessRuleTask")) {
    return extension(element, "zeebe:CalledDecision") === undefined
      ? "a zeebe:calledDecision or a zeebe:taskDefinition"
      : undefined;
  }
  if (is(element, "bpmn:SendTask"))
    return messageOfTask(element) === undefined ? "a message or a zeebe:taskDefinition" : undefined;
  return undefined;
}

/** Catching places whose message must find a running instance: they need a correlation key. */
function correlatingMessages(graph: ModelGraph): readonly { at: ModdleElement; message: ModdleElement | undefined }[] {
  return graph.nodes.flatMap((node) => {
    if (is(node, "bpmn:ReceiveTask"))
      return flag(node, "instantiate", false) ? [] : [{ at: node, message: messageOfTask(node) }];
    if (!is(node, "bpmn:CatchEvent")) return [];
    // A message start event of the process starts an instance: it needs no key.
    if (is(node, "bpmn:StartEvent") && graph.scopeOf.get(node)?.parent === null) return [];
    if (startsInstances(graph, node)) return [];
    return graph
      .eventDefinitions(node)
      .flatMap((definition) =>
        kindOfDefinition(definition) === "message" ? [{ at: node, message: one(definition, "messageRef") }] : [],
      );
  });
}

function startsInstances(graph: ModelGraph, node: ModdleElement): boolean {
  return graph.incoming(node).some((flow) => {
    const source = one(flow, "sourceRef");
    return is(source, "bpmn:EventBasedGateway") && flag(source as ModdleElement, "instantiate", false);
  });
}

export const taskRules: readonly Rule[] = [
  {
    id: "task-implementation",
    sentence: "A service, script, business rule or send task says what does its work.",
    source: "zeebe dialect (rest-v2 §3.1); BPMN 2.0.2 §10.3.3",
    severity: "error",
    check(graph, report) {
      for (const element of [...graph.nodes, ...graph.globalTasks]) {
        const missing = missingImplementation(element);
        if (missing !== undefined) report(element, `Expected ${describe(element)} to have ${missing}, but it has none`);
      }
    },
  },
  {
    id: "task-message",
    sentence: "A receive task, and a send task without a job, refers to a message with a name.",
    source: "BPMN 2.0.2 tables 10.11, 10.12",
    severity: "error",
    check(graph, report) {
      for (const node of graph.nodes) {
        const sends = is(node, "bpmn:SendTask") && !hasJob(node) && messageOfTask(node) !== undefined;
        if (!sends && !is(node, "bpmn:ReceiveTask")) continue;
        if (words(messageOfTask(node), "name") === undefined)
          report(node, `Expected ${describe(node)} to refer to a message with a name, but it does not`);
      }
    },
  },
  {
    id: "message-correlation",
    sentence:
      "A message that a running instance waits for has a correlation key, unless a message flow of the model brings it.",
    source: "zeebe:subscription; BPMN 2.0.2 §8.4.2",
    severity: "error",
    check(graph, report) {
      const reached = new Set(graph.messageFlows.flatMap((flow) => one(flow, "targetRef") ?? []));
      for (const { at, message } of correlatingMessages(graph)) {
        if (message === undefined || reached.has(at) || standardCorrelationKey(graph, at, message) !== undefined)
          continue;
        if (words(extension(message, "zeebe:Subscription"), "correlationKey") === undefined) {
          report(
            at,
            `Expected the message of ${describe(at)} to have a correlationKey, but it has none: it could not find its instance`,
          );
        }
      }
    },
  },
  {
    id: "agent-on-sub-process",
    sentence: "An interlock:agent stands on an ad-hoc sub-process.",
    source: "interlock schema 1",
    severity: "error",
    check(graph, report) {
      for (const node of graph.nodes) {
        if (extension(node, "interlock:Agent") !== undefined && !isNativeAgent(node, false)) {
          report(node, `Expected the agent of ${describe(node)} to stand on an ad-hoc sub-process, but it does not`);
        }
      }
    },
  },
];
