/** The record: append-only, chained, signed, exported, verified alone; a thousand tampered exports are all found out. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generateSigner, verifyBundle, verifyExport } from "../../../decisions/index.ts";
import { canonicalHash, canonicalJson, sha256 } from "../../../decisions/plane/audit/canonical.ts";
import { type ChainPlace, createChain } from "../../../decisions/plane/audit/chain.ts";
import { type Bundle, bundleClaim, exportType } from "../../../decisions/plane/audit/verify.ts";
import type { JsonRecord } from "../../../decisions/plane/types.ts";
import {
  alice,
  bob,
  openTestPlane,
  readPackage,
  refundFacts,
  refundQuestion,
  service,
  type TestPlane,
} from "./open-plane.ts";

let opened: TestPlane;
beforeAll(async () => {
  opened = await openTestPlane();
  for (const name of ["refund", "baseline"]) await opened.plane.installPolicy(await readPackage(name));
  for (let index = 0; index < 12; index++) {
    const answer = await opened.plane.evaluate(refundQuestion([100, 640, 9000][index % 3] as number) as never, service);
    if (answer.approval !== null)
      await opened.plane.vote(
        answer.approval.approvalId,
        { verdict: index % 2 === 0 ? "approve" : "reject", comment: "seen" },
        bob,
      );
    if (answer.args !== null)
      await opened.plane.recordOutcome(answer.decisionId, { status: "succeeded", executedArgs: answer.args }, service);
    opened.clock.advance(1000);
  }
});
afterAll(() => opened.close());

const exported = async (range = {}) => (await opened.plane.exportRecords(range)) as unknown as Bundle;
const bytesOf = (bundle: unknown): Buffer => Buffer.from(JSON.stringify(bundle));
const copy = (bundle: Bundle): Bundle => JSON.parse(JSON.stringify(bundle)) as Bundle;

describe("the record", () => {
  it.each([
    "update plane_record set record = '{}'",
    "delete from plane_record",
    "truncate plane_record",
    "update policy_promotion set to_stage = 'active'",
    "delete from policy_version",
    "delete from plane_checkpoint",
  ])("H02 refuses %s", async (sql) => {
    await opened.plane.exportRecords({});
    await expect(opened.database.query(sql)).rejects.toThrow(/append-only/);
  });

  it("H01 has every decision, vote, outcome and promotion in one unbroken chain", async () => {
    const { valid, chainLength } = await opened.plane.auditStatus();
    expect(valid).toBe(true);
    const kinds = await opened.database.query<{ kind: string; count: string }>(
      "select kind, count(*) as count from plane_record group by kind order by kind",
    );
    expect(Object.fromEntries(kinds.map(({ kind, count }) => [kind, Number(count)]))).toEqual({
      approval: 8,
      decision: 12,
      outcome: 4,
      promotion: 6,
    });
    expect(chainLength).toBe(30);
  });

  it("H01 H02 H11 is canonical JSON, searchable and exported whole, whatever texts a question is made of", async () => {
    const other = await openTestPlane();
    await other.plane.installPolicy(await readPackage("refund"));
    const odd = 'a\tb\nc\r"\\\u001f\u007f\u2028 é 😀 {"x":1}\\n';
    const { decisionId } = await other.plane.evaluate(
      refundQuestion(12.5, {
        args: {
          orderId: odd,
          amount: 12.5,
          method: "cash",
          10: -0,
          9: [null, true, 1e21, 1e-7, odd],
          "\ufb33": {},
          "\ud83d\ude00": 1,
        },
        facts: {
          ...refundFacts,
          [`subject.${odd.replaceAll(".", "")}`]: { value: odd, source: odd, observedAt: odd },
          "subject.10": 1,
          "subject.9": 2,
        },
        agent: { id: odd, version: "1", note: odd },
        idempotencyKey: odd,
      }) as never,
      service,
    );
    // What looks like the next entry of an export, inside of a record.
    const lookalike = { list: [{ c: {} }, { stream: "n1" }], text: '}},{"stream":"' };
    await other.plane.evaluate(
      refundQuestion(9000, { args: { orderId: "1", amount: 9000, method: "cash", lookalike } }) as never,
      service,
    );
    const rows = await other.database.query<{ record: string; record_hash: string }>(
      "select record, record_hash from plane_record order by stream, seq",
    );
    expect(rows.length).toBeGreaterThanOrEqual(5);
    for (const { record, record_hash } of rows) {
      expect(record).toBe(canonicalJson(JSON.parse(record)));
      expect(record_hash).toBe(sha256(record));
    }
    expect((await other.plane.searchDecisions({ agentId: odd })).items.map((item) => item.decisionId)).toEqual([
      decisionId,
    ]);
    const { record } = await other.plane.getDecision(decisionId);
    expect(record).toMatchObject({
      args: { orderId: odd, 9: [null, true, 1e21, 1e-7, odd] },
      agent: { note: odd },
      idempotencyKey: odd,
    });
    expect((record.facts as JsonRecord)["subject.10"]).toEqual({ provenance: "derived", source: "caller", value: 1 });
    const bundle = await other.plane.exportRecords({});
    expect(JSON.stringify(bundle.records)).toContain('}},{"stream":"n1"}');
    expect(verifyBundle(bundle).valid).toBe(true);
    expect(verifyExport(bytesOf(bundle))).toMatchObject({ valid: true, firstBad: null });
    await other.close();
  });

  it("says where it breaks when somebody goes around the trigger", async () => {
    const other = await openTestPlane();
    await other.plane.installPolicy(await readPackage("refund"));
    const answers = [];
    for (const amount of [1, 2, 3]) answers.push(await other.plane.evaluate(refundQuestion(amount) as never, service));
    await other.database.query("alter table plane_record disable trigger plane_record_append_only");
    await other.database.query(
      "update plane_record set record = replace(record, '\"amount\":2', '\"amount\":20') where decision_id = $1",
      [answers[1]?.decisionId as string],
    );
    expect(await other.plane.auditStatus()).toMatchObject({ valid: false, brokenAt: answers[1]?.decisionId });
    expect(verifyBundle(await other.plane.exportRecords({}))).toMatchObject({
      valid: false,
      firstBad: { recordId: answers[1]?.decisionId },
    });
    await other.close();
  });
});

describe("an export", () => {
  it("H11 verifies alone, with keys that the verifier already has", async () => {
    const bundle = await exported();
    expect(verifyBundle(copy(bundle), (await opened.plane.keys()).keys)).toMatchObject({
      valid: true,
      records: 30,
      firstBad: null,
      trust: "given",
    });
    expect(verifyBundle(copy(bundle))).toMatchObject({ valid: true, trust: "embedded" });
    expect(verifyBundle(copy(bundle), [generateSigner().key])).toMatchObject({ valid: false });
  });

  it("holds the rules that judged and the keys that signed", async () => {
    const bundle = await exported();
    expect(bundle.policies.map(({ policyId, version }) => `${policyId}@${version}`).sort()).toEqual([
      "baseline@1",
      "refund@1",
    ]);
    expect(bundle.policies[0]?.dmn).toContain("<decisionTable");
    expect(bundle.checkpoints.length).toBeGreaterThan(0);
  });

  it("of a part of the time verifies too", async () => {
    const from = new Date(opened.clock.now() - 6000).toISOString();
    const bundle = await exported({ from });
    expect(bundle.records.length).toBeLessThan(30);
    expect(verifyBundle(copy(bundle)).valid).toBe(true);
  });

  it("names the first bad entry: a changed amount, a removed record, two that changed places, a cut tail", async () => {
    const bundle = await exported();
    const at = bundle.records.findIndex(({ record }) => record?.schema === "decision/1");
    const changed = copy(bundle);
    (
      (changed.records[at] as unknown as { record: { args: { amount: number } } }).record.args as { amount: number }
    ).amount = 1;
    expect(verifyBundle(changed)).toMatchObject({
      valid: false,
      firstBad: { index: at, recordId: bundle.records[at]?.record?.decisionId },
    });
    const removed = copy(bundle);
    (removed.records as unknown[]).splice(5, 1);
    expect(verifyBundle(removed)).toMatchObject({ valid: false, firstBad: { index: 5 } });
    const swapped = copy(bundle);
    (swapped.records as unknown[]).splice(3, 2, bundle.records[4], bundle.records[3]);
    expect(verifyBundle(swapped)).toMatchObject({ valid: false, firstBad: { index: 3 } });
    const cut = copy(bundle);
    (cut.records as unknown[]).pop();
    expect(verifyBundle(cut)).toMatchObject({ valid: false, firstBad: { reason: expect.stringContaining("missing") } });
  });

  it("is found out even when the forger recomputes every hash", async () => {
    const { chainHash } = await import("../../../decisions/plane/audit/chain.ts");
    const { canonicalHash } = await import("../../../decisions/plane/audit/canonical.ts");
    const forged = copy(await exported()) as unknown as {
      records: {
        record: { args?: { amount?: number } };
        recordHash: string;
        prevHash: string;
        hash: string;
        stream: string;
        seq: number;
      }[];
      ranges: { lastHash: string }[];
    };
    const at = forged.records.findIndex(({ record }) => record.args?.amount === 9000);
    (forged.records[at] as { record: { args: { amount: number } } }).record.args.amount = 90;
    for (let index = at; index < forged.records.length; index++) {
      const entry = forged.records[index] as (typeof forged.records)[number];
      entry.recordHash = canonicalHash(entry.record);
      if (index > at) entry.prevHash = forged.records[index - 1]?.hash as string;
      entry.hash = chainHash(entry);
    }
    (forged.ranges[0] as { lastHash: string }).lastHash = forged.records.at(-1)?.hash as string;
    expect(verifyBundle(forged)).toMatchObject({ valid: false });
  });

  it("F03 H11 is found out in each of a thousand random changes", async () => {
    const text = JSON.stringify(await exported());
    let seed = 20261121;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return seed % below;
    };
    for (let turn = 0; turn < 1000; turn++) {
      const tampered = JSON.parse(text) as Bundle;
      const what = tamper(tampered, random);
      const found = verifyBundle(tampered);
      expect(found.valid, what).toBe(false);
      // As a file: found out as well, and in the same place.
      if (turn % 5 === 0) expect(verifyExport(bytesOf(tampered)), what).toEqual(found);
    }
  });

  it("F03 H11 is found out as a file when any one of its bytes is another", async () => {
    const bytes = bytesOf(await exported());
    for (let turn = 0; turn < 200; turn++) {
      const at = Math.floor((turn / 200) * bytes.length);
      const tampered = Buffer.from(bytes);
      tampered[at] = tampered[at] === 0x31 ? 0x32 : 0x31;
      expect(verifyExport(tampered).valid, `at ${at}`).toBe(false);
    }
  });

  it("H11 verifies as the file it is, and when somebody has formatted it", async () => {
    const bundle = await exported();
    const report = verifyBundle(bundle);
    expect(report).toMatchObject({ valid: true, records: 30 });
    for (const text of [JSON.stringify(bundle), `${JSON.stringify(bundle)}\n`, JSON.stringify(bundle, null, 2)])
      expect(verifyExport(Buffer.from(text))).toEqual(report);
    const { signature, ...rest } = bundle;
    expect(verifyExport(bytesOf({ signature, ...rest } as Bundle))).toEqual(report);
    expect(verifyExport(bytesOf(bundle), [generateSigner().key]).valid).toBe(false);
  });

  it("H11 is judged by what a reader of the file will see: a second list of records counts, the first does not", async () => {
    const text = JSON.stringify(await exported());
    const forged = (await exported()).records.map((entry) => ({ ...entry, record: { ...entry.record, args: {} } }));
    const twice = `${text.slice(0, -1)},"records":${JSON.stringify(forged)}}`;
    expect(verifyExport(Buffer.from(twice)).valid).toBe(false);
    const inEntry = text.replace('"record":{', '"record":{},"record":{');
    expect(verifyExport(Buffer.from(inEntry))).toEqual(verifyBundle(JSON.parse(inEntry)));
    for (const nonsense of ["", "{", "null", '{"records":[],"ranges":[]}', text.slice(0, 5000)])
      expect(verifyExport(Buffer.from(nonsense)).valid).toBe(false);
  });

  it("H11 made before exports could withhold records verifies still, and nothing can be taken out of it", () => {
    const signer = generateSigner();
    // A signed policy may hold lists of the same names; they are not the export's.
    const tests = { records: [], ranges: [] };
    const policy = { policyId: "p", version: 1, contentHash: canonicalHash({ manifest: {}, dmn: "", tests }) };
    const bodies = [
      { schema: "decision/1", decisionId: "d-1" },
      { schema: "decision/1", decisionId: "d-2" },
    ];
    const records = createChain("old")
      .seal(bodies.map(canonicalHash), "0")
      .map((place, index) => ({ ...place, record: bodies[index] as JsonRecord | null }));
    const [first, last] = records as unknown as [ChainPlace, ChainPlace];
    const unsigned = {
      schema: "interlock-export/1" as const,
      exportedAt: "2026-11-20T12:00:00.000Z",
      from: null,
      to: null,
      records,
      ranges: [
        {
          stream: first.stream,
          firstSeq: 1,
          lastSeq: 2,
          firstPrevHash: first.prevHash,
          lastHash: last.hash,
          count: 2,
        },
      ],
      checkpoints: [],
      policies: [{ ...policy, manifest: {}, dmn: "", tests }],
      keys: [signer.key as unknown as JsonRecord],
      signature: "",
    };
    const bundle: Bundle = { ...unsigned, signature: signer.sign(exportType, bundleClaim(unsigned)) };
    for (const report of [verifyBundle(copy(bundle)), verifyExport(bytesOf(bundle), [signer.key])])
      expect(report).toMatchObject({ valid: true, records: 2, withheld: 0, firstBad: null });
    const taken = copy(bundle);
    (taken.records[1] as { record: JsonRecord | null }).record = null;
    for (const report of [verifyBundle(taken), verifyExport(bytesOf(taken))])
      expect(report).toMatchObject({ valid: false, firstBad: { reason: expect.stringContaining("without content") } });
  });

  it("that is no export at all is refused without an exception", () => {
    for (const value of [
      null,
      1,
      "x",
      [],
      {},
      { schema: "interlock-export/1" },
      {
        schema: "interlock-export/1",
        records: [null],
        ranges: [],
        checkpoints: [],
        policies: [],
        keys: [],
        signature: "",
      },
    ])
      expect(verifyBundle(value).valid).toBe(false);
  });

  it("verifies at hundreds of thousands of links an hour at the very least, in linear time", async () => {
    const bundle = await exported();
    const started = performance.now();
    for (let turn = 0; turn < 50; turn++) verifyBundle(bundle);
    expect(performance.now() - started).toBeLessThan(20_000);
    const { records: moved, ranges, policies, ...rest } = copy(bundle);
    const hidden = policies.map((one) => ({ ...one, tests: { records: moved, ranges: [] } }));
    const forged = { ...rest, ranges, policies: hidden, records: [] };
    expect(verifyBundle(forged).valid).toBe(false);
    expect(verifyExport(bytesOf(forged)).valid).toBe(false);
  });
});

describe("personal data", () => {
  it("can be erased; the chain stays valid and the decision can no longer be judged again", async () => {
    const content = await readPackage("customer-communication");
    const manifest = {
      ...content.manifest,
      id: "personal",
      subjectKey: "subject.email",
      facts: {
        ...(content.manifest.facts as object),
        "subject.email": { type: "string", personal: true },
        "args.text": { type: "string", personal: true },
      },
    };
    const created = await opened.plane.createPolicy(
      {
        ...content,
        manifest: manifest as never,
        tests: {
          ...(content.tests as object),
          defaults: {
            ...((content.tests as { defaults: object }).defaults as object),
            facts: { "subject.consent": "given", "subject.email": "a@b.c" },
            args: { recipients: 100, text: "x" },
          },
        } as never,
      },
      alice,
    );
    await opened.plane.promotePolicy(
      "personal",
      created.version,
      { stage: "active", reason: "t", expedited: true },
      bob,
    );
    const answer = await opened.plane.evaluate(
      {
        action: { type: "send_campaign" },
        policies: [{ policyId: "personal" }],
        args: { recipients: 1, text: "Dear Ada Lovelace" },
        facts: { "subject.consent": "given", "subject.email": "ada@example.org" },
      },
      service,
    );
    expect(answer.determination).toBe("ALLOW");
    const bundle = JSON.stringify(await exported());
    expect(bundle).not.toContain("ada@example.org");
    expect(bundle).not.toContain("Lovelace");
    expect(await opened.plane.replayPolicy("personal", created.version, {})).toMatchObject({
      evaluated: 1,
      skipped: 0,
    });
    expect(await opened.plane.eraseSubject("ada@example.org", alice, "asked to be forgotten")).toEqual({ erased: 2 });
    expect(await opened.plane.replayPolicy("personal", created.version, {})).toMatchObject({
      evaluated: 0,
      skipped: 1,
    });
    expect(await opened.plane.auditStatus()).toMatchObject({ valid: true });
    expect(verifyBundle(await exported()).valid).toBe(true);
  });
});

/** Changes one thing somewhere; says what. */
function tamper(bundle: Bundle, random: (below: number) => number): string {
  const containers: { readonly path: string; readonly holder: Record<string, unknown> | unknown[] }[] = [];
  const open: { path: string; value: unknown }[] = [{ path: "", value: bundle }];
  while (open.length > 0) {
    const { path, value } = open.pop() as (typeof open)[number];
    if (typeof value !== "object" || value === null) continue;
    if (Object.keys(value).length > 0) containers.push({ path, holder: value as Record<string, unknown> });
    for (const [name, inner] of Object.entries(value)) open.push({ path: `${path}/${name}`, value: inner });
  }
  const { path, holder } = containers[random(containers.length)] as (typeof containers)[number];
  const names = Object.keys(holder);
  const name = names[random(names.length)] as string;
  const members = holder as Record<string, unknown>;
  const value = members[name];
  const ways = ["change", "remove", "add"];
  const way = ways[random(ways.length)] as string;
  if (way === "add") {
    if (Array.isArray(holder)) holder.push("extra");
    else members.extra = 1;
  } else if (way === "remove") {
    if (Array.isArray(holder)) holder.splice(Number(name), 1);
    else delete members[name];
  } else if (typeof value === "string") {
    const at = value.length === 0 ? 0 : random(value.length);
    members[name] =
      value.length === 0 ? "x" : value.slice(0, at) + (value[at] === "x" ? "y" : "x") + value.slice(at + 1);
  } else if (typeof value === "number") members[name] = value + 1;
  else if (typeof value === "boolean") members[name] = !value;
  else members[name] = "replaced";
  return `${way} ${path}/${name}`;
}
