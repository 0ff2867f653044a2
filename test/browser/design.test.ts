/** Changing what runs and what is permitted, from the browser: process models and decision tables. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { artifacts, findBrowser, openStage, type Stage } from "./stage.ts";
import { axeFaults, settled, watermarks } from "./watched-page.ts";

const browser = await findBrowser();
const refundModel = fileURLToPath(new URL("../../processes/refund/refund.bpmn", import.meta.url));

const hiddenRules = fileURLToPath(new URL("../../docs/extracting-policies.bpmn", import.meta.url));

describe.skipIf(browser === null)("designing in the browser", () => {
  let stage: Stage;

  beforeAll(async () => {
    if (browser) stage = await openStage(browser);
  }, 180_000);
  afterAll(async () => {
    await stage?.close();
    await browser?.close();
  });

  it("changes a process in the modeler, compares it with the deployed version, and deploys it as the next one", async () => {
    const { page, faults, open } = await stage.page();
    await open("/processes/refund");
    await page.getByRole("link", { name: "Edit model" }).click();
    await page.locator('[data-element-id="close_case"]').first().waitFor();
    await settled(page);
    await page.getByText("The model passes every rule that deployment applies.").waitFor();
    await page.locator('[data-element-id="close_case"] .djs-hit').first().click();
    await page.locator(".bio-properties-panel-group-header", { hasText: "General" }).click();
    await page.getByLabel("Name", { exact: true }).fill("Close the case");
    await page.getByText("Not deployed").waitFor();
    await page.screenshot({ path: join(artifacts, "modeler.png") });
    await page.getByRole("button", { name: "Compare with version 1" }).click();
    const changes = page.getByRole("region", { name: "Changes", exact: true });
    await changes.getByText("1 changed").waitFor();
    await page.getByRole("button", { name: "Back to editing" }).click();
    await page.getByRole("button", { name: "Deploy as new version" }).click();
    await page.getByText("Deployed version 2").waitFor();
    await open("/processes/refund");
    await page.getByRole("button", { name: "Version 2" }).waitFor();
    await page.locator(".djs-container", { hasText: "Close the case" }).waitFor();
    await page.getByRole("link", { name: "Compare versions" }).click();
    await changes.getByRole("button", { name: "Close the case" }).click();
    await settled(page);
    // The same sign in both drawings, told by its shape and its words, and the element chosen in both.
    expect(await page.locator('.diagram-badge-diff-changed[title="Changed: Name"]', { hasText: "≠" }).count()).toBe(2);
    expect(await page.locator('.chosen.diff-changed[data-element-id="close_case"]').count()).toBe(2);
    expect(await changes.locator("del").innerText()).toContain("Close case");
    expect(await changes.locator("ins").innerText()).toContain("Close the case");
    // One drawing follows the other.
    await page.getByRole("button", { name: "Zoom in" }).first().click();
    const views = await page.evaluate<readonly string[]>(
      `[...document.querySelectorAll(".djs-container .viewport")].map((group) => group.getScreenCTM().a.toFixed(3))`,
    );
    expect(views[0]).toBe(views[1]);
    expect(await watermarks(page)).toEqual([true, true]);
    expect(await axeFaults(page)).toEqual([]);
    await page.screenshot({ path: join(artifacts, "compare.png") });
    expect(faults).toEqual([]);
  });

  it("keeps undeployed changes when the page is left, and offers them again", async () => {
    const { page, faults, open } = await stage.page();
    await open("/processes/refund");
    await page.getByRole("link", { name: "Edit model" }).click();
    await page.locator('[data-element-id="load_account"] .djs-hit').first().click();
    await page.locator(".bio-properties-panel-group-header", { hasText: "General" }).click();
    await page.getByLabel("Name", { exact: true }).fill("Load the account");
    await page.getByText("Not deployed").waitFor();
    const address = new URL(page.url()).pathname;
    await expect
      .poll(() =>
        page.evaluate<boolean>("Object.keys(localStorage).some((name) => name.startsWith('interlock:draft:'))"),
      )
      .toBe(true);
    await open("/tasks");
    await open(address);
    await page.getByRole("button", { name: "Restore changes" }).click();
    await page.locator(".djs-container", { hasText: "Load the account" }).waitFor();
    expect(faults).toEqual([]);
  });

  it("D21 makes a policy draft of the conditions that lint warns of, and opens it", async () => {
    const { page, faults, open } = await stage.page();
    const form = new FormData();
    form.append("resources", new Blob([await readFile(hiddenRules, "utf8")]), "extracting-policies.bpmn");
    await fetch(`${stage.url}/v2/deployments`, { method: "POST", body: form });
    await open("/processes/goodwill");
    await page.getByRole("link", { name: "Edit model" }).click();
    const warning = page.getByRole("listitem").filter({ hasText: "policy-in-process" }).first();
    await warning.getByRole("button", { name: "Extract to a policy draft" }).click();
    await page.waitForURL(/\/policies\/goodwill-how_much$/);
    await page.getByText("Extracted from the conditions of a process").first().waitFor();
    expect(faults).toEqual([]);
  });

  it("edits the form that a process names, tries it, sees what changed, and deploys it; and designs a new one", async () => {
    const { page, faults, open } = await stage.page();
    await open("/processes/refund");
    await page.getByRole("link", { name: "Edit model" }).click();
    await page.locator('[data-element-id="refund_entered"] .djs-hit').first().click();
    await page.locator(".bio-properties-panel-group-header", { hasText: "Form" }).click();
    const way = await page.getByRole("link", { name: "Edit form (opens a new tab)" }).getAttribute("href");
    await open(way ?? "");
    await page.locator('.fjs-element[data-id="Field_amount"]').click({ force: true });
    await page.locator(".bio-properties-panel-group-header", { hasText: "General" }).click();
    await page.getByLabel("Field label").fill("Sum in EUR");
    await page.getByText("Not deployed").waitFor();
    expect(await watermarks(page)).toEqual([true]);
    expect(await axeFaults(page)).toEqual([]);
    await page.screenshot({ path: join(artifacts, "form-editor.png") });
    await page.getByRole("tab", { name: "Try it" }).click();
    await page.getByRole("textbox", { name: "Variables to begin with" }).fill('{"request": {"customerId": "C-17"}}');
    // The editor behind shows the same field, disabled.
    const customer = page.getByLabel("Customer number").and(page.locator(":enabled"));
    await expect.poll(() => customer.inputValue()).toBe("C-17");
    await page.getByRole("button", { name: "Submit form" }).click();
    await page.getByText("Not submitted").waitFor();
    await page.getByRole("tab", { name: "Changes" }).click();
    const changes = page.getByRole("region", { name: "Changes", exact: true });
    await changes.getByText("1 changed").waitFor();
    expect(await changes.locator("ins").innerText()).toContain("Sum in EUR");
    await page.getByRole("button", { name: "Deploy as new version" }).click();
    await page.getByText("Deployed version 2").waitFor();
    await page.locator("main header").getByText("Version 2").waitFor();
    await open("/forms");
    await page.getByRole("link", { name: "Design new form" }).click();
    await page.getByRole("button", { name: "Deploy form" }).click();
    await page.getByText("Deployed version 1").waitFor();
    await page.waitForURL(/\/forms\/form_[a-z0-9]+\/edit$/);
    expect(faults).toEqual([]);
  });

  it("names what keeps a model from being deployed, at its element", async () => {
    const { page, faults, open, expectStatus } = await stage.page();
    await open("/processes/refund");
    await page.getByRole("link", { name: "Edit model" }).click();
    await page.locator('[data-element-id="issue_refund"] .djs-hit').first().click();
    await page.locator(".bio-properties-panel-group-header", { hasText: "Governed action" }).click();
    await page.getByLabel("This is a governed action").click({ force: true });
    const problem = page.getByRole("list", { name: "Problems" }).getByRole("button", { name: /UNGOVERNED_ACTION/ });
    await problem.first().waitFor();
    await page.locator(".model-problem-error").first().waitFor();
    expectStatus(400);
    await page.getByRole("button", { name: "Deploy as new version" }).click();
    await page.getByRole("dialog", { name: "Not deployed" }).getByText("issue_refund").first().waitFor();
    expect(faults).toEqual([]);
  });

  it("deploys files that are dropped on the list of processes", async () => {
    const { page, faults, open } = await stage.page();
    await open("/processes");
    const model = (await readFile(refundModel, "utf8"))
      .replaceAll('id="refund"', 'id="refund-dropped"')
      .replace('bpmnElement="refund"', 'bpmnElement="refund-dropped"')
      .replace("Refund handled by an agent", "Refund that was dropped");
    const transfer = await page.evaluateHandle(
      `(() => { const transfer = new DataTransfer(); transfer.items.add(new File([${JSON.stringify(model)}], "dropped.bpmn")); return transfer; })()`,
    );
    await page.dispatchEvent("main h1", "dragover", { dataTransfer: transfer });
    await page.getByText("Drop to deploy BPMN, DMN and form files").waitFor();
    await page.dispatchEvent("main h1", "drop", { dataTransfer: transfer });
    await page.getByRole("link", { name: "Refund that was dropped" }).waitFor();
    expect(faults).toEqual([]);
  });

  it("raises the limit in the decision table, tries it, activates it, and rolls back", async () => {
    const { page, faults, open, expectStatus } = await stage.page();
    await open("/policies/refund");
    await page.getByRole("link", { name: "Edit decision table" }).click();
    const limit = page.locator('td[data-element-id="over_limit_i5"]');
    await limit.waitFor();
    await page.getByLabel("action.type").selectOption("issue_refund");
    await page.getByLabel("subject.accountTenureDays").fill("812");
    await page.getByLabel("subject.refundsLast12Months").fill("0");
    await page.getByLabel("subject.standing").selectOption("good");
    await page.getByLabel("args.amount").fill("640");
    await page.getByLabel("args.reason").selectOption("damaged");
    const trial = page.getByRole("status", { name: "Result of the trial" });
    await page.getByRole("button", { name: "Try facts" }).click();
    await trial.getByText("Approval required").waitFor();
    expect(await limit.getAttribute("class")).toContain("rule-matched");

    await limit.click();
    await page.keyboard.press("Control+A");
    await page.keyboard.type(">= 750");
    await page.getByText("Not saved").waitFor();
    await page.getByRole("button", { name: "Try facts" }).click();
    await trial.getByText("Allowed", { exact: true }).waitFor();
    await page.screenshot({ path: join(artifacts, "policy-editor.png") });

    // A case of the owner's own, written for the old limit.
    await page.getByRole("tab", { name: "Test cases" }).click();
    const tests = JSON.parse(await page.getByRole("textbox", { name: "Test cases" }).inputValue()) as {
      cases: unknown[];
    };
    tests.cases.push({
      name: "asks a person at six hundred",
      args: { amount: 600 },
      expect: { determination: "REQUIRE_APPROVAL", reasonCode: "AMOUNT_OVER_LIMIT" },
    });
    await page.getByRole("textbox", { name: "Test cases" }).fill(JSON.stringify(tests));

    await page.getByRole("button", { name: "Save as new version" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Save and run tests" }).click();
    // That case answers differently now: it is meant, and said so.
    await dialog.getByRole("listitem").filter({ hasText: "asks a person at six hundred" }).waitFor();
    await dialog.getByRole("button", { name: "These answers are meant: update the cases" }).click();
    await dialog.getByText("Tests passed").waitFor();
    await page.screenshot({ path: join(artifacts, "policy-release.png") });
    await dialog.getByLabel("Reason for the change").fill("Summer campaign: fewer cases for reviewers.");
    await dialog.getByLabel("I accept what this version permits more widely").check();
    expectStatus(409);
    await dialog.getByRole("button", { name: /^Activate version/ }).click();
    await page.getByText(/Version \d+ is in force/).waitFor();
    await page.getByText("Summer campaign: fewer cases for reviewers.").waitFor();
    await page.screenshot({ path: join(artifacts, "policy.png") });

    // The first save failed its tests: two versions came from this change.
    await page.getByRole("link", { name: "Compare versions" }).click();
    await page.getByLabel("Before", { exact: true }).selectOption("1");
    const row = page
      .getByRole("region", { name: /^Rules of/ })
      .getByRole("row")
      .filter({ hasText: "changed" });
    await row.first().waitFor();
    expect(await row.locator("del").allInnerTexts()).toEqual([expect.stringContaining(">= 500")]);
    expect(await row.locator("ins").allInnerTexts()).toEqual([expect.stringContaining(">= 750")]);
    expect(await axeFaults(page)).toEqual([]);
    await page.screenshot({ path: join(artifacts, "compare-tables.png") });
    await page.goBack();

    const allowed = await stage.request("REQ-750", {
      customerId: "C-17",
      orderId: "ORD-1001",
      amount: 640,
      reason: "damaged",
    });
    expect(await stage.untilEnded(allowed)).toBe("COMPLETED");

    await page.getByRole("button", { name: "Roll back" }).click();
    await page.getByRole("dialog").getByLabel("Reason").fill("Too many refunds on the first day.");
    await page.getByRole("dialog").getByRole("button", { name: "Roll back" }).click();
    await page.getByText("Rolled back to version 1").waitFor();
    const asked = await stage.request("REQ-500", {
      customerId: "C-17",
      orderId: "ORD-1001",
      amount: 640,
      reason: "damaged",
    });
    await expect.poll(() => pendingApprovals(stage, asked), { timeout: 15_000 }).toBe(1);
    expect(faults).toEqual([]);
  });
});

async function pendingApprovals(stage: Stage, processInstanceKey: string): Promise<number> {
  const { items } = await stage.call<{ items: unknown[] }>(
    "GET",
    `/governance/v1/approvals?state=pending&processInstanceKey=${processInstanceKey}`,
  );
  return items.length;
}
