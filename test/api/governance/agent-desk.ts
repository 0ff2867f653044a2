/** A server whose agents ask a model of the test's own, one process per agent, and small policies written in words. */

import { type Answering, type ModelServer, startModelServer } from "../../engine/agents/model-server.ts";
import { eventually } from "../../engine/runtime/harness.ts";
import { model } from "../../engine/runtime/models.ts";
import { call, deploy, startTestServer, type TestServer } from "../server.ts";

export interface AgentDesk {
  readonly server: TestServer;
  readonly provider: ModelServer;
  /** What the model answers from now on. */
  answer(answering: Answering): void;
  close(): Promise<void>;
}

export async function openAgentDesk(environment: Readonly<Record<string, string>> = {}): Promise<AgentDesk> {
  let answering: Answering = () => ({ text: "Done." });
  const provider = await startModelServer((body) => answering(body));
  const server = await startTestServer({
    withShipped: true,
    environment: {
      INTERLOCK_MODEL_PROVIDER: "openai-compatible",
      INTERLOCK_MODEL_BASE_URL: provider.baseUrl,
      INTERLOCK_MODEL_NAME: "test-model",
      ...environment,
    },
  });
  return {
    server,
    provider,
    answer(next) {
      answering = next;
    },
    async close() {
      await server.close();
      await provider.close();
    },
  };
}

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");

/** Start → agent with the tools `look` (harmless) and `pay` (guarded by `policy`) → end. Jobs are of type `look`, `pay`. */
export function agentProcess(processId: string, agentExtensions: string, policy = "desk"): string {
  const tool = (id: string, input: string, extensions: string): string =>
    `<bpmn:serviceTask id="${id}"><bpmn:extensionElements><zeebe:taskDefinition type="${processId}-${id}" />
       <zeebe:ioMapping><zeebe:input source="=fromAi(toolCall.${input}, &quot;the ${input}&quot;, &quot;number&quot;)" target="${input}" /></zeebe:ioMapping>
       ${extensions}</bpmn:extensionElements></bpmn:serviceTask>`;
  return model(
    processId,
    `<bpmn:startEvent id="start" /><bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="agent" />
     <bpmn:adHocSubProcess id="agent"><bpmn:extensionElements>
       <interlock:agent id="${processId}" version="3"><interlock:systemPrompt>Be careful.</interlock:systemPrompt>
         <interlock:userPrompt>=${escaped('"Help with case " + string(case)')}</interlock:userPrompt></interlock:agent>
       ${agentExtensions}</bpmn:extensionElements>
       ${tool("look", "case", '<interlock:action type="look" operation="read" consequential="false" reversible="true" riskClass="low" />')}
       ${tool("pay", "amount", `<interlock:action type="pay" operation="pay" reversible="true" riskClass="medium" /><interlock:guardrail policyRef="${policy}" />`)}
     </bpmn:adHocSubProcess>
     <bpmn:sequenceFlow id="f2" sourceRef="agent" targetRef="end" /><bpmn:endEvent id="end" />`,
  );
}

/** One decision table: inputs as FEEL texts, rules as texts per input and output. */
export interface Table {
  readonly decision: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly rules: readonly (readonly string[])[];
}

export function dmn(id: string, tables: readonly Table[]): string {
  const roots = [
    ...new Set(tables.flatMap(({ inputs }) => inputs.map((text) => /\b([a-z]+)\./.exec(text)?.[1] ?? "args"))),
  ];
  const decision = ({ decision: name, inputs, outputs, rules }: Table): string =>
    `<decision id="${name}" name="${name}"><variable name="${name}" />
      ${roots.map((root) => `<informationRequirement><requiredInput href="#i_${root}" /></informationRequirement>`).join("")}
      <decisionTable hitPolicy="FIRST">
        ${inputs.map((text) => `<input><inputExpression><text>${escaped(text)}</text></inputExpression></input>`).join("")}
        ${outputs.map((output) => `<output name="${output}" />`).join("")}
        ${rules
          .map(
            (cells, index) =>
              `<rule id="${name}_${index + 1}">${cells
                .map((cell, place) => {
                  const tag = place < inputs.length ? "inputEntry" : "outputEntry";
                  return `<${tag}><text>${escaped(cell)}</text></${tag}>`;
                })
                .join("")}</rule>`,
          )
          .join("")}
      </decisionTable></decision>`;
  return `<?xml version="1.0" encoding="UTF-8"?>
    <definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="${id}" name="${id}" namespace="urn:test:${id}">
      ${roots.map((root) => `<inputData id="i_${root}" name="${root}"><variable name="${root}" /></inputData>`).join("")}
      ${tables.map(decision).join("")}
    </definitions>`;
}

/** Creates a policy and puts it in force at once. Gives its version. */
export async function release(
  server: TestServer,
  id: string,
  tables: readonly Table[],
  manifest: object = {},
  example: object = {},
): Promise<number> {
  const created = await call(
    server,
    "POST",
    "/governance/v1/policies",
    {
      manifest: {
        id,
        domain: "test",
        owner: "tests",
        release: { ruleCoverageMin: 0 },
        ...manifest,
      },
      dmn: dmn(id, tables),
      tests: { cases: [{ name: "answers", expect: { determination: "ALLOW" }, ...example }] },
    },
    { "interlock-actor": "author" },
  );
  if (created.status !== 200) throw new Error(created.text);
  const { version } = created.json;
  const promoted = await call(
    server,
    "POST",
    `/governance/v1/policies/${id}/versions/${version}/promotion`,
    { stage: "active", reason: "test", expedited: true, acknowledgeWidenings: true },
    { "interlock-actor": "releaser" },
  );
  if (promoted.status !== 200) throw new Error(promoted.text);
  return version;
}

/** Permits everything. */
export const permitting: Table = {
  decision: "Determination",
  inputs: ["action.type"],
  outputs: ["determination", "reasonCode"],
  rules: [["-", '"ALLOW"', '"FINE"']],
};

export interface RunningAgent {
  readonly processInstanceKey: string;
  readonly elementInstanceKey: string;
}

/** Deploys and starts one agent process, and waits until the agent is there. */
export async function startAgent(
  server: TestServer,
  processId: string,
  agentExtensions: string,
  options: { readonly policy?: string; readonly case?: number } = {},
): Promise<RunningAgent> {
  const deployed = await deploy(server, { "agent.bpmn": agentProcess(processId, agentExtensions, options.policy) });
  if (deployed.status !== 200) throw new Error(deployed.text);
  const started = await call(server, "POST", "/v2/process-instances", {
    processDefinitionId: processId,
    variables: { case: options.case ?? 7 },
  });
  if (started.status !== 200) throw new Error(started.text);
  const { processInstanceKey } = started.json;
  const [agent] = await eventually("the agent", async () => {
    const { json } = await call(server, "GET", `/governance/v1/process-instances/${processInstanceKey}/agents`);
    return json.items.length > 0 ? json.items : null;
  });
  return { processInstanceKey, elementInstanceKey: agent.elementInstanceKey };
}

/** Takes one job of a tool and completes it with the tool's result. */
export async function work(server: TestServer, processId: string, tool: string, result: unknown): Promise<void> {
  const job = await takeJob(server, processId, tool);
  const done = await call(server, "POST", `/v2/jobs/${job.jobKey}/completion`, {
    variables: { toolCallResult: result },
  });
  if (done.status !== 204) throw new Error(done.text);
}

export async function takeJob(
  server: TestServer,
  processId: string,
  tool: string,
): Promise<{ readonly jobKey: string; readonly variables: Record<string, unknown> }> {
  const { json } = await call(server, "POST", "/v2/jobs/activation", {
    type: `${processId}-${tool}`,
    maxJobsToActivate: 1,
    timeout: 60_000,
    requestTimeout: 8_000,
  });
  if (json.jobs.length === 0) throw new Error(`Expected a job of ${processId}-${tool}, but there is none`);
  return json.jobs[0];
}

/** How often the model has answered in this conversation. */
export function turnsOf(body: Record<string, unknown>): number {
  return (body.messages as { readonly role: string }[]).filter(({ role }) => role === "assistant").length;
}

/** Events of one type in the record of an instance. */
// biome-ignore lint/suspicious/noExplicitAny: tests look at events of every shape
export async function eventsOf(server: TestServer, processInstanceKey: string, type: string): Promise<any[]> {
  const { json } = await call(
    server,
    "GET",
    `/governance/v1/process-instances/${processInstanceKey}/history?limit=1000`,
  );
  return json.items
    .flatMap((entry: { events: { type: string }[] }) => entry.events)
    .filter((event: { type: string }) => event.type === type);
}
