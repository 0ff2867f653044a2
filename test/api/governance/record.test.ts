/** What the record of an agent's run proves afterwards, over HTTP (requirements H04–H19, E04). */

import { createHash } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import canonicalize from "canonicalize";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { runCommandLine } from "../../../api/cli/main.ts";
import { eventually } from "../../engine/runtime/harness.ts";
import { end, model, sequence, serviceTask, start } from "../../engine/runtime/models.ts";
import { call, deploy } from "../server.ts";
import {
  type AgentDesk,
  eventsOf,
  openAgentDesk,
  type RunningAgent,
  release,
  startAgent,
  turnsOf,
  work,
} from "./agent-desk.ts";

let desk: AgentDesk;
let run: RunningAgent;
/** One run: looks, pays what is permitted, tries to pay what is not, ends. */
const answers = [
  { text: "I look.", calls: [{ name: "look", args: { case: 7 } }] },
  { text: "I pay.", calls: [{ name: "pay", args: { amount: 40 } }] },
  { text: "I pay more.", calls: [{ name: "pay", args: { amount: 4_000 } }] },
];
const limited = {
  decision: "Determination",
  inputs: ["args.amount"],
  outputs: ["determination", "reasonCode"],
  rules: [
    ["< 1000", '"ALLOW"', '"WITHIN_LIMIT"'],
    ["-", '"DENY"', '"OVER_LIMIT"'],
  ],
};
const argFacts = { facts: { "args.amount": { type: "number" } } };

beforeAll(async () => {
  desk = await openAgentDesk();
  await release(
    desk.server,
    "desk",
    [limited],
    { ...argFacts, actions: ["pay"] },
    { action: "pay", args: { amount: 5 } },
  );
  desk.answer((body) => answers[turnsOf(body)] ?? { text: "Done." });
  run = await startAgent(desk.server, "proved", '<interlock:budget modelCalls="10" />');
  await work(desk.server, "proved", "look", { found: true });
  await work(desk.server, "proved", "pay", { paid: 40 });
  await eventually("the end", async () => (await instance()).state === "COMPLETED");
});
afterAll(() => desk?.close());

const request = (method: string, path: string, body?: unknown) =>
  call(desk.server, method, `/governance/v1${path}`, body);
const instance = async () => (await call(desk.server, "GET", `/v2/process-instances/${run.processInstanceKey}`)).json;
const ofRun = (path: string) => `/process-instances/${run.processInstanceKey}${path}`;
const history = async () => (await request("GET", ofRun("/history?limit=1000"))).json.items;
const replay = async (key = run.processInstanceKey) =>
  (await request("POST", `/process-instances/${key}/replay`, {})).json;
const sha256 = (value: unknown) =>
  createHash("sha256")
    .update(canonicalize(value) as string)
    .digest("hex");
/** Changes the store behind the server's back, as somebody with the database's password could. */
const tamper = (sql: string, values: readonly (string | number)[]) =>
  desk.server.application.database.query(sql, [...values]);

describe("the record of an agent's run", () => {
  it("H07 gives the same trajectory when it is executed again: the same hash over all events", async () => {
    const report = await replay();
    expect(report).toMatchObject({ equal: true, firstDifference: null, prompts: 4 });
    expect(report.replayedHash).toBe(report.recordedHash);
    expect(report.recordedHash).toMatch(/^[0-9a-f]{64}$/);
    expect(report.events).toBeGreaterThan(40);
  });

  it("H08 holds prompts that are built again to the same hash, whatever the clock says", async () => {
    const turns = await eventsOf(desk.server, run.processInstanceKey, "agentTurnCompleted");
    expect(turns).toHaveLength(4);
    for (const { step } of turns) expect(sha256(step.request)).toBe(step.promptHash);
    // Two runs with the same input, started at other times under other keys, ask the model the same.
    const twin = await startAgent(desk.server, "proved", '<interlock:budget modelCalls="10" />');
    const [first] = await eventually("the twin's first turn", async () => {
      const found = await eventsOf(desk.server, twin.processInstanceKey, "agentTurnCompleted");
      return found.length > 0 ? found : null;
    });
    expect(first.step.promptHash).toBe(turns[0].step.promptHash);
    await call(desk.server, "POST", `/v2/process-instances/${twin.processInstanceKey}/cancellation`, {});
  });

  it("H09 holds each tool's output before the step that reads it", async () => {
    const events = (await history()).flatMap((entry: { sequence: number; events: { type: string }[] }) =>
      entry.events.map((event) => ({ ...event, sequence: entry.sequence })),
    ) as {
      type: string;
      sequence: number;
      result?: unknown;
      turn?: number;
      step?: { request: { messages: object[] } };
    }[];
    const returned = events.findIndex(({ type }) => type === "toolReturned");
    const next = events.findIndex(({ type, turn }) => type === "agentTurnCompleted" && turn === 2);
    expect(events[returned]).toMatchObject({ result: { found: true } });
    expect(returned).toBeLessThan(next);
    expect(events[next]?.step?.request.messages).toContainEqual(
      expect.objectContaining({ role: "tool", result: { found: true } }),
    );
  });

  it("H10 holds the provider's answer as it came, and the decision about its proposal names it by its hash", async () => {
    const turns = await eventsOf(desk.server, run.processInstanceKey, "agentTurnCompleted");
    expect(turns[1].step.response).toMatchObject({
      object: "chat.completion",
      choices: [{ finish_reason: "tool_calls" }],
    });
    expect(turns[1].step.responseHash).toBe(sha256(turns[1].step.response));
    const [decided] = await eventsOf(desk.server, run.processInstanceKey, "decisionMade");
    const { json } = await request("GET", `/decisions/${decided.decisionId}`);
    expect(json.record.agent).toMatchObject({
      promptHash: turns[1].step.promptHash,
      responseHash: turns[1].step.responseHash,
    });
  });

  it("H04 H18 keeps what happened, element by element, apart from what was permitted and why, and links the two", async () => {
    const entries = await history();
    for (const element of ["start", "agent", "look", "pay", "end"]) {
      const activated = entries
        .flatMap((entry: { at: string; command: object; events: object[] }) =>
          entry.events.map((event) => ({ at: entry.at, command: entry.command, ...event })),
        )
        .find(
          (event: { type: string; elementId?: string }) =>
            event.type === "elementActivated" && event.elementId === element,
        );
      expect(activated, element).toMatchObject({
        at: expect.any(String),
        command: { actor: { id: expect.any(String) } },
      });
    }
    const decided = await eventsOf(desk.server, run.processInstanceKey, "decisionMade");
    expect(decided.map(({ determination }) => determination)).toEqual(["ALLOW", "DENY"]);
    // The execution says what ran; the rules that matched, the facts and the signature stand in the decision's own record.
    expect(JSON.stringify(entries)).not.toContain("contentHash");
    for (const { decisionId } of decided) {
      const { json } = await request("GET", `/decisions/${decisionId}`);
      expect(json.record.process).toMatchObject({ processInstanceKey: run.processInstanceKey, elementId: "pay" });
      expect(json.policies[0]).toMatchObject({
        contentHash: expect.any(String),
        dmn: expect.stringContaining("decisionTable"),
      });
    }
  });

  it("H12 J04 names inputs, prompts, answers, plans, arguments, results, facts and decisions by content, and reproduces each", async () => {
    const { items } = (await request("GET", ofRun("/artifacts"))).json;
    const kinds = new Set(items.map(({ kind }: { kind: string }) => kind));
    for (const kind of ["input", "prompt", "response", "plan", "toolArguments", "toolResult", "facts", "decision"])
      expect(kinds).toContain(kind);
    for (const kind of kinds) {
      const { id } = items.find((one: { kind: string }) => one.kind === kind);
      const { value } = (await request("GET", ofRun(`/artifacts/${id}`))).json;
      expect(`sha256:${sha256(value)}`).toBe(id);
      const again = await request("POST", ofRun(`/artifacts/${id}/reproduction`), {});
      expect(again.json, String(kind)).toMatchObject({ id, reproduced: true, value });
    }
    expect((await request("GET", ofRun(`/artifacts/sha256:${"0".repeat(64)}`))).status).toBe(404);
    for (const { decisionId } of await eventsOf(desk.server, run.processInstanceKey, "decisionMade"))
      expect((await request("POST", `/decisions/${decisionId}/reproduction`, {})).json).toMatchObject({
        decisionId,
        reproduced: true,
        differences: [],
      });
  });

  it("H16 gives the lineage: version of the process, agent, model, prompts, and versions of the policies", async () => {
    const { json } = await request("GET", ofRun("/lineage"));
    expect(json).toMatchObject({
      process: { processDefinitionId: "proved", processDefinitionVersion: 1 },
      agents: [{ agentId: "proved", agentVersion: "3", models: ["test-model"] }],
      policies: expect.arrayContaining([{ policyId: "desk", version: 1, stages: ["active"] }]),
    });
    expect(json.agents[0].promptHashes).toHaveLength(4);
    expect(json.agents[0].responseHashes).toHaveLength(4);
    expect(json.decisions).toHaveLength(2);
  });

  it("H19 keeps a checkpoint of the state after each step of the agent, to be read again", async () => {
    const { items } = (await request("GET", ofRun("/checkpoints"))).json;
    expect(items.map(({ turn }: { turn: number }) => turn)).toEqual([1, 2, 3, 4]);
    expect(new Set(items.map(({ stateHash }: { stateHash: string }) => stateHash)).size).toBe(4);
    for (const { sequence, stateHash } of items) {
      const { json } = await request("GET", ofRun(`/checkpoints/${sequence}`));
      expect(json.stateHash).toBe(stateHash);
      expect(sha256(json.state)).toBe(stateHash);
    }
    expect((await request("GET", ofRun("/checkpoints/9999"))).status).toBe(404);
  });

  it("E04 has typed events that fit the published schema, with steps, arguments and outcomes as members", async () => {
    const { json: schema } = await request("GET", "/schemas/events");
    const published = z.fromJSONSchema(schema);
    const fits = (event: unknown) => published.safeParse(event).success;
    const events = (await history()).flatMap((entry: { events: object[] }) => entry.events);
    for (const event of events) expect(fits(event), JSON.stringify(event)).toBe(true);
    expect(fits({ type: "somethingNew", key: "1" })).toBe(false);
    expect(fits({ ...events[0], note: "free text" })).toBe(false);
  });
});

describe("failures", () => {
  const failuresOf = async (key: string) => (await request("GET", `/process-instances/${key}/failures`)).json.items;
  const started = async (processId: string, content: string) => {
    expect((await deploy(desk.server, { "failing.bpmn": model(processId, content) })).status).toBe(200);
    const { json } = await call(desk.server, "POST", "/v2/process-instances", { processDefinitionId: processId });
    return json.processInstanceKey as string;
  };

  it("H14 are told apart by cause: the data, the tools, or the rules", async () => {
    const data = await started(
      "wrong-data",
      sequence(
        start(),
        serviceTask(
          "a",
          "a",
          '<zeebe:ioMapping><zeebe:input source="=date(&quot;never&quot;).year + 1" target="x" /></zeebe:ioMapping>',
          "=missing",
        ),
        end(),
      ),
    );
    expect(await failuresOf(data)).toMatchObject([{ causeClass: "data", type: "incidentCreated", elementId: "a" }]);

    const tools = await started("broken-tool", sequence(start(), serviceTask("b", "broken-tool", "", "1"), end()));
    const { json } = await call(desk.server, "POST", "/v2/jobs/activation", {
      type: "broken-tool",
      maxJobsToActivate: 1,
      timeout: 10_000,
      requestTimeout: 5_000,
    });
    await call(desk.server, "POST", `/v2/jobs/${json.jobs[0].jobKey}/failure`, {
      retries: 0,
      errorMessage: "The service is down",
    });
    expect(await failuresOf(tools)).toMatchObject([
      { causeClass: "tools", type: "jobFailed", message: "The service is down" },
      { causeClass: "tools", type: "incidentCreated", errorType: "JOB_NO_RETRIES" },
    ]);

    const [policy] = await failuresOf(run.processInstanceKey);
    expect(policy).toMatchObject({
      causeClass: "policy",
      type: "actionBlocked",
      elementId: "pay",
      decisionId: expect.any(String),
    });
    expect(policy.message).toContain("OVER_LIMIT");
  });
});

describe("the bundle of an incident", () => {
  const verifyOffline = async (text: string): Promise<{ code: number; said: string }> => {
    const folder = mkdtempSync(join(tmpdir(), "interlock-"));
    const file = join(folder, "incident.json");
    const keys = join(folder, "keys.json");
    writeFileSync(file, text);
    writeFileSync(keys, (await request("GET", "/keys")).text);
    let said = "";
    const print = (line: string) => {
      said += line;
    };
    return { code: await runCommandLine(["verify", file, "--keys", keys, "--json"], print, print), said };
  };

  it("H11 verifies offline with the public keys alone, and names the entry that was changed", async () => {
    const { status, text } = await request("GET", ofRun("/incident-bundle"));
    expect(status, text).toBe(200);
    const bundle = JSON.parse(text);
    expect(bundle).toMatchObject({ schema: "interlock-incident/1", about: { replay: { equal: true } } });
    expect(bundle.about.failures[0].causeClass).toBe("policy");
    expect((await verifyOffline(text)).code).toBe(0);

    const changes: Readonly<Record<string, (copy: typeof bundle) => void>> = {
      "an argument": (copy) => {
        copy.history.find((entry: { events: { type: string }[] }) =>
          entry.events.some(({ type }) => type === "toolProposed"),
        ).events[0].key = "1";
      },
      "an entry taken out": (copy) => copy.history.splice(2, 1),
      "the last entry cut off": (copy) => copy.history.pop(),
      "the lineage": (copy) => {
        copy.about.lineage.agents[0].models = ["another-model"];
      },
      "a decision": (copy) => {
        copy.decisions.records[0].record.tampered = true;
      },
      "the signature": (copy) => {
        copy.signature = copy.decisions.signature;
      },
    };
    for (const [what, change] of Object.entries(changes)) {
      const copy = structuredClone(bundle);
      change(copy);
      expect((await verifyOffline(JSON.stringify(copy))).code, what).toBe(1);
    }
  });
});

describe("a record that somebody has changed in the database", () => {
  const copied = async (): Promise<string> => {
    desk.answer((body) => answers[turnsOf(body)] ?? { text: "Done." });
    const { processInstanceKey } = await startAgent(desk.server, "proved", '<interlock:budget modelCalls="10" />');
    await work(desk.server, "proved", "look", { found: true });
    await work(desk.server, "proved", "pay", { paid: 40 });
    await eventually(
      "the end",
      async () =>
        (await call(desk.server, "GET", `/v2/process-instances/${processInstanceKey}`)).json.state === "COMPLETED",
    );
    expect((await replay(processInstanceKey)).equal).toBe(true);
    return processInstanceKey;
  };

  it("H15 shows its gap: every change of state, tool call and human action has a number, and none may be missing", async () => {
    const entries = await history();
    expect(entries.map(({ sequence }: { sequence: number }) => sequence)).toEqual(
      entries.map((_: unknown, index: number) => index + 1),
    );
    const key = await copied();
    await tamper("delete from history where root_key = $1 and sequence = 3", [key]);
    expect(await replay(key)).toMatchObject({ equal: false, firstDifference: "entry 3: missing" });
  });

  it("H07 shows where: another amount in a tool call does not follow from what the model answered", async () => {
    const key = await copied();
    await tamper(
      "update history set events = replace(events, '\"amount\":40', '\"amount\":41') where root_key = $1 and events like '%toolProposed%'",
      [key],
    );
    const report = await replay(key);
    expect(report.equal).toBe(false);
    expect(report.firstDifference).toMatch(/^entry \d+: /);
  });
});
