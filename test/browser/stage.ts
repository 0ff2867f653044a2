/**
 * What the browser tests play on: the built server with the shipped packages on a store in memory, the demo's order and
 * payment services, and one browser.
 */
import { spawnSync } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContext, Page } from "playwright-core";
import type { JsonServer } from "../../processes/demo/json-server.ts";
import { serverClient } from "../../processes/demo/server-client.ts";
import { freePort, type ServerProcess, startServerProcess } from "../../processes/demo/server-process.ts";
import { startOrderService } from "../../processes/refund/demo/order-service.ts";
import { type PaymentService, startPaymentService } from "../../processes/refund/demo/payment-service.ts";
import { emptyStore } from "../empty-store.ts";
import { launchBrowser } from "./browser.ts";
import { type WatchedPage, watchPage } from "./watched-page.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
export const artifacts = fileURLToPath(new URL("../artifacts", import.meta.url));

export interface PageOptions {
  readonly theme?: "light" | "dark";
  readonly context?: BrowserContext;
  /** Whom the page acts as; the server runs without authentication and believes it. */
  readonly actor?: { readonly name: string; readonly groups: readonly string[] };
}

export const reviewer = { name: "rita", groups: ["refund-approvers"] };

export interface Stage {
  readonly url: string;
  readonly payments: PaymentService;
  readonly call: ReturnType<typeof serverClient>;
  /** A page whose faults are kept: see watched-page.ts. */
  page(options?: PageOptions): Promise<WatchedPage>;
  /** Sends a customer's request; gives the key of the instance that handles it. */
  request(requestId: string, request: Readonly<Record<string, unknown>>): Promise<string>;
  /** The key of the instance's open task, once it is there. */
  taskOf(processInstanceKey: string): Promise<string>;
  /** Waits until the instance has ended; gives its state. */
  untilEnded(processInstanceKey: string): Promise<string>;
  close(): Promise<void>;
}

/** The browser, or null on a machine without one; that is said in one line. */
export async function findBrowser(): Promise<Browser | null> {
  const browser = await launchBrowser();
  if (typeof browser !== "string") return browser;
  process.stdout.write(`Browser tests skipped: ${browser}\n`);
  return null;
}

export async function openStage(browser: Browser): Promise<Stage> {
  buildAll();
  await mkdir(artifacts, { recursive: true });
  const [orders, payments] = await Promise.all([startOrderService(0), startPaymentService(0)]);
  const server = await startServerProcess({
    PORT: String(await freePort()),
    DATA_DIR: emptyStore(),
    INTERLOCK_SECRET_ORDER_SERVICE: orders.url,
    INTERLOCK_SECRET_PAYMENT_SERVICE: payments.url,
    INTERLOCK_EGRESS: `private:${new URL(orders.url).host},private:${new URL(payments.url).host}`,
  });
  return stageOf(browser, server, orders, payments);
}

function stageOf(browser: Browser, server: ServerProcess, orders: JsonServer, payments: PaymentService): Stage {
  const call = serverClient(server.url);
  return {
    url: server.url,
    payments,
    call,
    async page({ theme = "light", context, actor } = {}) {
      const opened =
        context ?? (await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: theme }));
      const page: Page = await opened.newPage();
      if (actor)
        await page.addInitScript(`localStorage.setItem("interlock:actor", ${JSON.stringify(JSON.stringify(actor))})`);
      return watchPage(page, server.url);
    },
    async request(requestId, request) {
      const answer = await call<{ processInstanceKey: string }>("POST", "/v2/messages/correlation", {
        name: "refund-requested",
        correlationKey: requestId,
        variables: { request: { requestId, ...request } },
      });
      return answer.processInstanceKey;
    },
    async taskOf(processInstanceKey) {
      for (let attempt = 0; attempt < 150; attempt += 1) {
        const { items } = await call<{ items: { userTaskKey: string }[] }>("POST", "/v2/user-tasks/search", {
          filter: { processInstanceKey, state: "CREATED" },
        });
        if (items[0]) return items[0].userTaskKey;
        await new Promise((wake) => setTimeout(wake, 100));
      }
      throw new Error(`Expected a task of the instance ${processInstanceKey} within 15 s, but there is none.`);
    },
    async untilEnded(processInstanceKey) {
      for (let attempt = 0; attempt < 150; attempt += 1) {
        const { state } = await call<{ state: string }>("GET", `/v2/process-instances/${processInstanceKey}`);
        if (state !== "ACTIVE") return state;
        await new Promise((wake) => setTimeout(wake, 100));
      }
      throw new Error(`Expected the instance ${processInstanceKey} to end within 15 s, but it did not.`);
    },
    async close() {
      await server.stop();
      await Promise.all([orders.close(), payments.close()]);
    },
  };
}

/** Server and web application; each is built only when its sources have changed. */
export function buildAll(): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/build.mjs"], {
    cwd: root,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`Expected server and web application to build, but: ${stdout}${stderr}`);
}
