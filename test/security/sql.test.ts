/**
 * S17: statements are made of our own words; what comes from outside is a parameter, always. The sources are read for
 * templates that put anything else into a statement, and a server is tried with texts that would be felt.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  fill,
  type OpenApi,
  operationsOf,
  type Random,
  type Schema,
  sample,
  sampleText,
  seeded,
} from "../api/sample-request.ts";
import { call, deploy, startTestServer, type TestServer } from "../api/server.ts";
import { everything } from "../contract/models.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const files = ["engine", "decisions", "store", "api"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.includes("node_modules"))
    .map((name) => join(folder, name)),
);

/** Places where a template becomes a statement: .query(`…${x}…`), .execute(`…${x}…`), sql: `…${x}…`, …Sql = `…${x}…`. */
function builtStatements(): { readonly file: string; readonly part: string }[] {
  return files.flatMap((file) => {
    const text = readFileSync(join(root, file), "utf8");
    const templates = [
      ...text.matchAll(/(?:\.(?:query|execute)(?:<[^(]*>)?\(\s*|[sS]ql\s*[:=]\s*)`((?:[^`\\]|\\.)*)`/g),
    ];
    return templates.flatMap(([, template]) =>
      [...template!.matchAll(/\$\{((?:[^{}]|\{[^}]*\})*)\}/g)].map(([, part]) => ({ file, part: part!.trim() })),
    );
  });
}

/** What may stand in a statement: our own constants and pieces of SQL by name, lists of our own columns, placeholders, numbers of ours. */
const ownWords = [
  /^[a-z][A-Za-z]*(Sql|Columns|Max|Min|Role|Setting|Digits|Rows|Kind)?$/,
  /^[a-z][A-Za-z.]*\.(sql|length|from|source|join\("[ ,and]*"\))( \+ 1)?$/,
  /^[a-z][A-Za-z.]*\.(map|join|filter|flatMap)\(/,
  /^[a-z][A-Za-z]*\("[^"]*"(, "[^"]*")*\)$/,
  /^[a-zA-Z]+ (\? .* : .*|=== .*)$/,
  /^[a-z][A-Za-z]*\(.*\)(\.join\(.*\))?$/,
];
/** Names that are not ours: a request, a body, a parameter, a message. Never in a statement, whatever the form. */
const foreign =
  /\b(request|body|params|query|variables|payload|input|caller|header|message|value|filter\.|context\.|actor)\b/;

/** Looked at one by one. */
const known = new Set([
  // Escaped by the driver; and our own settings of the writer.
  "store/postgres.ts: pg.escapeIdentifier(channel)",
  "store/postgres.ts: value",
  // From the closed list of our own tables.
  "engine/runtime/rows/table-sql.ts: insertInto(table, columns).sql",
]);

describe("statements", () => {
  it("S17 are made of words of our own: no template puts what came from outside into one", () => {
    const built = builtStatements();
    expect(built.length).toBeGreaterThan(20);
    const suspicious = built
      .filter(({ part }) => foreign.test(part) || !ownWords.some((form) => form.test(part)))
      .map(({ file, part }) => `${file}: ${part}`);
    expect(suspicious.filter((place) => !known.has(place))).toEqual([]);
  });

  it("S17 take names of fields and orders of sorting from closed lists alone", () => {
    const text = readFileSync(join(root, "engine/runtime/queries/page.ts"), "utf8");
    expect(text).toMatch(/resource\.fields\.get\(/);
  });
});

const attacks = [
  "'; drop table account; --",
  "' or '1'='1",
  "1); delete from process_instance; --",
  "x' union select password_hash from account --",
  '"; select pg_sleep(30); --',
  "$1",
  "$".concat("{1}"),
  "\\'; select 1; --",
  "%' or 1=1 --",
  "admin'--",
];

describe("a server", () => {
  let server: TestServer;
  let document: OpenApi;
  beforeAll(async () => {
    server = await startTestServer();
    document = (await call(server, "GET", "/openapi.json")).json;
    expect((await deploy(server, everything)).status).toBe(200);
  }, 60_000);
  afterAll(() => server?.close());

  /** As `sample`, but wherever a schema takes any text, an attack. */
  const attackIn = (value: unknown, random: Random): unknown => {
    if (typeof value === "string") return random() < 0.6 ? attacks[Math.floor(random() * attacks.length)]! : value;
    if (Array.isArray(value)) return value.map((item) => attackIn(item, random));
    if (typeof value === "object" && value !== null)
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, attackIn(item, random)]));
    return value;
  };
  const attackText = (schema: Schema, random: Random) =>
    schema.pattern === undefined && schema.format === undefined
      ? attacks[Math.floor(random() * attacks.length)]!
      : sampleText(schema, random);

  it("S17 takes statements in every text of every operation as texts: nothing breaks, nothing is late, nothing is lost", async () => {
    const tables = async () =>
      Number((await call(server, "POST", "/v2/process-definitions/search", {})).json.page.totalItems);
    const before = await tables();
    expect(before).toBeGreaterThan(5);
    const left = new Set(["streamEvents", "activateJobs", "pinClock", "verifyExport", "deleteResource"]);
    const broken: string[] = [];
    for (const operation of operationsOf(document).filter(({ id }) => !left.has(id)))
      for (let turn = 0; turn < 3; turn++) {
        const random = seeded(turn * 131 + operation.id.length);
        const path = fill(operation, (_, schema) => attackText(schema, random));
        const isJson = operation.body?.type === "application/json";
        const body = isJson
          ? attackIn(sample(operation.body!.schema, document, random), random)
          : operation.body === undefined
            ? undefined
            : new FormData();
        const started = performance.now();
        const answer = await call(server, operation.method, path, body);
        const isSlow = performance.now() - started > 25_000;
        if (
          (answer.status >= 500 && answer.status !== 501 && answer.status !== 504) ||
          isSlow ||
          /syntax error at or near|SQLSTATE|unterminated quoted/.test(answer.text)
        )
          broken.push(`${operation.id}: ${answer.status} ${answer.text.slice(0, 200)}`);
      }
    expect(broken).toEqual([]);
    expect(await tables()).toBe(before);
  }, 240_000);

  it("S17 finds a value that looks like a statement, and nothing but it", async () => {
    for (const attack of attacks.slice(0, 5)) {
      const started = await call(server, "POST", "/v2/process-instances", {
        processDefinitionId: "order",
        variables: { text: attack },
      });
      expect(started.status).toBe(200);
      const filter = { name: "text", value: JSON.stringify(attack) };
      const { json } = await call(server, "POST", "/v2/variables/search", { filter });
      expect(json.items.map((item: { value: string }) => item.value)).toEqual([JSON.stringify(attack)]);
      const like = await call(server, "POST", "/v2/variables/search", { filter: { name: { $like: attack } } });
      expect(like.json.items).toEqual([]);
    }
  });
});
