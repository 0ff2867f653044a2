/**
 * The decision plane under load, in process, warm: a policy of 200 rules over 12 facts, each decision with its permit
 * signed and its trace written by group commit. Beside it the same rules in cedar-wasm (policies parsed once), evaluation
 * only. Demands (issue 6): evaluation under 20 µs; ≥ 5,000 decisions/s and p99 < 10 ms with the trace on PostgreSQL;
 * verification of an export ≥ 200,000 records/s. `decisions.ts` asks the same over HTTP.
 *
 * What is measured is the node: deciding, signing and writing; the caller's own work is not in it.
 */
import { createRequire } from "node:module";
import {
  createDecisionPlane,
  type DecisionPlane,
  generateSigner,
  verifyBundle,
  verifyExport,
} from "../../decisions/index.ts";
import { canonicalHash, canonicalJson } from "../../decisions/plane/audit/canonical.ts";
import { type ChainPlace, createChain } from "../../decisions/plane/audit/chain.ts";
import { type Bundle, bundleClaim, exportType } from "../../decisions/plane/audit/verify.ts";
import { requestContext } from "../../decisions/plane/decide/facts.ts";
import { defaultCompiler } from "../../decisions/plane/policies/shared-facts.ts";
import type { ActionRequest, Fact, JsonRecord } from "../../decisions/plane/types.ts";
import { createGroupCommit, type Database, migrate, openDatabase } from "../../store/index.ts";
import { findPostgres, startPostgres } from "../postgres.ts";

const rules = 200;
const regions = ["north", "south", "east", "west"];
const numbers = ["tenure", "refunds", "orders", "returns", "balance", "age"];
const words = ["standing", "region", "tier", "channel", "currency"];
const vocabulary: Readonly<Record<string, readonly string[]>> = {
  standing: ["good", "watch", "blocked"],
  region: regions,
  tier: ["basic", "plus", "pro"],
  channel: ["web", "shop", "phone"],
  currency: ["EUR", "USD"],
};
const facts = [...numbers, ...words].map((name) => `subject.${name}`).concat("args.amount");

/** Rule i: an amount band, one number, one or two words; the last rule takes the rest. */
function cellsOf(rule: number): Map<string, string> {
  const cells = new Map<string, string>();
  if (rule === rules - 1) return cells;
  cells.set("args.amount", `[${rule * 10}..${rule * 10 + 400})`);
  const number = numbers[rule % numbers.length] as string;
  cells.set(`subject.${number}`, rule % 2 === 0 ? `< ${(rule % 17) + 3}` : `>= ${rule % 13}`);
  const word = words[rule % words.length] as string;
  const values = vocabulary[word] as readonly string[];
  cells.set(`subject.${word}`, `"${values[rule % values.length]}"`);
  if (rule % 3 === 0) cells.set("subject.region", `"${regions[rule % 4]}","${regions[(rule + 1) % 4]}"`);
  return cells;
}

const outcomes = ["ALLOW", "DENY", "ALLOW", "REQUIRE_APPROVAL"];

export function policyDmn(): string {
  const escapeXml = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const inputs = facts.map(
    (fact, index) =>
      `<input id="i${index}"><inputExpression id="e${index}" typeRef="${fact.startsWith("subject.") && words.includes(fact.slice(8)) ? "string" : "number"}"><text>${fact}</text></inputExpression></input>`,
  );
  const body = Array.from({ length: rules }, (_, rule) => {
    const cells = cellsOf(rule);
    const tests = facts.map(
      (fact, index) =>
        `<inputEntry id="r${rule}c${index}"><text>${escapeXml(cells.get(fact) ?? "-")}</text></inputEntry>`,
    );
    return `<rule id="r${rule}">${tests.join("")}<outputEntry id="r${rule}o1"><text>"${outcomes[rule % outcomes.length]}"</text></outputEntry><outputEntry id="r${rule}o2"><text>"R${rule}"</text></outputEntry></rule>`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?><definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="bench" name="bench" namespace="urn:bench"><decision id="Determination" name="Determination"><variable id="v" name="Determination"/><decisionTable id="t" hitPolicy="FIRST">${inputs.join("")}<output id="o1" name="determination" typeRef="string"/><output id="o2" name="reasonCode" typeRef="string"/>${body.join("")}</decisionTable></decision></definitions>`;
}

/** The same rules: a guard per cell, forbid for DENY, permit otherwise. */
export function cedarPolicies(): string {
  const guard = (fact: string, cell: string): string => {
    const name = `context.${fact.split(".")[1]}`;
    const band = /^\[(\d+)\.\.(\d+)\)$/.exec(cell);
    if (band !== null) return `${name} >= ${band[1]} && ${name} < ${band[2]}`;
    if (cell.startsWith('"')) return `[${cell}].contains(${name})`;
    return `${name} ${cell}`;
  };
  return Array.from({ length: rules - 1 }, (_, rule) => {
    const guards = [...cellsOf(rule)].map(([fact, cell]) => guard(fact, cell));
    return `${outcomes[rule % outcomes.length] === "DENY" ? "forbid" : "permit"}(principal, action, resource) when { ${guards.join(" && ")} };`;
  }).join("\n");
}

export function requestAt(index: number): ActionRequest {
  const all: Record<string, Fact> = {};
  for (const [at, name] of numbers.entries())
    all[`subject.${name}`] = { value: (index * (at + 3)) % 20, provenance: "trusted", source: "variable:account" };
  for (const [at, name] of words.entries()) {
    const values = vocabulary[name] as readonly string[];
    all[`subject.${name}`] = {
      value: values[(index + at) % values.length] as string,
      provenance: "trusted",
      source: "variable:account",
    };
  }
  return {
    action: {
      type: "pay",
      target: "bank",
      operation: "pay",
      reversible: true,
      riskClass: "medium",
      toolRef: "bank.pay@1",
    },
    args: { amount: (index * 37) % 2400, to: `A-${index}` },
    facts: all,
    policies: [{ policyId: "bench", version: null }],
    agent: { id: "bench-agent", version: "1", model: "scripted", promptHash: null },
    actor: { id: "bench", type: "service" },
    process: {
      processId: "p",
      definitionKey: "1",
      definitionVersion: 1,
      definitionHash: "h",
      processInstanceKey: String(index),
      rootProcessInstanceKey: String(index),
      elementId: "pay",
      elementInstanceKey: String(index),
      tenantId: "<default>",
    },
    toolCallId: `call-${index}`,
    history: null,
    budget: null,
    idempotencyKey: `k-${index}`,
    now: Date.now(),
  };
}

const line = (text: string): void => void process.stdout.write(`${text}\n`);
const perCallUs = (count: number, work: (index: number) => void): number => {
  for (let index = 0; index < count / 4; index++) work(index);
  const started = process.hrtime.bigint();
  for (let index = 0; index < count; index++) work(index);
  return Number(process.hrtime.bigint() - started) / count / 1000;
};
const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] as number;

async function openPlane(database: Database): Promise<{
  plane: DecisionPlane;
  close(): Promise<void>;
  submit: (writes: ReturnType<DecisionPlane["traceWrites"]>) => Promise<void>;
}> {
  await migrate(database);
  const groupCommit = await createGroupCommit(database);
  const plane = await createDecisionPlane({ database, groupCommit });
  const manifest = { id: "bench", domain: "bench", owner: "bench", actions: ["pay"], release: { ruleCoverageMin: 0 } };
  const { version } = await plane.createPolicy(
    {
      manifest,
      dmn: policyDmn(),
      tests: {
        cases: [
          {
            name: "any",
            args: { amount: 5000 },
            facts: {
              subject: {
                ...Object.fromEntries(numbers.map((name) => [name, 1])),
                ...Object.fromEntries(words.map((name) => [name, vocabulary[name]?.[0] as string])),
              },
            },
            expect: { determination: "REQUIRE_APPROVAL" },
          },
        ],
      },
    },
    { id: "a", type: "human" },
  );
  await plane.promotePolicy(
    "bench",
    version,
    { stage: "active", reason: "bench", expedited: true },
    { id: "b", type: "human" },
  );
  return {
    plane,
    submit: (writes) => groupCommit.submit({ writes: [...writes] }),
    async close() {
      await plane.stop();
      await groupCommit.close();
      await database.close();
    },
  };
}

async function decisionsPerSecond(
  name: string,
  database: Database,
  count: number,
  databaseSeconds: () => number = () => 0,
): Promise<void> {
  const { plane, submit, close } = await openPlane(database);
  let latencies: number[] = [];
  let asked = 0;
  const one = async (index: number): Promise<void> => {
    const started = performance.now();
    await submit(plane.traceWrites(plane.decide(requestAt(index)).trace));
    latencies.push(performance.now() - started);
  };
  const load = async (total: number, inFlight: number): Promise<void> => {
    const end = asked + total;
    await Promise.all(
      Array.from({ length: inFlight }, async () => {
        while (asked < end) await one(asked++);
      }),
    );
  };
  await load(count / 2, 32);
  for (const inFlight of [16, 32]) {
    latencies = [];
    const started = performance.now();
    const [ownBefore, storeBefore] = [process.cpuUsage(), databaseSeconds()];
    await load(count, inFlight);
    const seconds = (performance.now() - started) / 1000;
    const own = process.cpuUsage(ownBefore);
    latencies.sort((left, right) => left - right);
    line(
      `${name}, ${inFlight} in flight: ${Math.round(count / seconds)} decisions/s with persisted trace (demand 5,000 on PostgreSQL), p50 ${at(latencies, 0.5).toFixed(2)} ms, p99 ${at(latencies, 0.99).toFixed(2)} ms (demand < 10); processor time each: ${((own.user + own.system) / count).toFixed(0)} µs here, ${(((databaseSeconds() - storeBefore) / count) * 1e6).toFixed(0)} µs in the database's processes`,
    );
  }
  await close();
}

export interface Cedar {
  preparsePolicySet(id: string, policies: object): unknown;
  statefulIsAuthorized(call: object): { type: string };
}

function cedarUs(): number {
  const cedar = createRequire(import.meta.url)("@cedar-policy/cedar-wasm/nodejs") as Cedar;
  cedar.preparsePolicySet("bench", { staticPolicies: cedarPolicies() });
  const contexts = Array.from({ length: 256 }, (_, index) => {
    const { args, facts: given } = requestAt(index);
    return {
      amount: args.amount,
      ...Object.fromEntries(Object.entries(given).map(([name, fact]) => [name.slice(8), fact.value])),
    };
  });
  const call = (index: number): { type: string } =>
    cedar.statefulIsAuthorized({
      principal: { type: "Agent", id: "a" },
      action: { type: "Action", id: "pay" },
      resource: { type: "Tool", id: "bank" },
      context: contexts[index % 256],
      preparsedPolicySetId: "bench",
      entities: [],
    });
  if (call(0).type !== "success") throw new Error(`Expected cedar to answer, but ${JSON.stringify(call(0))}`);
  return perCallUs(2000, call);
}

/** An export of this many records, made as the plane makes it, without a database. */
export function syntheticBundle(count: number): Bundle {
  const signer = generateSigner();
  const chain = createChain("bench");
  const record = (index: number): JsonRecord => ({
    schema: "decision/1",
    decisionId: `d-${index}`,
    args: { amount: index, to: "A" },
    facts: Object.fromEntries(
      facts.map((fact) => [fact, { value: index, provenance: "trusted", source: "variable:account" }]),
    ),
    evaluation: { determination: "ALLOW", riskScore: 10, reasonCodes: ["R"] },
  });
  const bodies = Array.from({ length: count }, (_, index) => JSON.parse(canonicalJson(record(index))) as JsonRecord);
  const records = chain
    .seal(bodies.map(canonicalHash), "0")
    .map((place, index): ChainPlace & { record: JsonRecord } => ({ ...place, record: bodies[index] as JsonRecord }));
  const [first, last] = [records[0], records[count - 1]] as [ChainPlace, ChainPlace];
  const unsigned: Bundle = {
    schema: "interlock-export/1",
    exportedAt: "",
    from: null,
    to: null,
    records,
    ranges: [
      {
        stream: first.stream,
        firstSeq: 1,
        lastSeq: count,
        firstPrevHash: first.prevHash,
        lastHash: last.hash,
        count,
        withheld: 0,
      },
    ],
    checkpoints: [],
    policies: [],
    keys: [signer.key as unknown as JsonRecord],
    signature: "",
  };
  return JSON.parse(
    JSON.stringify({ ...unsigned, signature: signer.sign(exportType, bundleClaim(unsigned)) }),
  ) as Bundle;
}

/** From the bytes of the file to the report; beside it, reading the file and checking what was read. */
function verification(): void {
  const bytes = Buffer.from(JSON.stringify(syntheticBundle(50_000)));
  const perSecond = (check: () => ReturnType<typeof verifyExport>): number => {
    const started = performance.now();
    const report = check();
    const seconds = (performance.now() - started) / 1000;
    if (!report.valid) throw new Error(`Expected a valid export, but ${JSON.stringify(report.firstBad)}`);
    return Math.round(report.records / seconds);
  };
  const turns = Array.from({ length: 4 }, () => perSecond(() => verifyExport(bytes)));
  const slow = perSecond(() => verifyBundle(JSON.parse(bytes.toString("utf8"))));
  line(
    `verification of an export of ${(bytes.length / 50_000 / 1000).toFixed(1)} kB a record, from its bytes: ${Math.max(...turns)} records/s (demand 200,000), first time ${turns[0]}; parsed first: ${slow}`,
  );
}

export async function run(): Promise<void> {
  const model = await defaultCompiler()(policyDmn());
  const contexts = Array.from({ length: 256 }, (_, index) => {
    const prepared = requestContext(requestAt(index));
    if (!prepared.ok) throw new Error("Expected facts that fit");
    return prepared.context;
  });
  const now = Date.now();
  const ours = perCallUs(20_000, (index) => void model.evaluate(contexts[index % 256] as never, now));
  const cedar = cedarUs();
  line(
    `evaluation, 200 rules x 12 facts: ${ours.toFixed(1)} µs (demand < 20); cedar-wasm preparsed: ${cedar.toFixed(1)} µs; ratio ${(cedar / ours).toFixed(1)}x`,
  );

  const { plane, close } = await openPlane(await openDatabase({ dataDir: "memory://" }));
  const requests = Array.from({ length: 256 }, (_, index) => requestAt(index));
  line(
    `whole decision (facts, evaluation, permit) in memory: ${perCallUs(5000, (index) => void plane.decide(requests[index % 256] as ActionRequest)).toFixed(1)} µs`,
  );
  await close();
  await decisionsPerSecond("PGlite", await openDatabase({ dataDir: "memory://" }), 10_000);
  if (findPostgres() === null) line("PostgreSQL: no binaries found, not measured");
  else {
    const postgres = await startPostgres();
    await decisionsPerSecond(
      "PostgreSQL",
      await openDatabase({ databaseUrl: await postgres.createDatabase() }),
      20_000,
      postgres.cpuSeconds,
    );
    await postgres.stop();
  }

  verification();
}
