/**
 * What policy owners, auditors and administrators do in the web application: bring a policy package, ask who may do what,
 * watch the figures, close an alert, read who did what, give somebody an account.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { artifacts, findBrowser, openStage, type Stage } from "./stage.ts";

const browser = await findBrowser();
const policies = fileURLToPath(new URL("../../decisions/policies", import.meta.url));

describe.skipIf(browser === null)("governing in the browser", () => {
  let stage: Stage;

  beforeAll(async () => {
    if (!browser) return;
    stage = await openStage(browser);
    const key = await stage.request("REQ-govern", {
      customerId: "C-17",
      orderId: "ORD-1001",
      amount: 45,
      reason: "damaged",
      text: "The glass is broken.",
    });
    await stage.untilEnded(key);
  }, 180_000);
  afterAll(async () => {
    await stage?.close();
    await browser?.close();
  });

  it("D07 brings a policy package as files, and says which one is missing", async () => {
    const { page, faults, open } = await stage.page({ actor: { name: "pia", groups: [] } });
    await open("/policies");
    await page.getByRole("button", { name: "Upload package" }).click();
    const dialog = page.getByRole("dialog");
    const files = dialog.getByLabel("Files of the package");
    await files.setInputFiles([join(policies, "refund/policy.json")]);
    await dialog.getByRole("button", { name: "Upload package" }).click();
    expect(await dialog.getByRole("alert").innerText()).toContain(
      "Expected a DMN model (.dmn) among the files, but found policy.json.",
    );
    await files.setInputFiles(
      ["policy.json", "policy.dmn", "tests.json"].map((name) => join(policies, "refund", name)),
    );
    await dialog.getByRole("button", { name: "Upload package" }).click();
    await page.waitForURL(/\/policies\/refund\?version=1$/);
    expect(faults).toEqual([]);
  });

  it("D10 which actions is the billing_admin role authorised to perform? is answered with conditions and rules", async () => {
    const { page, faults, open, expectStatus } = await stage.page();
    await open("/authority");
    await page.getByLabel("Name").fill("billing_admin");
    await page.getByRole("button", { name: "Ask policies" }).click();
    await page.getByRole("heading", { name: /^What billing_admin may do: \d+ rules$/ }).waitFor();
    const table = page.getByRole("table", { name: "Grants" });
    const answer = await stage.call<{ actions: string[]; actionsWithApproval: string[] }>(
      "GET",
      "/governance/v1/authority?role=billing_admin",
    );
    const told = await table.locator("tbody tr td:nth-child(2)").allInnerTexts();
    expect(new Set(told.map((name) => name.toLowerCase().replaceAll(" ", "_")))).toEqual(
      new Set([...answer.actions, ...answer.actionsWithApproval]),
    );
    expect(await table.innerText()).toContain("subject.accountTier");
    await page.screenshot({ path: join(artifacts, "authority.png") });
    await page.getByLabel("Question").selectOption("action");
    await page.getByLabel("Name").fill("issue_refund");
    await page.getByLabel(/Under these facts/).fill("not json");
    expectStatus(400);
    await page.getByRole("button", { name: "Ask policies" }).click();
    expect(await page.getByRole("alert").innerText()).toMatch(/Expected facts to be .*JSON/);
    expect(faults).toEqual([]);
  });

  it("J07 shows key figures, latency, actions, work of agents and workers, drift and alerts with live data", async () => {
    const { page, faults, open } = await stage.page();
    await open("/measures?period=all");
    const figures = await stage.call<{ decisions: number; K12_decisionsByAction: Record<string, number> }>(
      "GET",
      "/governance/v1/kpis",
    );
    for (const name of [
      "Key figures",
      "Time to decide",
      "Decisions by action",
      "Planning and execution",
      "Drift since release",
      "Alerts",
    ])
      await page.getByRole("region", { name }).waitFor();
    const shown = await page.getByRole("region", { name: "Key figures" }).innerText();
    expect(shown).toContain(`${figures.decisions} decision`);
    expect(await page.getByRole("region", { name: "Decisions by action" }).innerText()).toContain(
      `Issue refund\n${figures.K12_decisionsByAction.issue_refund}`,
    );
    const refunds = page.getByRole("region", { name: "Use cases" }).getByRole("row", { name: "refund" });
    expect(await refunds.innerText()).toMatch(/^refund\s+\d+\s+[\d.]+ %/);
    expect(await page.getByRole("region", { name: "Planning and execution" }).innerText()).toMatch(
      /Agent turns \(planning\)\n\d+ done, 0 failed/,
    );
    await page.screenshot({ path: join(artifacts, "measures.png") });
    expect(faults).toEqual([]);
  });

  it("closes an alert with a word on what was done", async () => {
    const decision = await stage.call<{ decisionId: string }>("POST", "/governance/v1/decisions", {
      action: { type: "issue_refund", target: "ledger" },
      args: { orderId: "ORD-1001", amount: 20, method: "cash", reason: "damaged" },
      agent: { id: "refund-agent" },
      actor: { type: "agent", id: "refund-agent" },
      facts: { subject: { accountTenureDays: 400, refundsLast12Months: 0, standing: "good" } },
    });
    // Other arguments than the permitted ones ran: outside of the terms.
    await stage.call("POST", `/governance/v1/decisions/${decision.decisionId}/outcome`, {
      status: "succeeded",
      executedArgs: { orderId: "ORD-1001", amount: 2000, method: "cash", reason: "damaged" },
    });
    const { page, faults, open } = await stage.page();
    await open("/measures");
    const alerts = page.getByRole("region", { name: "Alerts" });
    await alerts.getByRole("button", { name: "Resolve alert" }).first().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("What was done").fill("The payment was reversed by hand.");
    await dialog.getByRole("button", { name: "Resolve alert" }).click();
    await dialog.waitFor({ state: "hidden" });
    await alerts.getByRole("cell", { name: "Resolved" }).first().waitFor();
    expect(await alerts.getByRole("button", { name: "Resolve alert" }).count()).toBe(0);
    expect(faults).toEqual([]);
  });

  it("tells who did what, by person", async () => {
    const { page, faults, open } = await stage.page();
    await open("/audit?tab=commands");
    await page.getByRole("table", { name: "Commands" }).waitFor();
    await page.getByLabel("Who").fill("interlock");
    await page.getByRole("cell", { name: "Deploy" }).first().waitFor();
    const people = () =>
      page.getByRole("table", { name: "Commands" }).locator("tbody tr td:nth-child(2)").allInnerTexts();
    // The rows of before stand until the answer is there.
    await expect.poll(async () => [...new Set(await people())]).toEqual(["interlock"]);
    expect(faults).toEqual([]);
  });

  it("makes an account and gives it a token, whose secret is shown once", async () => {
    const { page, faults, open } = await stage.page();
    await open("/access");
    await page.getByRole("button", { name: "New account" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Sign-in name").fill("worker-1");
    await dialog.getByLabel("Kind").selectOption("service");
    await dialog.getByLabel("Operator").check();
    await dialog.getByRole("button", { name: "Create account" }).click();
    const row = page.getByRole("row", { name: /worker-1/ });
    await row.waitFor();
    expect(await row.innerText()).toContain("Operator");
    await row.getByRole("link", { name: "worker-1" }).click();
    await page.getByRole("button", { name: "API tokens" }).click();
    await dialog.getByLabel("Name of a new token").fill("nightly");
    await dialog.getByRole("button", { name: "Create token" }).click();
    const secret = await dialog.getByRole("status").locator("code").innerText();
    expect(secret.length).toBeGreaterThan(20);
    await dialog.getByRole("button", { name: "Close" }).last().click();
    await page.getByRole("button", { name: "API tokens" }).click();
    await dialog.getByRole("row", { name: /nightly/ }).waitFor();
    expect(await dialog.innerText()).not.toContain(secret);
    await page.screenshot({ path: join(artifacts, "accounts.png") });
    expect(faults).toEqual([]);
  });
});
