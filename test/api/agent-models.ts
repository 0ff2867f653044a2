/** Agents with a few tools as BPMN, and what their model shall answer, for tests over HTTP. */
import type { ModelServer, ScriptedAnswer } from "../engine/agents/model-server.ts";
import { model } from "../engine/runtime/models.ts";

export interface Tool {
  readonly id: string;
  /** Attributes of interlock:action beside its type; null: no action at all. */
  readonly action?: string | null;
  /** Type of the action; default the id. */
  readonly type?: string;
  /** policyRef of each guardrail, with further attributes after a blank. */
  readonly guardrails?: readonly string[];
  readonly facts?: readonly (readonly [name: string, expression: string, provenance?: string])[];
  /** Parameters that the model gives. */
  readonly inputs?: readonly (readonly [name: string, type: string])[];
  /** A user task of this group instead of a job. */
  readonly group?: string;
}

export interface AgentProcess {
  readonly id: string;
  readonly tools: readonly Tool[];
  /** Guardrails of the agent itself. */
  readonly guardrails?: readonly string[];
  readonly budget?: string;
  /** Service task in front of the agent, by its job type. */
  readonly before?: string;
  /** Where a POLICY_DENIED leads to: a user task of this id. */
  readonly denied?: string;
}

const xmlText = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

const guardrailXml = (guardrail: string): string => {
  const [policyRef, ...more] = guardrail.split(" ");
  return `<interlock:guardrail policyRef="${policyRef}" ${more.join(" ")} />`;
};

function toolXml({ id, type = id, action = "", guardrails = [], facts = [], inputs = [], group }: Tool): string {
  const name = group === undefined ? "serviceTask" : "userTask";
  const work =
    group === undefined
      ? `<zeebe:taskDefinition type="${id}" retries="1" />`
      : `<zeebe:userTask /><zeebe:assignmentDefinition candidateGroups="${group}" />`;
  const parameters = inputs.map(
    ([input, kind]) =>
      `<zeebe:input source="${xmlText(`=fromAi(toolCall.${input}, "The ${input}", "${kind}")`)}" target="${input}" />`,
  );
  const declared = facts.map(
    ([fact, expression, provenance = "trusted"]) =>
      `<interlock:fact name="${fact}" expression="${xmlText(expression)}" provenance="${provenance}" />`,
  );
  return `<bpmn:${name} id="${id}" name="${id}"><bpmn:documentation>Does ${id}.</bpmn:documentation><bpmn:extensionElements>${work}
    ${parameters.length > 0 ? `<zeebe:ioMapping>${parameters.join("")}</zeebe:ioMapping>` : ""}
    ${action === null ? "" : `<interlock:action type="${type}" ${action} />`}${guardrails.map(guardrailXml).join("")}${declared.join("")}
  </bpmn:extensionElements></bpmn:${name}>`;
}

/** start → [before] → agent → end. The agent is told the variable `task`. */
export function agentProcess({
  id,
  tools,
  guardrails = [],
  budget = 'modelCalls="8"',
  before,
  denied,
}: AgentProcess): string {
  const first = before === undefined ? "agent" : "before";
  return model(
    id,
    `<bpmn:startEvent id="start" /><bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="${first}" />
     ${before === undefined ? "" : `<bpmn:serviceTask id="before"><bpmn:extensionElements><zeebe:taskDefinition type="${before}" /></bpmn:extensionElements></bpmn:serviceTask><bpmn:sequenceFlow id="f2" sourceRef="before" targetRef="agent" />`}
     <bpmn:adHocSubProcess id="agent"><bpmn:extensionElements>
       <zeebe:adHoc outputCollection="toolCallResults" outputElement="={id: toolCall._meta.id, name: toolCall._meta.name, content: toolCallResult}" />
       <interlock:agent id="${id}-agent" version="1"><interlock:systemPrompt>Do what you are told.</interlock:systemPrompt><interlock:userPrompt>=task</interlock:userPrompt></interlock:agent>
       <interlock:budget ${budget} />${guardrails.map(guardrailXml).join("")}
     </bpmn:extensionElements>${tools.map(toolXml).join("\n")}</bpmn:adHocSubProcess>
     ${
       denied === undefined
         ? ""
         : `<bpmn:boundaryEvent id="was_denied" attachedToRef="agent"><bpmn:errorEventDefinition id="was_denied_definition" errorRef="denied" /></bpmn:boundaryEvent>
            <bpmn:sequenceFlow id="f4" sourceRef="was_denied" targetRef="${denied}" /><bpmn:userTask id="${denied}"><bpmn:extensionElements><zeebe:userTask /></bpmn:extensionElements></bpmn:userTask>
            <bpmn:sequenceFlow id="f5" sourceRef="${denied}" targetRef="end" />`
     }
     <bpmn:sequenceFlow id="f3" sourceRef="agent" targetRef="end" /><bpmn:endEvent id="end" />`,
    { root: denied === undefined ? "" : '<bpmn:error id="denied" errorCode="POLICY_DENIED" />' },
  );
}

/** One call of a tool, as a model proposes it. */
export const toolCall = (name: string, args: Record<string, unknown> = {}) => ({ name, args });

/** What the model answers from now on, in order; afterwards it has nothing more to propose. */
export function playing(answers: ScriptedAnswer[], models: () => ModelServer): (...next: ScriptedAnswer[]) => void {
  return (...next) => {
    answers.length = models().requests.length;
    answers.push(...next);
  };
}
