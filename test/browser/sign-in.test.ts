/** A server with authentication: nothing is shown before the sign-in, everything after it, nothing again after signing out. */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePort, type ServerProcess, startServerProcess } from "../../processes/demo/server-process.ts";
import { emptyStore } from "../empty-store.ts";
import { artifacts, buildAll, findBrowser } from "./stage.ts";
import { axeFaults, watchPage } from "./watched-page.ts";

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
});
