/**
 * A page under watch: errors on its console, violations of the content security policy and requests to other origins are
 * kept as faults; a journey asserts that there are none. Also: axe and the bpmn.io watermark.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";

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
  await page.addInitScript(() => {
    // biome-ignore lint/suspicious/noConsole: the console is how the page tells the test
    addEventListener("securitypolicyviolation", (event) => console.error(`content security policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
  });
  page.on("console", (message) => {
    if (message.type() !== "error" && message.type() !== "warning") return;
    const status = /status of (\d{3})/.exec(message.text())?.[1];
    if (status !== undefined && expected.has(Number(status))) return;
    faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`uncaught: ${error.message}`));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !url.startsWith("blob:") && !url.startsWith("data:")) faults.push(`foreign request: ${url}`);
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

/** Nothing is loading any more: no skeletons, every diagram and editor drawn. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(
    () => document.querySelectorAll('[role="status"][aria-label="Loading"], [data-ready="false"]').length === 0,
    undefined,
    { timeout: 15_000 },
  );
}

/** WCAG 2.2 AA faults that axe finds, one line each. axe runs from the test, the page's policy does not apply to it. */
export async function axeFaults(page: Page): Promise<readonly string[]> {
  await page.evaluate(axeSource);
  return page.evaluate(async () => {
    interface Axe {
      run(where: Document, options: { runOnly: string[] }): Promise<{ violations: { id: string; help: string; nodes: { target: string[] }[] }[] }>;
    }
    const { axe } = globalThis as unknown as { axe: Axe };
    const { violations } = await axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] });
    return violations.map(({ id, help, nodes }) => `${id}: ${help} (${nodes.map((node) => node.target.join(" ")).slice(0, 3).join("; ")})`);
  });
}

/** The marks of bpmn.io on the page, and whether each is visible with nothing above it (its licence asks for that). */
export async function watermarks(page: Page): Promise<readonly { readonly visible: boolean }[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll(".bjs-powered-by, .fjs-powered-by-link")].map((mark) => {
      mark.scrollIntoView({ block: "nearest" });
      const box = mark.getBoundingClientRect();
      const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
      return { visible: box.width > 0 && box.height > 0 && top !== null && (mark.contains(top) || top.contains(mark) === true) && getComputedStyle(mark).opacity === "1" };
    }),
  );
}
