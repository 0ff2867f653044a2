/** When the plane cannot answer: nothing of high risk runs, low risk does what its owner has configured, people hear of it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InterlockClient } from "../../../api/client/index.ts";
import { eventually } from "../../engine/runtime/harness.ts";
import { call, startTestServer, type TestServer } from "../server.ts";
import { release, type Table } from "./agent-desk.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.close());

/** Cannot be evaluated when the argument is 0. */
const brittle: Table = {
  decision: "Determination",
  inputs: ["if args.divisor = 0 then [1] > 2 else 100 / args.divisor > 1"],
  outputs: ["determination", "reasonCode"],
  rules: [
    ["true", '"ALLOW"', '"FINE"'],
    ["false", '"DENY"', '"TOO_MUCH"'],
  ],
};
const manifest = { facts: { "args.divisor": { type: "number" } } };
const example = { action: "act", args: { divisor: 4 } };
const ask = async (policyId: string, riskClass: string, reversible = true) =>
  (
    await call(server, "POST", "/governance/v1/decisions", {
      action: { type: "act", operation: "write", reversible, riskClass },
      args: { divisor: 0 },
      policies: [{ policyId }],
    })
  ).json;

describe("a policy that cannot be evaluated", () => {
  it("E14 denies what is of high risk, whatever is configured, and tells people, on the record", async () => {
    await release(server, "guarding", [brittle], { ...manifest, onError: "allow", riskClass: "low" }, example);
    const answer = await ask("guarding", "high");
    expect(answer).toMatchObject({ determination: "DENY", permit: null });
    expect(answer.reasonCodes).toContain("RUNTIME_ERROR");
    const alert = await eventually("an alert", async () =>
      (await call(server, "GET", "/governance/v1/alerts?open=true")).json.items.find(
        ({ rule }: { rule: string }) => rule === "DECISION_FAILED",
      ),
    );
    expect(alert.body).toMatchObject({ decisionId: answer.decisionId, actionType: "act" });
    const { json } = await call(server, "GET", `/governance/v1/decisions/${answer.decisionId}`);
    expect(json.record.evaluation.error).toEqual(expect.any(String));
  });

  it("E14 lets low risk run where the owner of the policy says so, marked as degraded, and nowhere else", async () => {
    expect(await ask("guarding", "low")).toMatchObject({
      determination: "ALLOW",
      reasonCodes: ["RUNTIME_ERROR", "DEGRADED"],
      permit: expect.any(String),
    });
    expect((await ask("guarding", "low", false)).determination).toBe("DENY");
    await release(server, "strict", [brittle], { ...manifest, riskClass: "low" }, example);
    expect((await ask("strict", "low")).determination).toBe("DENY");
    await release(server, "risky", [brittle], { ...manifest, onError: "allow", riskClass: "high" }, example);
    expect((await ask("risky", "low")).determination).toBe("DENY");
  });
});

describe("a plane that cannot be reached", () => {
  it("E14 lets nothing run", async () => {
    const client = new InterlockClient({ url: "http://127.0.0.1:9" });
    let ran = false;
    const result = await client.guard({}).run({ action: { type: "act", riskClass: "high" }, args: {} }, () => {
      ran = true;
    });
    expect(result).toMatchObject({
      executed: false,
      refusal: { status: "not_executed", reasonCodes: ["GUARD_UNREACHABLE"] },
    });
    expect(ran).toBe(false);
  });
});
