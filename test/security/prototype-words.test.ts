/**
 * Words of JavaScript's object prototype as names, at every operation of the OpenAPI document: kept as data where any
 * name may stand, refused where it may not, and never found on an object that nobody gave them to.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fill, type OpenApi, operationsOf, type SampledOperation, sample, seeded } from "../api/sample-request.ts";
import { call, deploy, startTestServer, type TestServer } from "../api/server.ts";
import { flow, process as model } from "../engine/model/bpmn-text.ts";
import { expectProblem } from "./problem-answers.ts";

const words = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf", "__defineGetter__"];
/** What a JSON body may hold: `__proto__` is refused at the door. */
const kept = words.filter((word) => word !== "__proto__");
/** Each word at each operation in one place, which moves on from word to word; SECURITY_CASES=all: in all places. */
const everywhere = process.env.SECURITY_CASES === "all";
let server: TestServer;
let document: OpenApi;
let operations: SampledOperation[];
const prototypesBefore = prototypes();

/** Everything that stands on the prototypes, to see that nothing was added. */
function prototypes(): string {
  return [Object.prototype, Array.prototype, Function.prototype, String.prototype]
    .map((prototype) => Reflect.ownKeys(prototype).map(String).sort().join())
    .join("\n");
}

beforeAll(async () => {
  // Nothing can be added from here on: what tries fails, and is a 500 below. Frozen they cannot be: zod and undici assign
  // to names such as `constructor` on objects of their own.
  for (const prototype of [Object.prototype, Array.prototype, Function.prototype, String.prototype])
    Object.preventExtensions(prototype);
  server = await startTestServer();
  document = (await call(server, "GET", "/openapi.json")).json as OpenApi;
  operations = operationsOf(document);
  expect(operations.length).toBeGreaterThan(200);
});
afterAll(async () => {
  expect(prototypes()).toBe(prototypesBefore);
  expect(({} as Record<string, unknown>).isAdmin).toBeUndefined();
  await server?.close();
});

/** Requests that carry the word, each in one place. */
function requestsWith(
  operation: SampledOperation,
  word: string,
): readonly (readonly [string, unknown, Record<string, string>])[] {
  const random = seeded(operation.id.length);
  const plain = fill(operation, (_, schema) => String(sample(schema, document, random)));
  const isJson = operation.body?.type === "application/json";
  const sampled = isJson ? (sample(operation.body!.schema, document, random) as object) : undefined;
  // A long poll would wait.
  const body = operation.id === "activateJobs" ? { ...sampled, requestTimeout: -1 } : sampled;
  const form = new FormData();
  if (operation.body?.type === "multipart/form-data") {
    form.append(word, "x");
    form.append("file", new Blob(["x"]), word);
  }
  const more: Record<string, unknown> = JSON.parse(`{${JSON.stringify(word)}:{"isAdmin":true}}`);
  const inQuery = [`${plain}?${word}=x&${word}[isAdmin]=true`, body, {}] as const;
  // It never ends where nothing of the request is refused.
  if (operation.id === "streamEvents") return [inQuery];
  return [
    [fill(operation, () => word), body, {}],
    inQuery,
    [plain, body, { [word]: "x", "x-interlock-actor": word, "idempotency-key": word }],
    ...(isJson
      ? [
          [
            plain,
            JSON.stringify({ ...body })
              .replace(/^\{/, `{${JSON.stringify(more).slice(1, -1)},`)
              .replace(/,\}$/, "}"),
            {},
          ] as const,
        ]
      : []),
    ...(operation.body?.type === "multipart/form-data" ? [[plain, form, {}] as const] : []),
  ];
}

describe("a word of the object prototype", () => {
  // First: the requests below leave listeners and pinned clocks behind.
  it("is a variable like any other, through start, condition, search and completion (S8)", async () => {
    const path = words.map(
      (word, at) => `<manualTask id="${word}" name="${word}"/>${flow(at === 0 ? "s" : words[at - 1]!, word)}`,
    );
    const xml = model(
      `<startEvent id="s"/>${path.join("")}<exclusiveGateway id="g" default="g-e"/><userTask id="u"><extensionElements><zeebe:userTask/></extensionElements></userTask><endEvent id="e"/>${flow(words.at(-1)!, "g")}${flow("g", "u", "=constructor = 1 and toString.valueOf = 2")}${flow("g", "e")}${flow("u", "e")}`,
    ).replace('<process id="p"', '<process id="isPrototypeOf"');
    const deployed = await deploy(server, { "prototype.bpmn": xml });
    expect(deployed.status, deployed.text).toBe(200);
    const variables = {
      ...Object.fromEntries(kept.map((word) => [word, 1])),
      toString: { valueOf: 2, isAdmin: false },
    };
    const started = await call(server, "POST", "/v2/process-instances", {
      processDefinitionId: "isPrototypeOf",
      variables,
    });
    expect(started.status, started.text).toBe(200);
    const filter = { processInstanceKey: started.json.processInstanceKey };
    const found = await call(server, "POST", "/v2/variables/search", { filter });
    const values = new Map(
      found.json.items.map(({ name, value }: { name: string; value: string }) => [name, JSON.parse(value)]),
    );
    expect(Object.fromEntries(values)).toEqual(variables);
    const elements = await call(server, "POST", "/v2/element-instances/search", { filter, page: { limit: 100 } });
    const ids = elements.json.items.map(({ elementId }: { elementId: string }) => elementId);
    expect(ids).toEqual(expect.arrayContaining(words));
    const [task] = (await call(server, "POST", "/v2/user-tasks/search", { filter })).json.items;
    const completed = await call(server, "POST", `/v2/user-tasks/${task.userTaskKey}/completion`, {
      variables: { valueOf: "done" },
    });
    expect(completed.status, completed.text).toBe(204);
    const one = await call(server, "POST", "/v2/variables/search", { filter: { ...filter, name: "valueOf" } });
    expect(one.json.items.map(({ value }: { value: string }) => value)).toEqual(['"done"']);
  });

  it.each(words)(
    "does no harm at any operation as path, query, header, member or form field (S8): %s",
    async (word) => {
      const broken: string[] = [];
      for (const [at, operation] of operations.entries()) {
        const all = requestsWith(operation, word);
        const one = all[(at + words.indexOf(word)) % all.length]!;
        for (const [path, body, headers] of everywhere ? all : [one]) {
          const answer = await call(server, operation.method, path, body, headers);
          const what = `${operation.id} ${path}: ${answer.status} ${answer.text.slice(0, 200)}`;
          if (answer.status >= 500 && answer.status !== 501 && answer.status !== 504) broken.push(what);
          if (answer.status >= 400) expectProblem(answer, what);
          expect(answer.text, what).not.toMatch(/native code|\[object Object\]/);
        }
      }
      expect(broken).toEqual([]);
      expect(prototypes()).toBe(prototypesBefore);
    },
    60_000,
  );

  it("finds nothing where nobody put it: accounts, processes, policies, decisions, agents, roles (S8)", async () => {
    for (const word of words) {
      for (const path of [
        `/v2/process-definitions/${word}`,
        `/v2/documents/${word}`,
        `/governance/v1/policies/${word}`,
        `/governance/v1/decisions/${word}`,
        `/governance/v1/approvals/${word}`,
      ]) {
        const { status, text } = await call(server, "GET", path);
        expect([400, 404], `${path}: ${text}`).toContain(status);
      }
      const authority = await call(server, "GET", `/governance/v1/authority?role=${word}`);
      expect(JSON.stringify(authority.json ?? {}), word).not.toMatch(/native code/);
      const started = await call(server, "POST", "/v2/process-instances", {
        processDefinitionId: `no-${word}`,
        variables: {},
      });
      expect(started.status).toBe(404);
    }
  });

  it("as a fact or an argument of an action is data, and allows nothing (S8)", async () => {
    for (const word of kept) {
      const question = {
        action: { type: word, target: word },
        args: { [word]: { isAdmin: true } },
        facts: { [word]: true, [`subject.${word}`]: 1 },
        agent: { id: word },
      };
      const { status, json, text } = await call(server, "POST", "/governance/v1/decisions", question);
      expect([200, 201, 400], `${word}: ${text}`).toContain(status);
      if (status < 300) expect(json.determination, word).toBe("DENY");
    }
  });
});
