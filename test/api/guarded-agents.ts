/**
 * A whole server for tests of guardrails: a model behind a provider's API that plays what the test wrote, workers that note
 * what was done, and the few calls that such a test makes as agents' owner, policy's owner and reviewer.
 */
import { afterAll, beforeAll, expect } from "vitest";
import { InterlockClient, type JobWorker } from "../../api/client/index.ts";
import type { PolicyPackage } from "../../decisions/index.ts";
import { type Row, type SmallPolicy, smallPolicy } from "../decisions/plane/small-policy.ts";
import { type ModelServer, type ScriptedAnswer, startModelServer } from "../engine/agents/model-server.ts";
import { eventually } from "../engine/runtime/harness.ts";
import { type AgentProcess, agentProcess, playing } from "./agent-models.ts";
import { type Answered, call, deploy, startTestServer, type TestServer } from "./server.ts";

/** The HTTP header of a person who acts. */
/** What the agents of an instance are told to have called. */
interface ToolCallShown {
  readonly name: string;
  readonly state: string;
  readonly result: Record<string, unknown>;
}

export const as = (name: string, groups = "") => ({ "interlock-actor": `${name}; groups=${groups}` });

interface Released {
  readonly policyId: string;
  readonly version: number;
  readonly contentHash: string;
}

/** Opens the server before the file's tests and closes it after them. */
export function guardedAgents() {
  let server: TestServer;
  let models: ModelServer;
  let client: InterlockClient;
  const workers: JobWorker[] = [];
  const answers: ScriptedAnswer[] = [];
  /** What the tools have done since the last `started`, in order. */
  const done: string[] = [];

  beforeAll(async () => {
    models = await startModelServer(answers);
    server = await startTestServer({
      withShipped: true,
      environment: {
        INTERLOCK_MODEL_PROVIDER: "openai-compatible",
        INTERLOCK_MODEL_BASE_URL: models.baseUrl,
        INTERLOCK_MODEL_NAME: "test-model",
        INTERLOCK_EGRESS: `private:${new URL(models.baseUrl).host}`,
      },
    });
    client = new InterlockClient({ url: server.url, actor: "worker; type=service" });
    for (const type of ["look_up", "send_email", "pay", "publish"])
      work(type, async ({ variables }) => {
        done.push(`${type} ${JSON.stringify(variables)}`);
        return { toolCallResult: { status: "done" } };
      });
  });
  afterAll(async () => {
    await Promise.all(workers.map((worker) => worker.stop()));
    await server?.close();
    await models?.close();
  });

  /** A worker until the end of the file. */
  const work = (...parameters: Parameters<InterlockClient["work"]>): void => {
    workers.push(client.work(...parameters));
  };
  const ask = (method: string, path: string, body?: unknown, headers?: Readonly<Record<string, string>>) =>
    call(server, method, path, body, headers);
  const get = async (path: string) => (await ask("GET", path)).json;
  const post = (path: string, body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answered> =>
    ask("POST", path, body, headers);

  /** Uploads a policy and puts it in force, as its owner and its approver do. */
  async function release(content: PolicyPackage): Promise<Released> {
    const { json, status } = await post("/governance/v1/policies", content, as("vera"));
    expect(status, JSON.stringify(json)).toBe(200);
    const request = { stage: "active", reason: "decided", expedited: true, acknowledgeWidenings: true };
    const path = `/governance/v1/policies/${json.policyId}/versions/${json.version}/promotion`;
    const promoted = await post(path, request, as("otto"));
    expect(promoted.status, promoted.text).toBe(200);
    return json;
  }
  const policy = (id: string, inputs: SmallPolicy["inputs"], rows: readonly Row[], more: Partial<SmallPolicy> = {}) =>
    release(smallPolicy({ id, inputs, rows, ...more }));
  const always = (
    id: string,
    give: Row["give"],
    code: string,
    more: Partial<SmallPolicy> = {},
    terms: Row["terms"] = {},
  ) =>
    policy(id, [["action.type", "string"]], [{ when: ["-"], give, code, terms, example: {} }], {
      actions: ["look_up", "send_email", "pay", "publish", "escalate"],
      ...more,
    });

  const deployFiles = (files: Readonly<Record<string, string>>) => deploy(server, files);
  /** Key of the definition. */
  async function deployed(process: AgentProcess): Promise<string> {
    const { status, text, json } = await deployFiles({ [`${process.id}.bpmn`]: agentProcess(process) });
    expect(status, text).toBe(200);
    return json.deployments[0].processDefinition.processDefinitionKey;
  }
  /** Key of the instance. */
  async function started(processDefinitionId: string, variables: object = {}): Promise<string> {
    done.length = 0;
    const { json, text, status } = await post("/v2/process-instances", {
      processDefinitionId,
      variables: { task: "Do it.", ...variables },
    });
    expect(status, text).toBe(200);
    return json.processInstanceKey;
  }
  const ended = (processInstanceKey: string) =>
    eventually("the end of the process", async () => {
      const { state } = await get(`/v2/process-instances/${processInstanceKey}`);
      return state === "COMPLETED";
    });
  const calls = async (processInstanceKey: string): Promise<readonly ToolCallShown[]> => {
    const { items } = (await get(`/governance/v1/process-instances/${processInstanceKey}/agents`)) as {
      readonly items: readonly { readonly turns: readonly { readonly toolCalls: readonly ToolCallShown[] }[] }[];
    };
    return items.flatMap(({ turns }) => turns).flatMap(({ toolCalls }) => toolCalls);
  };
  const decisions = async (processInstanceKey: string) =>
    (await post("/governance/v1/decisions/search", { processInstanceKey, limit: 100 })).json.items;
  const taskOf = (processInstanceKey: string) =>
    eventually("a task", async () => {
      const { items } = (await post("/v2/user-tasks/search", { filter: { processInstanceKey, state: "CREATED" } }))
        .json;
      return items[0];
    });

  return {
    play: playing(answers, () => models),
    /** What the model was asked so far. */
    requests: () => models.requests,
    done,
    work,
    ask,
    get,
    post,
    release,
    policy,
    always,
    deployFiles,
    deployed,
    started,
    ended,
    calls,
    decisions,
    taskOf,
  };
}
