/**
 * The guard of Python tools (CrewAI, AutoGen, AutoGPT's commands), run by the Python of this machine. Where there is none
 * its tests are skipped and say so; with CI=true that is an error, as it is for PostgreSQL and the browser.
 */
import { execFile, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { customer, openRefunds, type Refunds } from "./refunds.ts";

const run = promisify(execFile);

/** Says why the tests are skipped; null when they run. */
function pythonMissing(): string | null {
  if (spawnSync("python3", ["--version"]).status === 0) return null;
  const reason = "no python3 on PATH";
  if (process.env.CI === "true") throw new Error(`Expected Python for the tests, but there is ${reason}`);
  return reason;
}
const missing = pythonMissing();
const examples = fileURLToPath(new URL("../../api/client/examples", import.meta.url));

/** Three calls of a guarded function; prints what they gave, what ran, and that the signature is still there. */
const program = `
import inspect, json, sys
from interlock_guard import guarded
paid = []
@guarded("issue_refund", target="payments", facts=json.loads(sys.argv[1]), agent={"id": "crew"}, approval_wait_s=20, poll_s=0.05)
def issue_refund(orderId: str, customerId: str, amount: float, method: str, reason: str) -> str:
    "Pays money back."
    paid.append([amount, method])
    return f"refunded {amount} as {method}"
def pay(amount, reason="damaged"):
    return issue_refund("ORD-1", "C-17", amount, "cash", reason)
answers = [pay(120), pay(80, "changed_mind"), pay(9000), pay(700)]
print(json.dumps({"answers": answers, "paid": paid, "doc": issue_refund.__doc__, "parameters": list(inspect.signature(issue_refund).parameters)}))
`;

describe.skipIf(missing !== null)(`the guard in Python${missing ? ` (skipped, ${missing})` : ""}`, () => {
  let refunds: Refunds;
  beforeAll(async () => {
    refunds = await openRefunds();
  });
  afterAll(() => refunds.close());
  const env = (url: string) => ({
    ...process.env,
    INTERLOCK_URL: url,
    PYTHONPATH: examples,
    PYTHONDONTWRITEBYTECODE: "1",
  });

  it("A07 A09 denies, allows, changes arguments and waits for approvals; the function keeps its signature", async () => {
    const running = run("python3", ["-c", program, JSON.stringify(customer)], { env: env(refunds.server.url) });
    await refunds.review("approve");
    const { answers, paid, doc, parameters } = JSON.parse((await running).stdout) as {
      answers: string[];
      paid: unknown[];
      doc: string;
      parameters: string[];
    };
    expect(answers[0]).toBe("refunded 120 as cash");
    expect(answers[1]).toBe("refunded 80 as credit");
    expect(JSON.parse(answers[2]!)).toMatchObject({ status: "not_executed", reasonCodes: ["AMOUNT_OVER_MAXIMUM"] });
    expect(answers[3]).toBe("refunded 700 as cash");
    expect(paid).toEqual([
      [120, "cash"],
      [80, "credit"],
      [700, "cash"],
    ]);
    expect(doc).toBe("Pays money back.");
    expect(parameters).toEqual(["orderId", "customerId", "amount", "method", "reason"]);
  });

  it("runs nothing when no plane answers", async () => {
    const { stdout } = await run("python3", ["-c", program, "{}"], { env: env("http://127.0.0.1:9") });
    const { answers, paid } = JSON.parse(stdout) as { answers: string[]; paid: unknown[] };
    expect(paid).toEqual([]);
    for (const answer of answers) expect(JSON.parse(answer)).toMatchObject({ reason: "plane_unreachable" });
  });
});
