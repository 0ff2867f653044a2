/** The shipped packages: their own tests pass, every rule is covered, and they can be installed. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestPlane, readPackage, type TestPlane } from "./open-plane.ts";

describe("the shipped policy packages", () => {
  let opened: TestPlane;
  beforeAll(async () => {
    opened = await openTestPlane();
  });
  afterAll(() => opened.close());

  it.each([
    "refund",
    "baseline",
    "customer-communication",
    "billing-authority",
    "agent-interrupts",
    "plan-limits",
    "credit-advice",
    "grounded-answers",
  ])("C12 D20 %s installs with all its tests passed and every rule covered", async (name) => {
    const content = await readPackage(name);
    const installed = await opened.plane.installPolicy(content);
    const report = await opened.plane.testPolicy(installed.policyId, installed.version);
    expect(report.problems).toEqual([]);
    expect(report.coverage.share).toBe(1);
    expect(installed).toMatchObject({ policyId: name, version: 1, stage: "active" });
  });

  it("installs again without a new version", async () => {
    const again = await opened.plane.installPolicy(await readPackage("refund"));
    expect(again).toMatchObject({ version: 1, stage: "active" });
  });
});
