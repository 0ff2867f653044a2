/**
 * FEEL that comes from outside, where it meets users: a running server answers on while expressions are hostile, and
 * nothing is decided by a misspelt name. The language's own cases: test/decisions/feel/hostile.test.ts and fuzz.test.ts.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answered, call, deploy, startTestServer, type TestServer } from "../api/server.ts";
import { openTestPlane, service, type TestPlane } from "../decisions/plane/open-plane.ts";
import { flow, job, process as model } from "../engine/model/bpmn-text.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.close());

/** start → gateway → "yes" under the condition, else "no". */
function branching(processId: string, condition: string): string {
  const escaped = condition.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const parts = `<startEvent id="s"/><exclusiveGateway id="g" default="g-no"/>${job("yes")}${job("no")}${flow("s", "g")}${flow("g", "yes", `=${escaped}`)}${flow("g", "no")}`;
  const ends = `<endEvent id="e"/>${flow("yes", "e")}${flow("no", "e")}`;
  return model(parts + ends).replace('<process id="p"', `<process id="${processId}"`);
}

async function start(processId: string, condition: string, variables: object = {}): Promise<Answered> {
  const deployed = await deploy(server, { [`${processId}.bpmn`]: branching(processId, condition) });
  expect(deployed.status, deployed.text).toBe(200);
  const started = await call(server, "POST", "/v2/process-instances", { processDefinitionId: processId, variables });
  expect(started.status, started.text).toBe(200);
  return started;
}

async function search(what: string, processInstanceKey: string): Promise<readonly Record<string, unknown>[]> {
  const { json } = await call(server, "POST", `/v2/${what}/search`, { filter: { processInstanceKey } });
  return json.items;
}

/** Ids of the tasks that were reached, and the types of the incidents. */
async function courseOf({
  json,
}: Answered): Promise<{ readonly tasks: readonly unknown[]; readonly incidents: readonly unknown[] }> {
  const elements = await search("element-instances", json.processInstanceKey);
  const incidents = await search("incidents", json.processInstanceKey);
  return {
    tasks: elements.filter(({ type }) => type === "SERVICE_TASK").map(({ elementId }) => elementId),
    incidents: incidents.map(({ errorType }) => errorType),
  };
}

describe("a server whose models hold hostile expressions", () => {
  const hostile: Readonly<Record<string, string>> = {
    rounds: "count(for i in 1..1000000000 return i) > 5",
    nested: "some i in 1..1000, j in 1..1000, k in 1..1000 satisfies i + j + k < 0",
    recursion: "{f: function(n) f(n + 1), r: f(1)}.r = 1",
    fibonacci: "{fib: function(f, n) if n < 2 then n else f(f, n - 1) + f(f, n - 2), r: fib(fib, 40)}.r = 1",
    doubling: `{a0: "xxxxxxxxxx", ${Array.from({ length: 30 }, (_, at) => `a${at + 1}: a${at} + a${at}`).join(", ")}}.a30 = "x"`,
    reference: `matches("${"a".repeat(400)}!", "^(a*)*(a*)*\\1$")`,
  };

  it.each(Object.entries(hostile))(
    "makes a named incident of it and answers others in the meantime (S4): %s",
    async (name, condition) => {
      const before = process.cpuUsage();
      const [started, other] = await Promise.all([
        start(`hostile-${name}`, condition),
        call(server, "GET", "/v2/topology"),
      ]);
      const { user, system } = process.cpuUsage(before);
      expect(other.status).toBe(200);
      expect(await courseOf(started)).toEqual({ tasks: [], incidents: ["CONDITION_ERROR"] });
      const [incident] = await search("incidents", started.json.processInstanceKey);
      expect(incident?.errorMessage).toMatch(/Max\)/);
      expect((user + system) / 1000).toBeLessThan(1_000);
    },
  );

  it("ends what people try out by the same budget (S4)", async () => {
    for (const expression of Object.values(hostile)) {
      const { status, text } = await call(server, "POST", "/v2/expression/evaluation", {
        expression: `=${expression}`,
      });
      expect(status, text).toBe(400);
      expect(text).toMatch(/Expected at most/);
    }
  });
});

describe("a condition that is not decided", () => {
  const undecided: Readonly<Record<string, readonly [condition: string, variables: object]>> = {
    "a misspelt name in an if": ["if amuont > 5 then false else true", { amount: 9 }],
    "a misspelt name": ["amuont > 5", { amount: 9 }],
    "a misspelt function": ['if startswith(name, "a") then false else true', { name: "abc" }],
    "a text where a number stands": ["if amount > 5 then false else true", { amount: "9" }],
    "a null where a number stands": ["if amount > 5 then false else true", { amount: null }],
    "a missing entry of a context": ["if order.total > 5 then false else true", { order: {} }],
    "a number instead of a boolean": ["amount", { amount: 1 }],
    "the negation of nothing": ["not(approved)", {}],
    "a list that is none": ["every entry in entries satisfies entry > 5", { entries: "9" }],
    "a list with a null in it": ["some entry in entries satisfies entry > 5", { entries: [null] }],
  };

  it.each(Object.entries(undecided))(
    "is an incident, never the other branch (S7): %s",
    async (name, [condition, variables]) => {
      const started = await start(`undecided-${name.replaceAll(" ", "-")}`, condition, variables);
      expect(await courseOf(started)).toEqual({ tasks: [], incidents: ["CONDITION_ERROR"] });
    },
  );

  it("is told from one that is (S7)", async () => {
    const started = await start("decided", "if amount > 5 then false else true", { amount: 9 });
    expect(await courseOf(started)).toEqual({ tasks: ["no"], incidents: [] });
  });
});

describe("a guard that is not decided", () => {
  let opened: TestPlane;
  const manifest = {
    id: "careless",
    domain: "test",
    owner: "QA",
    facts: { "subject.score": { type: "number", required: false } },
    actions: ["act"],
  };
  const policy = (expression: string): string =>
    `<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="careless" name="careless" namespace="urn:test:careless"><decision id="Determination" name="Determination"><variable id="v" name="Determination"/><literalExpression id="l"><text>${expression.replaceAll("<", "&lt;")}</text></literalExpression></decision></definitions>`;
  const careless = policy(
    'if subject.score > 5 then {determination: "DENY", reasonCode: "HIGH"} else {determination: "ALLOW", reasonCode: "LOW"}',
  );
  const cases = [
    { name: "low", facts: { "subject.score": 1 }, expect: { determination: "ALLOW" } },
    { name: "high", facts: { "subject.score": 9 }, expect: { determination: "DENY" } },
  ];

  beforeAll(async () => {
    opened = await openTestPlane();
    await opened.plane.installPolicy({ manifest, dmn: careless, tests: { cases } as never });
  });
  afterAll(() => opened?.close());

  const decide = (facts: object) => opened.plane.evaluate({ action: { type: "act" }, facts } as never, service);

  it("allows only what its rule allows (S7)", async () => {
    expect((await decide({ "subject.score": 1 })).determination).toBe("ALLOW");
    expect((await decide({ "subject.score": 9 })).determination).toBe("DENY");
  });

  it("denies when a fact is missing, null or of another type, though the else branch allows (S7)", async () => {
    for (const facts of [
      {},
      { "subject.score": null },
      { "subject.score": "1" },
      { "subject.score": [1] },
      { "subject.score": {} },
      { "subject.scoer": 1 },
    ]) {
      const { determination } = await decide(facts).catch(() => ({ determination: "refused" }));
      expect(["DENY", "refused"], JSON.stringify(facts)).toContain(determination);
    }
  });

  it("is not released when it names what nobody knows or calls what nobody wrote (S7)", async () => {
    for (const expression of [
      'if subject.scoer > 5 then {determination: "DENY"} else {determination: "ALLOW"}',
      'if scoer > 5 then {determination: "DENY"} else {determination: "ALLOW"}',
      'if highest(subject.score) > 5 then {determination: "DENY"} else {determination: "ALLOW"}',
    ]) {
      const installed = opened.plane.installPolicy({
        manifest: { ...manifest, id: "misspelt" },
        dmn: policy(expression),
        tests: { cases: [{ name: "any", facts: { "subject.score": 1 }, expect: { determination: "ALLOW" } }] } as never,
      });
      await expect(installed, expression).rejects.toThrow(/Expected/);
    }
  });
});
