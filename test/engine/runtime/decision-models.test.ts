import { afterAll, beforeAll, expect, it } from "vitest";
import type { Engine } from "../../../engine/index.ts";
import type { Database } from "../../../store/index.ts";
import { decision, dmn15, inputData, literal } from "../../decisions/dmn/dmn-xml.ts";
import { onBothStores } from "../../stores.ts";
import { deploy, operator, startEngine } from "./harness.ts";

function modelOf(name: string, content: string, imports: Readonly<Record<string, string>> = {}): string {
  const lines = Object.entries(imports).map(
    ([as, of]) => `<import name="${as}" namespace="urn:${of}" importType="${dmn15}"/>`,
  );
  return `<?xml version="1.0"?><definitions xmlns="${dmn15}" id="model-${name}" name="${name}" namespace="urn:${name}">${lines.join("")}${content}</definitions>`;
}

const requires = (model: string, id: string): string =>
  `<informationRequirement><requiredDecision href="urn:${model}#${id}"/></informationRequirement>`;

/** A decision that adds to one of an imported model. */
const using = (id: string, model: string, text: string, of = "rate"): string =>
  `<decision id="${id}" name="${id}"><variable name="${id}"/>${requires(model, of)}${literal(text)}</decision>`;

const rates = (rate: number): string => modelOf("rates", decision("rate", literal(String(rate))));
const price = modelOf("price", using("price", "rates", "r.rate * 10"), { r: "rates" });

const service = modelOf(
  "services",
  inputData("start", "date") +
    decision("days", literal("1"), [], "number") +
    decision("end", literal('start + duration("P" + string(days) + "D")'), ["input:start", "decision:days"], "date") +
    decision("day", literal("end.day"), ["decision:end"]) +
    '<decisionService id="service-1" name="The service"><outputDecision href="#day"/><encapsulatedDecision href="#end"/><inputDecision href="#days"/><inputData href="#start"/></decisionService>' +
    '<decisionService id="service-2" name="From the end"><outputDecision href="#day"/><inputDecision href="#end"/></decisionService>',
);

onBothStores("decision models", (store) => {
  let engine: Engine;
  let database: Database;
  beforeAll(async () => {
    database = await store.open();
    engine = await startEngine(database);
  });
  afterAll(async () => {
    await engine.stop();
  });

  const evaluate = (decisionDefinitionId: string, variables = {}) =>
    engine.evaluateDecision({ decisionDefinitionId, variables }, operator);
  const output = async (id: string, variables = {}): Promise<unknown> =>
    JSON.parse((await evaluate(id, variables)).output);

  it("finds imports among the files of the same deployment, in any order", async () => {
    await deploy(engine, ["price.dmn", price], ["rates.dmn", rates(2)]);
    const answer = await evaluate("price");
    expect(answer.output).toBe("20");
    expect(answer.evaluatedDecisions.map((step) => [step.decisionDefinitionId, step.output])).toEqual([
      ["rate", "2"],
      ["price", "20"],
    ]);
    const rate = await engine.queries.searchDecisionDefinitions({ filter: { decisionDefinitionId: "rate" } }, operator);
    expect(answer.evaluatedDecisions[0]?.decisionDefinitionKey).toBe(rate.items[0]?.decisionDefinitionKey);
  });

  it("keeps what an import meant when the imported namespace is deployed again, also after a restart", async () => {
    await deploy(engine, ["rates.dmn", rates(3)]);
    expect(await output("price")).toBe(20);
    expect(await output("rate")).toBe(3);
    await engine.stop();
    engine = await startEngine(database);
    expect(await output("price")).toBe(20);
  });

  it("makes a new version when only the meaning of an import has changed", async () => {
    const { deployments } = await deploy(engine, ["price.dmn", price]);
    expect(deployments.find((item) => item.decisionDefinition)?.decisionDefinition?.version).toBe(2);
    expect(await output("price")).toBe(30);
    const again = await deploy(engine, ["price.dmn", price], ["rates.dmn", rates(3)]);
    expect(again.deployments.flatMap((item) => item.decisionDefinition?.version ?? [])).toEqual([2, 2]);
  });

  it("refuses imports that lead nowhere or round in a circle", async () => {
    const lost = modelOf("lost", using("x", "nowhere", "n.rate"), { n: "nowhere" });
    await expect(deploy(engine, ["lost.dmn", lost])).rejects.toThrow(
      /^lost\.dmn.*Expected the imported model urn:nowhere, but it is not deployed/,
    );
    const one = modelOf("one", using("a", "two", "t.b", "b"), { t: "two" });
    const two = modelOf("two", using("b", "one", "o.a", "a"), { o: "one" });
    await expect(deploy(engine, ["one.dmn", one], ["two.dmn", two])).rejects.toThrow(
      "two.dmn, element o: Expected imports without a cycle, but one.dmn imports two.dmn as well",
    );
  });

  it("refuses to delete a model that another one imports", async () => {
    const { items } = await engine.queries.searchDecisionRequirements(
      { filter: { decisionRequirementsId: "model-rates" } },
      operator,
    );
    for (const { decisionRequirementsKey } of items)
      await expect(engine.deleteResource(decisionRequirementsKey, operator)).rejects.toMatchObject({
        kind: "invalidState",
      });
    expect(await output("price")).toBe(30);
  });

  it("takes the same id in two namespaces; the importing model's is the latest", async () => {
    const inner = modelOf("inner", decision("same", literal("1")));
    const outer = modelOf("outer", using("same", "inner", "i.same + 1", "same"), { i: "inner" });
    await deploy(engine, ["outer.dmn", outer], ["inner.dmn", inner]);
    expect(await output("same")).toBe(2);
    await expect(
      deploy(engine, ["a.dmn", inner], ["b.dmn", inner.replace('id="model-inner"', 'id="other"')]),
    ).rejects.toThrow("Expected the decision id same once, but a.dmn has it as well");
  });

  it("brings an id back when its unchanged model is deployed after another one took it", async () => {
    const first = modelOf("first", decision("taken", literal('"first"')));
    await deploy(engine, ["first.dmn", first]);
    await deploy(engine, ["second.dmn", modelOf("second", decision("taken", literal('"second"')))]);
    expect(await output("taken")).toBe("second");
    await deploy(engine, ["first.dmn", first]);
    expect(await output("taken")).toBe("first");
  });

  it("evaluates decision services by id and by name, with texts read by the declared types", async () => {
    const { deployments } = await deploy(engine, ["services.dmn", service]);
    const ids = deployments.flatMap((item) => item.decisionDefinition?.decisionDefinitionId ?? []);
    expect(ids).toEqual(["days", "end", "day", "service-1", "service-2"]);
    const answer = await evaluate("service-1", { start: "2026-01-30", days: 3 });
    expect(answer).toMatchObject({ output: "2", decisionDefinitionName: "The service", failureMessage: null });
    expect(answer.evaluatedDecisions.map((step) => step.decisionDefinitionId)).toEqual(["end", "day", "service-1"]);
    expect(await output("From the end", { end: "2026-12-24" })).toBe(24);
    const found = await engine.queries.searchDecisionInstances(
      { filter: { decisionDefinitionId: "service-1" } },
      operator,
    );
    expect(found.items).toMatchObject([{ result: "2", state: "EVALUATED", decisionDefinitionType: "UNKNOWN" }]);
  });

  it("answers what fails with the decision and the reason, and finds it as failed", async () => {
    const endless = "for i in 1..100000, j in 1..100000 return i";
    const doubled = `{a: "0123456789"${[..."bcdefghijklmnopqrstuvwxyz"].map((name, at) => `, ${name}: [${"abcdefghijklmnopqrstuvwxyz"[at]}, ${"abcdefghijklmnopqrstuvwxyz"[at]}]`).join("")}}`;
    await deploy(engine, [
      "failing.dmn",
      modelOf("failing", decision("endless", literal(endless)) + decision("doubled", literal(doubled))),
    ]);
    for (const id of ["endless", "doubled"]) {
      const answer = await evaluate(id);
      expect(answer).toMatchObject({ output: "null", failedDecisionDefinitionId: id });
      expect(answer.failureMessage).toMatch(/^Expected /);
      const found = await engine.queries.searchDecisionInstances(
        { filter: { decisionDefinitionId: id, state: "FAILED" } },
        operator,
      );
      expect(found.items).toMatchObject([{ evaluationFailure: answer.failureMessage }]);
    }
  });

  it("writes numbers as numbers, with all their digits", async () => {
    await deploy(engine, [
      "digits.dmn",
      modelOf("digits", decision("digits", literal("[1/3, 12345678901234567890.12]"))),
    ]);
    expect((await evaluate("digits")).output).toBe("[0.3333333333333333333333333333333333,12345678901234567890.12]");
  });

  it("pages through decision instances by cursor", async () => {
    const seen: string[] = [];
    let after: string | undefined;
    for (;;) {
      const { items, page } = await engine.queries.searchDecisionInstances(
        { page: { limit: 3, ...(after === undefined ? {} : { after }) } },
        operator,
      );
      seen.push(...items.map((item) => item.decisionEvaluationInstanceKey));
      if (items.length < 3 || page.endCursor === null) break;
      after = page.endCursor;
    }
    const all = await engine.queries.searchDecisionInstances({ page: { limit: 1000 } }, operator);
    expect(seen).toEqual(all.items.map((item) => item.decisionEvaluationInstanceKey));
    expect(seen.length).toBeGreaterThan(10);
  });
});
