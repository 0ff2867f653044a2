/** An agent with five tools, and the policy that says which of them it may use. */
import { model } from "../engine/runtime/models.ts";

export const systemPrompt = "You are a helpful assistant. Use your tools.";

interface Tool {
  readonly name: string;
  readonly method?: string;
  readonly path?: string;
  /** Done by a job worker instead of the HTTP connector. */
  readonly jobType?: string;
  readonly consequential?: boolean;
}

const tools: readonly Tool[] = [
  { name: "read_document", method: "GET", path: "/document", consequential: false },
  { name: "call_api", method: "POST", path: "/payments" },
  { name: "put_object", method: "PUT", path: "/objects/report" },
  { name: "slow_call", method: "GET", path: "/slow" },
  { name: "write_row", jobType: "write_row" },
  { name: "wipe_everything", method: "DELETE", path: "/everything" },
];

const header = (key: string, value: string) =>
  `<zeebe:header key="${key}" value="${value.replaceAll("&", "&amp;").replaceAll('"', "&quot;")}" />`;

function toolTask({ name, method, path, jobType, consequential = true }: Tool): string {
  const headers =
    method === undefined
      ? ""
      : `<zeebe:taskHeaders>${header("method", method)}${header("url", `{{secrets.SYSTEMS}}${path}`)}${method === "GET" || method === "DELETE" ? "" : header("body", "={note: note}")}${header("resultExpression", "={toolCallResult: response.body}")}</zeebe:taskHeaders>`;
  const action = `<interlock:action type="${name}" target="${name}" operation="${consequential ? "write" : "read"}" reversible="true" riskClass="low"${consequential ? "" : ' consequential="false"'} />`;
  return `<bpmn:serviceTask id="${name}"><bpmn:documentation>${name}</bpmn:documentation><bpmn:extensionElements>
    <zeebe:taskDefinition type="${jobType ?? "interlock:http"}" retries="1" />
    <zeebe:ioMapping><zeebe:input source="=fromAi(toolCall.note, &quot;A note&quot;, &quot;string&quot;)" target="note" /></zeebe:ioMapping>
    ${headers}${action}${consequential ? '<interlock:guardrail policyRef="boundary" />' : ""}</bpmn:extensionElements></bpmn:serviceTask>`;
}

export const agentModel = model(
  "boundary_agent",
  `<bpmn:startEvent id="start" /><bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="agent" />
   <bpmn:adHocSubProcess id="agent"><bpmn:extensionElements>
     <zeebe:adHoc outputCollection="toolCallResults" outputElement="={id: toolCall._meta.id, name: toolCall._meta.name, content: toolCallResult}" />
     <interlock:agent id="boundary-agent" version="3" model="default"><interlock:systemPrompt>${systemPrompt}</interlock:systemPrompt><interlock:userPrompt>=prompt</interlock:userPrompt></interlock:agent>
     <interlock:budget modelCalls="6" toolCalls="20" tokens="50000" wallTime="PT5M" onExceed="pause" />
   </bpmn:extensionElements>${tools.map(toolTask).join("")}</bpmn:adHocSubProcess>
   <bpmn:sequenceFlow id="f2" sourceRef="agent" targetRef="end" /><bpmn:endEvent id="end" />`,
);

const rules = [
  ["call_api", "ALLOW", "API_ALLOWED"],
  ["put_object", "ALLOW", "OBJECTS_ALLOWED"],
  ["slow_call", "ALLOW", "SLOW_ALLOWED"],
  ["write_row", "ALLOW", "ROWS_ALLOWED"],
  ["wipe_everything", "DENY", "NEVER_WIPE"],
] as const;

const output = (rule: string, index: number, value: string) =>
  `<outputEntry id="${rule}_o${index}"><text>"${value}"</text></outputEntry>`;

/** Everything is allowed but wiping. */
export const boundaryPolicy = {
  manifest: {
    id: "boundary",
    name: "Boundary",
    description: "What the agent of the boundary tests may do.",
    domain: "tests",
    owner: { team: "Tests" },
    riskClass: "low",
    scope: "domain",
    actions: rules.map(([action]) => action),
    reasons: Object.fromEntries(rules.map(([, , code]) => [code, code])),
  },
  dmn: `<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="boundary" name="boundary" namespace="urn:interlock:policy:boundary">
<inputData id="input_action" name="action"><variable id="variable_action" name="action" /></inputData>
<decision id="Determination" name="Determination"><variable id="Determination_variable" name="Determination" />
<informationRequirement id="requirement_1"><requiredInput href="#input_action" /></informationRequirement>
<decisionTable id="table" hitPolicy="FIRST"><input id="input_1"><inputExpression id="expression_1" typeRef="string"><text>action.type</text></inputExpression></input>
<output id="output_1" name="determination" typeRef="string" /><output id="output_2" name="reasonCode" typeRef="string" />
${rules.map(([action, determination, code]) => `<rule id="rule_${action}"><inputEntry id="rule_${action}_i1"><text>"${action}"</text></inputEntry>${output(`rule_${action}`, 1, determination)}${output(`rule_${action}`, 2, code)}</rule>`).join("\n")}
</decisionTable></decision></definitions>`,
  tests: {
    cases: rules.map(([action, determination, reasonCode]) => ({
      name: action,
      action: { type: action, reversible: true, riskClass: "low" },
      expect: { determination, reasonCode },
    })),
  },
};
