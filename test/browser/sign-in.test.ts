/**
/**
 * A server with authentication: nothing is shown before the sign-in, everything after it, nothing again after signing
 * out; somebody without any role sees the one process that a permission is about; and where people are told apart, three
 * of them bring a change in.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort, type ServerProcess, startServerProcess } from "../../processes/demo/server-process.ts";
import { emptyStore } from "../empty-store.ts";
import { artifacts, buildAll, findBrowser } from "./stage.ts";
import { axeFaults, type WatchedPage, watchPage } from "./watched-page.ts";

const browser = await findBrowser();

describe.skipIf(browser === null)("signing in", () => {
  let server: ServerProcess;
  let password: string;

  beforeAll(async () => {
    buildAll();
    server = await startServerProcess({
      PORT: String(await freePort()),
      DATA_DIR: emptyStore(),
      AUTHENTICATION: "basic",
      SEPARATION_OF_DUTIES: "three-person",
    });
    password = /password (\S+)/.exec(server.output())?.[1] ?? "";
  }, 180_000);
  afterAll(async () => {
    await server?.stop();
    await browser?.close();
  });

  it("asks for name and password, refuses wrong ones, and lets the right ones in and out", async () => {
    const page = await browser?.newPage({ viewport: { width: 1440, height: 900 } });
    if (!page) return;
    const watched = await watchPage(page, server.url);
    watched.expectStatus(401);
    await page.goto(`${server.url}/instances`);
    await page.getByRole("heading", { name: "Sign in to Interlock" }).waitFor();
    expect(await page.getByRole("navigation").count()).toBe(0);
    await page.screenshot({ path: join(artifacts, "sign-in.png") });
    expect(await axeFaults(page)).toEqual([]);
    await page.getByLabel("Name").fill("admin");
    await page.getByLabel("Password").fill("not this one");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("Expected a name and its password").waitFor();
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Instances", level: 1 }).waitFor();
    await page.getByText("Live", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in to Interlock" }).waitFor();
    expect(watched.faults).toEqual([]);
  });

  async function signedIn(name: string, secret: string): Promise<WatchedPage> {
    const context = await browser!.newContext({ viewport: { width: 1440, height: 900 } });
    const watched = await watchPage(await context.newPage(), server.url);
    watched.expectStatus(401);
    const { page } = watched;
    await page.goto(server.url);
    await page.getByLabel("Name").fill(name);
    await page.getByLabel("Password").fill(secret);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("navigation", { name: "Main" }).waitFor();
    return watched;
  }

  /** Somebody new, signed in with a browser of their own, before the list of changes. */
  async function newcomer(accountId: string, role: string): Promise<WatchedPage> {
    const own = "a long password";
    const created = await fetch(`${server.url}/auth/accounts`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        authorization: `Basic ${Buffer.from(`admin:${password}`).toString("base64")}`,
      },
      body: JSON.stringify({ accountId, kind: "human", roles: [role], password: own }),
    });
    expect(created.status).toBe(201);
    const watched = await signedIn(accountId, own);
    await watched.open("/changes");
    return watched;
  }

  it("S12 gives a person one process, and shows them that one and nothing else until it is taken back", async () => {
    const admin = await signedIn("admin", password);
    await admin.open("/access");
    await admin.page.getByRole("button", { name: "New account" }).click();
    const dialog = admin.page.getByRole("dialog");
    await dialog.getByLabel("Sign-in name").fill("olga");
    await dialog.getByLabel("Password").fill("a long enough password");
    await dialog.getByRole("button", { name: "Create account" }).click();
    await admin.page.getByRole("link", { name: "olga" }).click();
    const may = admin.page.getByRole("region", { name: "What olga may do", exact: true });
    await may.getByRole("heading", { name: "Nothing" }).waitFor();
    await admin.page.getByRole("button", { name: "Give permission" }).click();
    await dialog.getByLabel("Which").selectOption("refund");
    for (const text of [/^See the process/, /^See its instances/, /^Start instances/])
      await dialog.getByLabel(text).check();
    await dialog.getByRole("button", { name: "Give permission" }).click();
    await may.getByRole("row", { name: /Process refund .*start instances.* given to this account/ }).waitFor();
    await admin.page.screenshot({ path: join(artifacts, "access-account.png") });

    const olga = await signedIn("olga", "a long enough password");
    await olga.page.getByRole("heading", { name: "Instances", level: 1 }).waitFor();
    expect(await linksOf(olga.page)).toEqual(["Instances", "Incidents", "Processes"]);
    await olga.open("/processes");
    expect(await olga.page.getByRole("table").locator("tbody tr").count()).toBe(1);
    expect(await olga.page.getByRole("button", { name: "Deploy files" }).count()).toBe(0);
    await olga.page.getByRole("link", { name: "Refund handled by an agent" }).click();
    await olga.page.getByRole("button", { name: "Start instance" }).click();
    const start = olga.page.getByRole("dialog");
    for (const [field, value] of [
      ["Request number", "REQ-olga"],
      ["Customer number", "C-31"],
      ["Order number", "ORD-1003"],
      ["Amount in EUR", "640"],
    ] as const)
      await start.getByLabel(field).fill(value);
    await start.locator(".fjs-select-display").click();
    await start.getByText("Not delivered", { exact: true }).click();
    await start.getByRole("button", { name: "Start instance" }).click();
    await olga.page.waitForURL(/\/instances\/\d+/);
    await olga.page.getByRole("tab", { name: "Variables" }).click();
    expect(await olga.page.getByRole("button", { name: "Cancel instance" }).count()).toBe(0);
    await olga.open("/policies");
    await olga.page.getByRole("heading", { name: "Not permitted" }).waitFor();
    await olga.open("/processes/credit-advice");
    await olga.page.getByRole("heading", { name: "No such process" }).waitFor();

    await admin.page.getByRole("button", { name: /^Take back/ }).click();
    await dialog.getByRole("button", { name: "Take back permission" }).click();
    await may.getByRole("heading", { name: "Nothing" }).waitFor();
    await olga.page.goto(server.url);
    await olga.page.getByRole("heading", { name: "Nothing to see yet" }).waitFor();
    expect([...admin.faults, ...olga.faults]).toEqual([]);
  }, 90_000);

  it("L01 three people bring a change in: one hands in a model, another approves what differs, a third deploys", async () => {
    const model = readFileSync(new URL("../../processes/refund/refund.bpmn", import.meta.url), "utf8");
    const author = await newcomer("ada", "modeler");
    await author.open("/processes");
    await author.page.getByLabel("Files to deploy").setInputFiles({
      name: "refund.bpmn",
      mimeType: "text/xml",
      buffer: Buffer.from(model.replace(/name="[^"]*"( isExecutable="true")/, 'name="Refund, renamed"$1')),
    });
    const dialog = author.page.getByRole("dialog", { name: "Hand in for approval" });
    await dialog.getByLabel("Title").fill("A better name");
    await dialog.getByRole("button", { name: "Hand in" }).click();
    await author.page.getByRole("heading", { name: "A better name", level: 1 }).waitFor();
    await author.page.getByText("Waits for approval").waitFor();
    expect(await author.page.getByRole("button", { name: "Approve change" }).count()).toBe(0);

    const approver = await newcomer("rita", "reviewer");
    await approver.page.getByRole("link", { name: "A better name" }).click();
    await approver.page.getByRole("region", { name: "Changes" }).getByText("renamed").first().waitFor();
    await approver.page.getByRole("button", { name: "Approve change" }).click();
    await approver.page.getByRole("dialog").getByLabel("Comment").fill("reads well");
    await approver.page.getByRole("dialog").getByRole("button", { name: "Approve change" }).click();
    await approver.page.getByText("Approved", { exact: true }).first().waitFor();
    expect(await axeFaults(approver.page)).toEqual([]);
    await approver.page.screenshot({ path: join(artifacts, "change.png") });
    expect(await approver.page.getByRole("button", { name: "Deploy change" }).count()).toBe(0);

    const deployer = await newcomer("dora", "deployer");
    await deployer.page.getByRole("link", { name: "A better name" }).click();
    await deployer.page.getByRole("button", { name: "Deploy change" }).click();
    await deployer.page.getByRole("dialog").getByRole("button", { name: "Deploy change" }).click();
    await deployer.page.getByText("Deployed", { exact: true }).first().waitFor();
    await deployer.open("/processes");
    await deployer.page.getByRole("link", { name: "Refund, renamed" }).waitFor();
    for (const { faults } of [author, approver, deployer]) expect(faults).toEqual([]);
  }, 90_000);
});

/** Their words, without the counts beside them. */
async function linksOf(page: Page): Promise<(string | undefined)[]> {
  const links = page.getByRole("navigation", { name: "Main" }).getByRole("link");
  return (await links.allInnerTexts()).map((text) => text.split("\n")[0]);
}
