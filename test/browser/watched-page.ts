/**
 * A page under watch: errors on its console, violations of the content security policy and requests to other origins are
 * kept as faults; a journey asserts that there are none. Also: axe and the bpmn.io watermark.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { isSettled, readWatermarks, reportPolicyViolations, runAxe } from "./in-page.ts";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export interface WatchedPage {
  readonly page: Page;
  /** What went wrong so far, in words. */
  readonly faults: readonly string[];
  /** An answer with this status is part of the journey, the console's line about it is no fault. */
  expectStatus(status: number): void;
  /** Opens a path of the application and waits until its content stands. */
  open(path: string): Promise<void>;
}

export async function watchPage(page: Page, origin: string): Promise<WatchedPage> {
  const faults: string[] = [];
  const expected = new Set<number>();
  page.setDefaultTimeout(10_000);
  await page.addInitScript(reportPolicyViolations);
  page.on("console", (message) => {
    if (message.type() !== "error" && message.type() !== "warning") return;
    const status = /status of (\d{3})/.exec(message.text())?.[1];
    if (status !== undefined && expected.has(Number(status))) return;
    // The browser's own line about a violation says less than the event does.
    if (message.text().includes("Content Security Policy directive")) return;
    faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`uncaught: ${error.message}`));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !url.startsWith("blob:") && !url.startsWith("data:"))
      faults.push(`foreign request: ${url}`);
  });
  return {
    page,
    faults,
    expectStatus: (status) => void expected.add(status),
    async open(path) {
      await page.goto(origin + path);
      await page.locator("main h1").first().waitFor();
      await settled(page);
    },
  };
}

export async function settled(page: Page): Promise<void> {
  // Not waitForFunction: it evaluates inside the page, where the policy forbids that.
  for (let attempt = 0; attempt < 150; attempt += 1) {
    if (await page.evaluate<boolean>(isSettled)) return;
    await new Promise((wake) => setTimeout(wake, 100));
  }
  throw new Error(`Expected ${page.url()} to have loaded within 15 s, but something on it still loads.`);
}

/** WCAG 2.2 AA faults that axe finds, one line each. axe runs from the test, the page's policy does not apply to it. */
export async function axeFaults(page: Page): Promise<readonly string[]> {
  await page.evaluate(axeSource);
  return page.evaluate<readonly string[]>(runAxe);
}

/** For each mark of bpmn.io on the page: is it visible with nothing above it? Its licence asks for that. */
export function watermarks(page: Page): Promise<readonly boolean[]> {
  return page.evaluate<readonly boolean[]>(readWatermarks);
}
