/**
 * A server with authentication: nothing is shown before the sign-in, everything after it, nothing again after signing
 * out; and where people are told apart, three of them bring a change in.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
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

  /** Somebody new, signed in with a browser of their own. */
  async function signedIn(accountId: string, role: string): Promise<WatchedPage> {
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
    const context = await browser!.newContext({ viewport: { width: 1440, height: 900 } });
    const watched = await watchPage(await context.newPage(), server.url);
    watched.expectStatus(401);
    const { page } = watched;
    await page.goto(`${server.url}/changes`);
    await page.getByLabel("Name").fill(accountId);
    await page.getByLabel("Password").fill(own);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Changes", level: 1 }).waitFor();
    return watched;
  }

  it("L01 three people bring a change in: one hands in a model, another approves what differs, a third deploys", async () => {
    const model = readFileSync(new URL("../../processes/refund/refund.bpmn", import.meta.url), "utf8");
    const author = await signedIn("ada", "modeler");
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

    const approver = await signedIn("rita", "reviewer");
    await approver.page.getByRole("link", { name: "A better name" }).click();
    await approver.page.getByRole("region", { name: "Changes" }).getByText("renamed").first().waitFor();
    await approver.page.getByRole("button", { name: "Approve change" }).click();
    await approver.page.getByRole("dialog").getByLabel("Comment").fill("reads well");
    await approver.page.getByRole("dialog").getByRole("button", { name: "Approve change" }).click();
    await approver.page.getByText("Approved", { exact: true }).first().waitFor();
    expect(await axeFaults(approver.page)).toEqual([]);
    await approver.page.screenshot({ path: join(artifacts, "change.png") });
    expect(await approver.page.getByRole("button", { name: "Deploy change" }).count()).toBe(0);

    const deployer = await signedIn("dora", "deployer");
    await deployer.page.getByRole("link", { name: "A better name" }).click();
    await deployer.page.getByRole("button", { name: "Deploy change" }).click();
    await deployer.page.getByRole("dialog").getByRole("button", { name: "Deploy change" }).click();
    await deployer.page.getByText("Deployed", { exact: true }).first().waitFor();
    await deployer.open("/processes");
    await deployer.page.getByRole("link", { name: "Refund, renamed" }).waitFor();
    for (const { faults } of [author, approver, deployer]) expect(faults).toEqual([]);
  }, 90_000);
});
