/**
 * The main job as people see it: a refund is asked for, the agent proposes, the policy asks for a person, a reviewer
 * decides with proposal, facts and reasons in view, the refund runs exactly once. Item 7 of the first issue.
 */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { artifacts, findBrowser, openStage, reviewer, type Stage } from "./stage.ts";
import { settled } from "./watched-page.ts";

const browser = await findBrowser();

describe.skipIf(browser === null)("a refund in the browser", () => {
  let stage: Stage;

  beforeAll(async () => {
    if (browser) stage = await openStage(browser);
  }, 180_000);
  afterAll(async () => {
    await stage?.close();
    await browser?.close();
  });

  it("starts from the form of the process and stops where the policy asks for a person", async () => {
    const { page, faults, open } = await stage.page();
    await open("/processes/refund");
    await page.getByRole("button", { name: "Start instance" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Request number").fill("REQ-form");
    await dialog.getByLabel("Customer number").fill("C-31");
    await dialog.getByLabel("Order number").fill("ORD-1003");
    await dialog.getByLabel("Amount in EUR").fill("640");
    await dialog.locator(".fjs-select-display").click();
    await dialog.getByText("Not delivered", { exact: true }).click();
    await dialog.getByRole("button", { name: "Start instance" }).click();
    await page.waitForURL(/\/instances\/\d+/);
    // Nobody reloads: the live stream brings each step.
    const proposal = page.getByRole("article", { name: "Tool call issue_refund" });
    await proposal.getByText("Approval required").waitFor({ timeout: 20_000 });
    expect(await proposal.innerText()).toContain("AMOUNT_OVER_LIMIT");
    await page.locator('.state-waiting[data-element-id="issue_refund"]').waitFor();
    await page.locator(".diagram-badge-waiting").waitFor();
    await page.screenshot({ path: join(artifacts, "instance-waiting.png") });
    expect(faults).toEqual([]);
  });

  it("selects the same element in trajectory, diagram and outline, and keeps it in the address", async () => {
    const key = await stage.request("REQ-select", {
      customerId: "C-17",
      orderId: "ORD-1001",
      amount: 45,
      reason: "damaged",
    });
    await stage.untilEnded(key);
    const { page, faults, open } = await stage.page();
    await open(`/instances/${key}`);
    await page.getByRole("article", { name: "Tool call look_up_order" }).getByRole("button").click();
    await page.locator('.chosen[data-element-id="look_up_order"]').waitFor();
    expect(new URL(page.url()).searchParams.get("element")).toBe("look_up_order");
    await page.locator('.djs-element[data-element-id="issue_refund"] .djs-hit').first().click();
    await page.getByRole("region", { name: "Selected element Issue refund" }).waitFor();
    expect(await page.getByRole("article", { name: "Tool call issue_refund" }).getAttribute("data-chosen")).toBe(
      "true",
    );
    const step = page
      .getByRole("list", { name: "Steps of the process" })
      .getByRole("button", { name: /^Load account/ });
    await step.focus();
    await page.keyboard.press("Enter");
    await page.locator('.chosen[data-element-id="load_account"]').waitFor();
    expect(faults).toEqual([]);
  });

  it("tells the history in words and shows the variables", async () => {
    const key = await stage.request("REQ-history", {
      customerId: "C-17",
      orderId: "ORD-1001",
      amount: 12.5,
      reason: "damaged",
    });
    expect(await stage.untilEnded(key)).toBe("COMPLETED");
    const { page, faults, open } = await stage.page();
    await open(`/instances/${key}?tab=history`);
    const history = page.getByRole("tabpanel");
    await history.getByText("Instance completed").waitFor();
    const told = await history.innerText();
    for (const line of [
      "Instance started",
      "Load account completed",
      "Agent proposes issue_refund",
      "Policy on Issue refund: allowed",
      "Issue refund permitted to run",
    ])
      expect(told).toContain(line);
    await page.getByRole("tab", { name: "Variables" }).click();
    await page.getByRole("rowheader", { name: "request", exact: true }).waitFor();
    expect(await history.innerText()).toContain("REQ-history");
    expect(faults).toEqual([]);
  });

  it("H17 replays an instance from its record and shows what was at work", async () => {
    const key = await stage.request("REQ-proof", {
      customerId: "C-17",
      orderId: "ORD-1001",
      amount: 14.5,
      reason: "damaged",
    });
    expect(await stage.untilEnded(key)).toBe("COMPLETED");
    const { page, faults, open } = await stage.page();
    await open(`/instances/${key}?tab=proof`);
    const work = page.getByRole("region", { name: "At work" });
    await work.waitFor();
    const said = await work.innerText();
    for (const words of ["refund, version 1", "Agent refund-agent", "Policy refund", "version 1, active"])
      expect(said).toContain(words);
    const replay = page.getByRole("region", { name: "Replay" });
    await replay.getByRole("button", { name: "Replay from the record" }).click();
    await replay.getByText("Same trajectory").waitFor();
    const hashes = (await replay.innerText()).match(/[0-9a-f]{64}/g);
    expect(hashes).toHaveLength(2);
    expect(hashes?.[0]).toBe(hashes?.[1]);
    await page.getByRole("region", { name: "Checkpoints" }).waitFor();
    const download = page.waitForEvent("download");
    await replay.getByRole("button", { name: "Download incident bundle" }).click();
    expect((await download).suggestedFilename()).toBe(`incident-${key}.json`);
    expect(faults).toEqual([]);
  });

  it("shows the reviewer proposal, facts with provenance and reasons, and pays once on approval", async () => {
    const before = stage.payments.ledger().filter((entry) => entry.kind === "refund").length;
    const key = await stage.request("REQ-approve", {
      customerId: "C-31",
      orderId: "ORD-1003",
      amount: 640,
      reason: "not_delivered",
      text: "It never came.",
    });
    const watching = await stage.page();
    await watching.open(`/instances/${key}`);
    const { page, faults, open } = await stage.page({ actor: reviewer });
    await open("/tasks");
    await stage.taskOf(key).then((taskKey) => page.locator(`a[href="/tasks/${taskKey}"]`).click());
    await page.getByRole("heading", { name: "What the agent proposes" }).waitFor();
    await settled(page);
    const proposal = page.getByRole("region", { name: "What the agent proposes" });
    expect(await proposal.getByRole("row", { name: /Amount/ }).innerText()).toContain("640");
    const why = await page.getByRole("region", { name: "Why you are asked" }).innerText();
    expect(why).toContain("above the limit");
    expect(why).toContain("refund, version 1");
    expect(why).toContain("refund-approvers");
    expect(why).toContain("refund-supervisors");
    const facts = page.getByRole("region", { name: "Facts the policy looked at" });
    expect(await facts.getByRole("row", { name: /subject.standing/ }).innerText()).toContain("Own records");
    await page.screenshot({ path: join(artifacts, "approval.png"), fullPage: true });
    await page.getByRole("button", { name: "Reject" }).click();
    await page.getByText("Expected a reason for the rejection").waitFor();
    await page.getByLabel("Comment").fill("The parcel was lost, the carrier confirms it.");
    await page.getByRole("button", { name: "Approve", exact: true }).click();
    await page.getByText("Approved: Issue refund").waitFor();
    expect(await stage.untilEnded(key)).toBe("COMPLETED");
    // The other page has followed without a reload.
    await watching.page.locator("main header").getByText("Completed").waitFor({ timeout: 10_000 });
    expect(stage.payments.ledger().filter((entry) => entry.kind === "refund").length).toBe(before + 1);
    await open("/approvals?state=approved");
    const register = await page.getByRole("table").innerText();
    expect(register).toContain("Issue refund");
    expect(register).toContain("rita");
    expect([...faults, ...watching.faults]).toEqual([]);
  });

  it("refuses the vote of a person who is not in the group, and lets one say who one is", async () => {
    const key = await stage.request("REQ-group", {
      customerId: "C-31",
      orderId: "ORD-1003",
      amount: 660,
      reason: "not_delivered",
    });
    const { page, faults, open, expectStatus } = await stage.page({ actor: { name: "otto", groups: ["sales"] } });
    await open(`/tasks/${await stage.taskOf(key)}`);
    expectStatus(403);
    await page.getByRole("button", { name: "Approve", exact: true }).click();
    expect(await page.getByRole("alert").innerText()).toContain("Expected a member of refund-approvers");
    await page.getByRole("button", { name: "Act as somebody else" }).click();
    const dialog = page.getByRole("dialog", { name: "Act as" });
    await dialog.getByLabel("Name").fill("rita");
    await dialog.getByLabel("Groups").fill("refund-approvers");
    await dialog.getByRole("button", { name: "Act as this person" }).click();
    await page.getByText("rita", { exact: true }).waitFor();
    await page.getByLabel("Comment").fill("Seen and agreed.");
    await page.getByRole("button", { name: "Approve", exact: true }).click();
    await page.getByText("Approved: Issue refund").waitFor();
    expect(faults).toEqual([]);
  });

  it("approves with changed arguments, and exactly those run", async () => {
    const key = await stage.request("REQ-edit", {
      customerId: "C-31",
      orderId: "ORD-1003",
      amount: 700,
      reason: "not_delivered",
    });
    const { page, faults, open } = await stage.page({ actor: reviewer });
    await open(`/tasks/${await stage.taskOf(key)}`);
    await page.getByRole("button", { name: "Change arguments" }).click();
    await page.getByLabel("Amount").fill("650");
    await page.getByLabel("Comment").fill("One item was delivered.");
    await page.getByRole("button", { name: "Approve with changes" }).click();
    await page.getByText("Approved with changes: Issue refund").waitFor();
    await stage.untilEnded(key);
    expect(
      stage.payments
        .ledger()
        .filter((entry) => entry.kind === "refund")
        .at(-1),
    ).toMatchObject({ details: { amount: 650 } });
    expect(faults).toEqual([]);
  });

  it("rejects with a reason, and the agent's page says that nothing was executed", async () => {
    const before = stage.payments.ledger().filter((entry) => entry.kind === "refund").length;
    const key = await stage.request("REQ-reject", {
      customerId: "C-31",
      orderId: "ORD-1004",
      amount: 640,
      reason: "other",
    });
    const { page, faults, open } = await stage.page({ actor: reviewer });
    await open(`/tasks/${await stage.taskOf(key)}`);
    await page.getByLabel("Comment").fill("The parcel was signed for.");
    await page.getByRole("button", { name: "Reject" }).click();
    await page.getByText("Rejected: Issue refund").waitFor();
    await stage.untilEnded(key);
    await open(`/instances/${key}`);
    await page.getByRole("article", { name: "Tool call issue_refund" }).getByText("Not executed").waitFor();
    expect(stage.payments.ledger().filter((entry) => entry.kind === "refund").length).toBe(before);
    expect(faults).toEqual([]);
  });

  it("answers why an action was denied: facts, rule, policy version, who released it, and its place in the chain", async () => {
    const key = await stage.request("REQ-denied", {
      customerId: "C-44",
      orderId: "ORD-1005",
      amount: 20,
      reason: "other",
    });
    await stage.untilEnded(key);
    const { page, faults, open } = await stage.page();
    await open(`/instances/${key}`);
    await page
      .getByRole("article", { name: "Tool call issue_refund" })
      .getByRole("link", { name: "Decision record" })
      .click();
    await page.getByRole("heading", { name: "Issue refund", level: 1 }).waitFor();
    const text = await page.locator("main").innerText();
    for (const part of [
      "Denied",
      "The account is blocked.",
      "account_blocked",
      "subject.standing",
      "blocked",
      "refund, version 1",
      "Hash",
    ])
      expect(text).toContain(part);
    await page.screenshot({ path: join(artifacts, "decision.png") });
    await open("/decisions?determination=DENY");
    expect(await page.getByRole("table").innerText()).toContain("ACCOUNT_BLOCKED");
    expect(faults).toEqual([]);
  });

  it("shows what stands still and why; the operator mends the data and retries", async () => {
    const key = await stage.request("REQ-mend", {
      customerId: "nobody",
      orderId: "ORD-1001",
      amount: 15,
      reason: "damaged",
    });
    const { page, faults, open } = await stage.page();
    await open("/incidents");
    const incident = page.getByRole("article", { name: "Incident at load_account" });
    await incident.waitFor({ timeout: 20_000 });
    await page.screenshot({ path: join(artifacts, "incident.png") });
    await incident.getByRole("link").click();
    await page.waitForURL(`**/instances/${key}**`);
    await page.locator(".diagram-badge-incident").waitFor();
    await page.getByRole("tab", { name: "Variables" }).click();
    await page.getByRole("button", { name: "Change request" }).click();
    const value = page.getByLabel("Value of request");
    await value.fill((await value.inputValue()).replace("nobody", "C-17"));
    await page.getByRole("button", { name: "Save value" }).click();
    await value.waitFor({ state: "detached" });
    await page.getByRole("tab", { name: "Incidents" }).click();
    await page.getByRole("button", { name: "Retry" }).click();
    expect(await stage.untilEnded(key)).toBe("COMPLETED");
    await page.locator("main header").getByText("Completed").waitFor();
    expect(faults).toEqual([]);
  });

  it("cancels an instance after asking", async () => {
    const key = await stage.request("REQ-cancel", {
      customerId: "C-31",
      orderId: "ORD-1003",
      amount: 645,
      reason: "other",
    });
    await stage.taskOf(key);
    const { page, faults, open } = await stage.page();
    await open(`/instances/${key}`);
    await page.getByRole("button", { name: "Cancel instance" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Keep instance" }).click();
    await page.getByRole("button", { name: "Cancel instance" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Cancel instance" }).click();
    await page.locator("main header").getByText("Canceled").waitFor();
    expect(await stage.untilEnded(key)).toBe("TERMINATED");
    expect(faults).toEqual([]);
  });
});
