/** A server whose agents ask the obedient model, with the systems behind its tools; all in this process. */
import { InterlockClient } from "../../api/client/index.ts";
import { type Answered, call, deploy, startTestServer, type TestServer } from "../api/server.ts";
import { agentModel, boundaryPolicy } from "./agent-model.ts";
import { type ExternalSystems, startExternalSystems } from "./external-systems.ts";
import { type ObedientModel, startObedientModel } from "./obedient-model.ts";

export interface RecordedEvent {
  readonly type: string;
  readonly at: string;
  readonly [field: string]: unknown;
}

export interface AgentStage {
  readonly server: TestServer;
  readonly client: InterlockClient;
  readonly model: ObedientModel;
  readonly systems: ExternalSystems;
  /** One request as somebody. */
  request(method: string, path: string, body?: unknown, actor?: string): Promise<Answered>;
  start(prompt: string): Promise<string>;
  state(processInstanceKey: string): Promise<{ readonly state: string; readonly hasIncident: boolean }>;
  /** Waits until the instance has ended, or has an incident. */
  ended(processInstanceKey: string): Promise<string>;
  /** All events of an instance, in the order of the log. */
  events(processInstanceKey: string): Promise<readonly RecordedEvent[]>;
  /** Element instance key of the agent. */
  agent(processInstanceKey: string): Promise<string>;
  decisions(processInstanceKey: string): Promise<readonly Record<string, unknown>[]>;
  close(): Promise<void>;
}

export async function openAgentStage(
  provider: "openai-compatible" | "anthropic" = "openai-compatible",
): Promise<AgentStage> {
  const [model, systems] = await Promise.all([startObedientModel(), startExternalSystems()]);
  const server = await startTestServer({
    environment: {
      INTERLOCK_MODEL_PROVIDER: provider,
      INTERLOCK_MODEL_BASE_URL: model.baseUrl,
      INTERLOCK_MODEL_NAME: "obedient",
      INTERLOCK_MODEL_API_KEY: "none",
      INTERLOCK_SECRET_SYSTEMS: systems.url,
      INTERLOCK_EGRESS: `private:${new URL(systems.url).host},private:${new URL(model.baseUrl).host}`,
    },
  });
  const request: AgentStage["request"] = (method, path, body, actor = "olga") =>
    call(server, method, path, body, { "interlock-actor": actor });
  const expectOk = async (answer: Promise<Answered>): Promise<Answered> => {
    const { status, text, ...rest } = await answer;
    if (status >= 300) throw new Error(`Expected an answer, but got ${status}: ${text}`);
    return { status, text, ...rest };
  };
  await expectOk(request("POST", "/governance/v1/policies", boundaryPolicy, "alice"));
  await expectOk(
    request(
      "POST",
      "/governance/v1/policies/boundary/versions/1/promotion",
      { stage: "active", reason: "tests", expedited: true },
      "bob",
    ),
  );
  await expectOk(deploy(server, { "boundary.bpmn": agentModel }));
  const state: AgentStage["state"] = async (key) => (await request("GET", `/v2/process-instances/${key}`)).json;
  return {
    server,
    client: new InterlockClient({ url: server.url }),
    model,
    systems,
    request,
    state,
    async start(prompt) {
      const { json } = await expectOk(
        request("POST", "/v2/process-instances", { processDefinitionId: "boundary_agent", variables: { prompt } }),
      );
      return json.processInstanceKey as string;
    },
    async ended(key) {
      for (const until = Date.now() + 20_000; Date.now() < until; ) {
        const now = await state(key);
        if (now.state !== "ACTIVE") return now.state;
        if (now.hasIncident) return "INCIDENT";
        await new Promise((resolve) => setTimeout(resolve, 15));
      }
      throw new Error(`Expected the instance ${key} to end, but it runs.`);
    },
    async events(key) {
      const { json } = await expectOk(request("GET", `/governance/v1/process-instances/${key}/history?limit=1000`));
      return (json.items as { at: string; events: RecordedEvent[] }[]).flatMap(({ at, events }) =>
        events.map((event) => ({ ...event, at })),
      );
    },
    async agent(key) {
      const { json } = await request("GET", `/governance/v1/process-instances/${key}/agents`);
      return json.items[0].elementInstanceKey as string;
    },
    async decisions(key) {
      const { json } = await expectOk(
        request("POST", "/governance/v1/decisions/search", { processInstanceKey: key, limit: 1000 }),
      );
      return json.items as Record<string, unknown>[];
    },
    async close() {
      await server.close();
      await Promise.all([model.close(), systems.close()]);
    },
  };
}
