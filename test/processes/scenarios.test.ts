/** The shipped packages, end to end, on a server started as users start it: each scenario over HTTP. First the main job. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type CreditFileService,
  startCreditFileService,
} from "../../processes/credit-advice/demo/credit-file-service.ts";
import { adviceScenarios, playAdvice } from "../../processes/credit-advice/demo/play.ts";
import type { JsonServer } from "../../processes/demo/json-server.ts";
import { serverClient } from "../../processes/demo/server-client.ts";
import { freePort, type ServerProcess, startServerProcess } from "../../processes/demo/server-process.ts";
import { type HelpService, startHelpService } from "../../processes/help-desk/demo/help-service.ts";
import { helpScenarios, playQuestion } from "../../processes/help-desk/demo/play.ts";
import { startOrderService } from "../../processes/refund/demo/order-service.ts";
import { type PaymentService, startPaymentService } from "../../processes/refund/demo/payment-service.ts";
import { faults, play } from "../../processes/refund/demo/play.ts";
import { scenarios } from "../../processes/refund/demo/scenarios.ts";
import { buildServer } from "../build-server.ts";
import { startTraceCollector, type TraceCollector } from "./trace-collector.ts";

let folder: string;
let orders: JsonServer;
let payments: PaymentService;
let creditFile: CreditFileService;
let help: HelpService;
let collector: TraceCollector;
let server: ServerProcess;

beforeAll(async () => {
  buildServer();
  folder = await mkdtemp(join(tmpdir(), "interlock-refund-"));
  collector = await startTraceCollector();
  [orders, payments, creditFile, help] = await Promise.all([
    startOrderService(0),
    startPaymentService(0),
    startCreditFileService(0),
    startHelpService(0),
  ]);
  server = await startServerProcess({
    PORT: String(await freePort()),
    DATA_DIR: folder,
    INTERLOCK_SECRET_ORDER_SERVICE: orders.url,
    INTERLOCK_SECRET_PAYMENT_SERVICE: payments.url,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    INTERLOCK_SECRET_CREDIT_FILE_SERVICE: creditFile.url,
    INTERLOCK_SECRET_HELP_SERVICE: help.url,
    INTERLOCK_EGRESS: [orders, payments, creditFile, help].map(({ url }) => `private:${new URL(url).host}`).join(),
  });
});
afterAll(async () => {
  await server?.stop();
  await Promise.all([orders?.close(), payments?.close(), creditFile?.close(), help?.close()]);
  collector?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});

async function plays(name: string): Promise<void> {
  const scenario = scenarios.find((one) => one.name === name);
  if (!scenario) throw new Error(`Expected a scenario named ${name}, but there is none.`);
  const played = await play(server.url, scenario, `REQ-${name.replaceAll(" ", "-")}`, payments);
  expect(faults(scenario, played), played.lines.join("\n")).toEqual([]);
}

describe("the refund process", () => {
  it("C12 allowed: the refund is paid once and the customer is told", () => plays("allowed"));
  it("C07 C11 allowed as credit: the proposal for cash runs as store credit", () => plays("credit"));
  it("A06 F05 approved: exactly the approved refund runs, once", () => plays("approved"));
  it("F01 rejected: nothing is paid and the agent learns why", () => plays("rejected"));
  it("A05 denied: the tool's side effect stays at zero", () => plays("denied"));
  it("B20 timed out: the boundary timer ends the agent, nothing is paid", () => plays("timed out"));
  it("B19 failed and compensated: the refund is reversed", () => plays("failed and compensated"));

  it("has a test for each of its scenarios", () => {
    expect(scenarios.map(({ name }) => name).sort()).toEqual(
      ["allowed", "approved", "credit", "denied", "failed and compensated", "rejected", "timed out"].sort(),
    );
  });

  it("H01 C01 every attempt to pay has a decision record that stands before the execution", async () => {
    const call = serverClient(server.url);
    const { items: asked } = await call<{ items: { decisionId: string }[] }>(
      "POST",
      "/governance/v1/decisions/search",
      {
        actionType: "issue_refund",
        limit: 1000,
      },
    );
    const paid = payments.ledger().filter(({ kind }) => kind === "refund" || kind === "credit");
    expect(asked.length).toBeGreaterThanOrEqual(scenarios.length);
    expect(paid).toHaveLength(scenarios.filter(({ ledger }) => ledger.refund + ledger.credit > 0).length);
  });

  it("H07 H08 every scenario gives the same trajectory when its record is executed again", async () => {
    const call = serverClient(server.url);
    const { items } = await call<{ items: { processInstanceKey: string }[] }>("POST", "/v2/process-instances/search", {
      filter: { processDefinitionId: "refund" },
    });
    expect(items.length).toBeGreaterThanOrEqual(scenarios.length);
    for (const { processInstanceKey } of items)
      expect(
        await call("POST", `/governance/v1/process-instances/${processInstanceKey}/replay`, {}),
        processInstanceKey,
      ).toMatchObject({ equal: true, firstDifference: null });
  });

  it("C13 A19 D02 a limit raised from 500 to 750 is active by one call, changes running agents and rolls back by one call", async () => {
    const call = serverClient(server.url);
    const approved = scenarios.find(({ name }) => name === "approved");
    if (!approved) throw new Error("Expected a scenario named approved.");
    const allowedNow = { ...approved, vote: "nobody" as const };
    const before = await call<{ items: { processDefinitionKey: string; version: number }[] }>(
      "POST",
      "/v2/process-definitions/search",
      {},
    );
    const { activeVersion: active } = await call<{ activeVersion: number }>("GET", "/governance/v1/policies/refund");
    const dmn = await (await fetch(`${server.url}/governance/v1/policies/refund/versions/${active}/dmn`)).text();
    const raised = dmn.replace("&gt;= 500<", "&gt;= 750<");
    expect(raised).not.toBe(dmn);
    const { manifest, tests } = await call<{ manifest: unknown; tests: { cases: unknown[] } }>(
      "GET",
      `/governance/v1/policies/refund/versions/${active}`,
    );
    const { version } = await call<{ version: number }>("POST", "/governance/v1/policies", {
      manifest,
      dmn: raised,
      tests,
    });
    const promote = (stage: string, more: object = {}) =>
      call("POST", `/governance/v1/policies/refund/versions/${version}/promotion`, {
        stage,
        reason: "limit raised",
        ...more,
      });
    await promote("shadow");
    await promote("canary", { shareBasisPoints: 5_000 });
    await promote("active");
    const played = await play(server.url, allowedNow, "REQ-raised", payments);
    expect(faults(allowedNow, played), played.lines.join("\n")).toEqual([]);
    await call("POST", "/governance/v1/policies/refund/rollback", { reason: "too generous" });
    const again = await play(server.url, approved, "REQ-rolled-back", payments);
    expect(again.lines.join("\n")).toContain("REQUIRE_APPROVAL");
    const after = await call<{ items: { processDefinitionKey: string; version: number }[] }>(
      "POST",
      "/v2/process-definitions/search",
      {},
    );
    expect(after.items).toEqual(before.items);
  });
});

const rowOf = async (processId: string) => {
  const { K12_useCases: rows } = await serverClient(server.url)<{ K12_useCases: { processId: string }[] }>(
    "GET",
    "/governance/v1/kpis",
  );
  return rows.find((row) => row.processId === processId);
};

describe("the use cases beside the refund", () => {
  it("K12 K01 decision support: the officer sees the advice and decides, and how often it was right is measured", async () => {
    for (const scenario of adviceScenarios) {
      const played = await playAdvice(server.url, scenario, `ADV-${scenario.name}`, creditFile);
      expect(played.faults, played.lines.join("\n")).toEqual([]);
    }
    expect(await rowOf("credit-advice")).toMatchObject({ decisions: 5, decisionAccuracy: 0.8, automationRate: 1 });
    const { items } = await serverClient(server.url)<{ items: { userTaskKey: string }[] }>(
      "POST",
      "/v2/user-tasks/search",
      { filter: { processDefinitionId: "credit-advice" }, sort: [{ field: "creationDate" }] },
    );
    const seen = await serverClient(server.url)<{ items: { value: string }[] }>(
      "POST",
      `/v2/user-tasks/${items[2]?.userTaskKey}/effective-variables/search`,
      { filter: { name: "advice" } },
    );
    expect(JSON.parse(seen.items[0]?.value ?? "null")).toMatchObject({ recommendation: "refuse", amount: 0 });
  });

  it("K12 K05 retrieval and action planning: the agent acts on what it found, and the precision is measured", async () => {
    for (const scenario of helpScenarios) {
      const played = await playQuestion(server.url, scenario, `Q-${scenario.name.replaceAll(" ", "-")}`, help);
      expect(played.faults, played.lines.join("\n")).toEqual([]);
    }
    expect(await rowOf("help-desk")).toMatchObject({ decisions: 7, retrievalPrecision: 0.75 });
  });

  it("K12 automation under a policy: the refunds have their row as well", async () => {
    expect(await rowOf("refund")).toMatchObject({ automationRate: expect.any(Number) });
  });
});

describe("traces", () => {
  it("H13 reach the collector that OTEL_EXPORTER_OTLP_ENDPOINT names, the last ones when the server stops", async () => {
    await server.stop();
    const requests = collector.spans().filter(({ name }) => name === "POST correlateMessage");
    expect(requests.length).toBeGreaterThanOrEqual(scenarios.length);
    const first = collector.spans().filter(({ traceId }) => traceId === requests[0]?.traceId);
    expect(first.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["evaluate_policy", "chat default", "execute_tool issue_refund"]),
    );
    expect(collector.services()).toEqual(["interlock"]);
  });
});
