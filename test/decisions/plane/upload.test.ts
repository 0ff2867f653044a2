/** What an upload finds before anybody is denied by it: unknown names, wrong types, another facts model. */
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describedFacts, requestContext } from "../../../decisions/plane/decide/facts.ts";
import { readQuestion } from "../../../decisions/plane/decide/question.ts";
import { factsModels } from "../../../decisions/plane/policies/package-checks.ts";
import { alice, openTestPlane, readPackage, refundQuestion, service, type TestPlane } from "./open-plane.ts";
import { smallPolicy } from "./small-policy.ts";

let opened: TestPlane;
beforeAll(async () => {
  opened = await openTestPlane();
});
afterAll(() => opened.close());

let numbers = 0;
const upload = (expression: string, type: "number" | "string" | "boolean", more: object = {}, test = "-") =>
  opened.plane.createPolicy(
    smallPolicy({
      id: `upload-${++numbers}`,
      actions: ["act"],
      facts: { "args.amount": { type: "number" }, "subject.tier": { type: "string" } },
      inputs: [[expression, type]],
      rows: [{ when: [test], give: "ALLOW", code: "ANY", example: {} }],
      ...more,
    }),
    alice,
  );
const refused = (...codes: string[]) => ({
  status: 400,
  problems: codes.map((code) => expect.objectContaining({ code })),
});

describe("an uploaded policy", () => {
  it("C10 D17 that uses a name which nothing defines is refused with the place", async () => {
    await expect(upload("args.amount + surcharge", "number")).rejects.toMatchObject(refused("name-unknown"));
    await expect(upload("args.amount", "number", {}, "> limit")).rejects.toMatchObject(refused("name-unknown"));
    await expect(upload("args.amonut + 1", "number")).rejects.toMatchObject(refused("FACT_UNDECLARED"));
    await expect(upload("action.tpye", "string")).rejects.toMatchObject({
      problems: [{ code: "FACT_UNDECLARED", place: "manifest.facts.action.tpye" }],
    });
  });

  it("C10 D17 whose column is of another type than its fact is refused", async () => {
    await expect(upload("subject.tier", "number")).rejects.toMatchObject(refused("FACT_TYPE_MISMATCH"));
    await expect(upload("action.reversible", "string")).rejects.toMatchObject(refused("FACT_TYPE_MISMATCH"));
  });

  it("C10 may read what every request says of itself, and what its manifest declares", async () => {
    await expect(upload("args.amount", "number", {}, "> 5")).resolves.toMatchObject({ stage: "draft" });
    await expect(upload("history.callsOfThisAction", "number", {}, "< 3")).resolves.toMatchObject({ stage: "draft" });
    await expect(upload("history.callsByAction.act", "number")).resolves.toMatchObject({ stage: "draft" });
  });

  it("F04 that would approve by silence is refused when its risk is high", async () => {
    const silent = (riskClass: string) =>
      upload("args.amount", "number", {
        manifest: { riskClass },
        rows: [
          {
            when: ["-"],
            give: "REQUIRE_APPROVAL",
            code: "ANY",
            terms: { approvalSla: '"PT1H"', onTimeout: '"approve"' },
            example: {},
          },
        ],
      });
    for (const riskClass of ["high", "critical"])
      await expect(silent(riskClass)).rejects.toMatchObject({
        problems: [{ code: "TIMEOUT_APPROVES", place: "Determination rule 1" }],
      });
    await expect(silent("medium")).resolves.toMatchObject({ stage: "draft" });
  });

  it("C08 says which facts model it imports, and imports the one it says", async () => {
    const named = { manifest: { factsSchema: "agent-policy-facts@1" } };
    await expect(upload("args.amount", "number", named)).rejects.toMatchObject(refused("FACTS_MODEL_NOT_IMPORTED"));
    const other = { manifest: { factsSchema: "agent-policy-facts@2" } };
    await expect(upload("args.amount", "number", other)).rejects.toMatchObject(refused("FACTS_SCHEMA_UNKNOWN"));
    const { manifest, ...content } = await readPackage("refund");
    const { factsSchema: _left, ...silent } = manifest;
    await expect(opened.plane.createPolicy({ ...content, manifest: silent }, alice)).rejects.toMatchObject(
      refused("FACTS_SCHEMA_MISSING"),
    );
    const lost = await readPackage("refund", (dmn) => dmn.replaceAll("agent-policy-facts", "other-facts"));
    await expect(opened.plane.createPolicy(lost, alice)).rejects.toMatchObject({
      problems: expect.arrayContaining([expect.objectContaining({ code: "import-missing" })]),
    });
  });
});

describe("the shared facts model", () => {
  const folder = new URL("../../../decisions/policies/", import.meta.url);

  it("C08 is imported by every shipped policy", async () => {
    for (const name of ["refund", "baseline", "customer-communication", "billing-authority"]) {
      const { manifest, dmn } = await readPackage(name);
      expect(dmn).toContain(`namespace="${factsModels.get(manifest.factsSchema as string)}"`);
    }
  });

  it("C10 describes exactly what a request gives to a policy", async () => {
    const xml = await readFile(new URL("agent-policy-facts/facts.dmn", folder), "utf8");
    const { request } = readQuestion(refundQuestion(1) as never, service, opened.clock.now());
    const prepared = requestContext(request);
    if (!prepared.ok) throw new Error("Expected a context.");
    const given = new Set<string>();
    for (const [root, value] of Object.entries(prepared.context)) {
      if (root === "args" || root === "subject" || root === "data") continue;
      const members = typeof value === "object" && value !== null ? Object.keys(value) : [];
      for (const member of members.length === 0 ? [""] : members) given.add(member === "" ? root : `${root}.${member}`);
    }
    expect([...given].sort()).toEqual([...describedFacts.keys()].sort());
    for (const [type, root] of [
      ["tAction", "action"],
      ["tAgent", "agent"],
      ["tActor", "actor"],
      ["tHistory", "history"],
      ["tBudget", "budget"],
    ]) {
      const definition = new RegExp(`<itemDefinition id="${type}"[\\s\\S]*?</itemDefinition>`).exec(xml)?.[0] ?? "";
      const members = [...definition.matchAll(/<itemComponent id="\w+" name="(\w+)"/g)].map(
        ([, name]) => `${root}.${name}`,
      );
      expect(members.sort()).toEqual([...describedFacts.keys()].filter((name) => name.startsWith(`${root}.`)).sort());
    }
  });
});
