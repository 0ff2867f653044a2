/** A key figure that leaves its limits is told, once, and its alert is closed when it is back. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestPlane, readPackage, refundQuestion, service, type TestPlane } from "./open-plane.ts";

let opened: TestPlane;
beforeAll(async () => {
  opened = await openTestPlane({
    kpisEveryMs: 50,
    kpiLimits: {
      limits: [
        { name: "deniedRate", max: 0.5 },
        { name: "K05_retrievalPrecision", min: 0.9 },
      ],
      windowMs: 86_400_000,
    },
  });
  await opened.plane.installPolicy(await readPackage("refund"));
  opened.plane.start();
});
afterAll(() => opened.close());

describe("a key figure with a limit", () => {
  it("K07 I12 J06 raises an alert when it is outside, none while it is unknown, and closes it when it is back", async () => {
    const ask = (amount: number) => opened.plane.evaluate(refundQuestion(amount) as never, service);
    const open = async () => (await opened.plane.alerts({ open: true })).items;
    await ask(9_999);
    await expect.poll(async () => (await open()).map(({ rule }) => rule), { timeout: 15_000 }).toEqual(["KPI_LIMIT"]);
    const [alert] = await open();
    expect(alert).toMatchObject({
      message: "Expected deniedRate to be at most 0.5, but it is 1",
      body: { name: "deniedRate", value: 1, max: 0.5 },
    });
    await ask(10);
    await ask(11);
    await expect.poll(open, { timeout: 15_000 }).toEqual([]);
  });
});
