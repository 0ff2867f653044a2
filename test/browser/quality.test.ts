/**
 * What holds on every page, in both themes: accessible by axe's measure, clean console, nothing blocked by the content
 * security policy, nothing asked of other servers, the bpmn.io mark in sight. Screenshots go to test/artifacts.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { plantFaults, readOverflow, readRowsOfFigures } from "./in-page.ts";
import { artifacts, findBrowser, openStage, type Stage } from "./stage.ts";
import { axeFaults, watermarks } from "./watched-page.ts";

const browser = await findBrowser();

describe.skipIf(browser === null)("every page", () => {
  let stage: Stage;
  let instanceKey: string;
  let taskKey: string;
  let decisionId: string;
  let modelKey: string;
  let changeId: string;

  beforeAll(async () => {
    if (!browser) return;
    stage = await openStage(browser);
    instanceKey = await stage.request("REQ-quality", {
      customerId: "C-31",
      orderId: "ORD-1003",
      amount: 640,
      reason: "not_delivered",
      text: "It never came.",
    });
    taskKey = await stage.taskOf(instanceKey);
    const decisions = await stage.call<{ items: { decisionId: string }[] }>(
      "POST",
      "/governance/v1/decisions/search",
      {},
    );
    decisionId = decisions.items[0]?.decisionId ?? "";
    const definitions = await stage.call<{ items: { processDefinitionKey: string }[] }>(
      "POST",
      "/v2/process-definitions/search",
      { filter: { processDefinitionId: "refund" } },
    );
    modelKey = definitions.items[0]?.processDefinitionKey ?? "";
    const model = readFileSync(new URL("../../processes/refund/refund.bpmn", import.meta.url), "utf8");
    const content = Buffer.from(model.replace("Load account", "Load the account")).toString("base64");
    const change = { title: "Say it in full", resources: [{ name: "refund.bpmn", content }] };
    changeId = (await stage.call<{ changeId: string }>("POST", "/governance/v1/changes", change)).changeId;
    await stage.call("POST", "/v2/groups", { groupId: "support", name: "Support" });
    await stage.call("POST", "/v2/roles", { roleId: "refund-clerk", name: "Refund clerk" });
    await stage.call("PUT", "/v2/roles/refund-clerk/groups/support");
    const account = { accountId: "rita", kind: "human", roles: ["operator"], groups: ["support"] };
    await stage.call("POST", "/auth/accounts", account);
    for (const [ownerType, ownerId] of [
      ["USER", "rita"],
      ["ROLE", "refund-clerk"],
    ])
      await stage.call("POST", "/v2/authorizations", {
        ...{ ownerType, ownerId, resourceType: "PROCESS_DEFINITION", resourceId: "refund" },
        permissionTypes: ["READ_PROCESS_DEFINITION", "READ_PROCESS_INSTANCE"],
      });
  }, 180_000);
  afterAll(async () => {
    await stage?.close();
    await browser?.close();
  });

  const pages: readonly (readonly [string, () => string, number])[] = [
    ["tasks", () => "/tasks", 0],
    ["approval", () => `/tasks/${taskKey}`, 1],
    ["instances", () => "/instances", 0],
    ["instance", () => `/instances/${instanceKey}`, 1],
    ["history", () => `/instances/${instanceKey}?tab=history&element=issue_refund`, 1],
    ["variables", () => `/instances/${instanceKey}?tab=variables`, 1],
    ["incidents", () => "/incidents", 0],
    ["processes", () => "/processes", 0],
    ["process", () => "/processes/refund", 1],
    ["modeler", () => `/processes/refund/versions/${modelKey}/model`, 1],
    ["new model", () => "/processes/new", 1],
    ["policies", () => "/policies", 0],
    ["policy", () => "/policies/refund", 0],
    ["policy editor", () => "/policies/refund/versions/1/edit", 1],
    ["changes", () => "/changes", 0],
    ["change", () => `/changes/${changeId}`, 2],
    ["decisions", () => "/decisions", 0],
    ["decision", () => `/decisions/${decisionId}`, 0],
    ["approvals", () => "/approvals", 0],
    ["audit", () => "/audit", 0],
    ["commands", () => "/audit?tab=commands", 0],
    ["authority", () => "/authority?about=role&name=billing_admin", 0],
    ["measures", () => "/measures", 0],
    ["accounts", () => "/access", 0],
    ["account", () => "/access/accounts/rita", 0],
    ["roles", () => "/access?tab=roles", 0],
    ["permissions", () => "/access?tab=permissions", 0],
  ];

  describe.each(["light", "dark"] as const)("in the %s theme", (theme) => {
    it.each(pages)("%s is accessible and clean", async (name, path, marks) => {
      const { page, faults, open } = await stage.page({ theme });
      await open(path());
      if (marks > 0) await page.locator(".bjs-powered-by, .fjs-powered-by-link").first().waitFor();
      await page.screenshot({ path: join(artifacts, `${name.replaceAll(" ", "-")}-${theme}.png`) });
      expect(await axeFaults(page)).toEqual([]);
      expect(await watermarks(page)).toEqual(Array.from({ length: marks }, () => true));
      expect(faults).toEqual([]);
      await page.context().close();
    });
  });

  it("would not pass with a fault in it", async () => {
    const { page, open } = await stage.page();
    await open("/tasks");
    await page.evaluate(plantFaults);
    const found = (await axeFaults(page)).map((fault) => fault.split(":")[0]);
    expect(found).toEqual(expect.arrayContaining(["button-name", "image-alt", "color-contrast"]));
  });

  it("says what to do next where there is nothing yet", async () => {
    const { page, faults } = await stage.page();
    for (const [path, title] of [
      ["/instances?text=nowhere", "No instance matches"],
      ["/tasks?view=mine", "Nothing claimed"],
      ["/incidents", "Nothing stands still"],
      ["/decisions?agent=nobody", "No decision matches"],
      ["/policies?stage=retired", "No policy matches"],
      ["/somewhere/else", "This page does not exist"],
    ] as const) {
      await page.goto(stage.url + path);
      await page.getByRole("heading", { name: title }).waitFor();
    }
    expect(faults).toEqual([]);
  });

  it("tells a refusal with its reason and a reference", async () => {
    const { page, faults, open, expectStatus } = await stage.page();
    expectStatus(404);
    await open("/instances/4711");
    const alert = page.getByRole("alert");
    await alert.getByRole("heading", { name: "Not found" }).waitFor();
    expect(await alert.innerText()).toMatch(/Expected .+, but .+/);
    expect(await alert.locator("code").innerText()).not.toBe("");
    await page.screenshot({ path: join(artifacts, "refusal.png") });
    expect(faults).toEqual([]);
  });

  it("is used by keyboard: skip link, tabs by arrows, rows by Enter", async () => {
    const { page, faults, open } = await stage.page();
    await open(`/instances/${instanceKey}`);
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Skip to content");
    await page.getByRole("tab", { name: "Agent" }).focus();
    await page.keyboard.press("ArrowRight");
    expect(await page.getByRole("tab", { name: "History" }).getAttribute("aria-selected")).toBe("true");
    await open("/instances");
    await page.locator(`a[href="/instances/${instanceKey}"]`).focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/instances/${instanceKey}`);
    expect(faults).toEqual([]);
  });

  it("keeps its shape in a small window: no page wider than it, no title cut to nothing, no figure alone in its row", async () => {
    const { page, faults, open } = await stage.page();
    await page.setViewportSize({ width: 900, height: 700 });
    for (const path of ["/tasks", "/instances", "/processes/refund", "/policies/refund", `/decisions/${decisionId}`]) {
      await open(path);
      expect(await page.evaluate<readonly string[]>(readOverflow), path).toEqual([]);
    }
    await open("/measures");
    for (const width of [700, 900, 1280, 1600]) {
      await page.setViewportSize({ width, height: 700 });
      const rows = await page.evaluate<readonly number[]>(readRowsOfFigures);
      expect(new Set(rows).size, `rows of ${rows.join(", ")} figures at ${width} px`).toBe(1);
    }
    expect(faults).toEqual([]);
  });

  it("remembers the chosen theme", async () => {
    const { page, open } = await stage.page({ theme: "light" });
    await open("/tasks");
    const background = () => page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
    const light = await background();
    await page.getByRole("button", { name: /^Theme: system/ }).click();
    await page.getByRole("button", { name: /^Theme: light/ }).click();
    expect(await background()).not.toBe(light);
    await page.reload();
    await page.getByRole("button", { name: /^Theme: dark/ }).waitFor();
    expect(await background()).not.toBe(light);
  });

  it("verifies the chain of records", async () => {
    const { page, faults, open } = await stage.page();
    await open("/audit");
    await page.getByRole("button", { name: "Verify records" }).click();
    await page.getByText("Intact").waitFor();
    expect(faults).toEqual([]);
  });
});
