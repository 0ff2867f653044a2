/**
 * Traces as an operator's collector gets them, with a provider and a context manager of a few lines instead of an SDK:
 * one trace id from the caller's header through the request, the commands and the policy to the model call and the tools.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  type Attributes,
  type Context,
  context,
  INVALID_SPAN_CONTEXT,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  type SpanStatus,
  trace,
} from "@opentelemetry/api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contextOf } from "../../api/http/tracing.ts";
import { modelFromEnvironment } from "../../engine/agents/index.ts";
import type { JsonServer } from "../../processes/demo/json-server.ts";
import { startOrderService } from "../../processes/refund/demo/order-service.ts";
import { type PaymentService, startPaymentService } from "../../processes/refund/demo/payment-service.ts";
import { scenarios } from "../../processes/refund/demo/scenarios.ts";
import { startModelServer } from "../engine/agents/model-server.ts";
import { call, startTestServer, type TestServer } from "./server.ts";

interface Ended {
  name: string;
  readonly id: string;
  readonly traceId: string;
  readonly parentId: string | undefined;
  readonly attributes: Attributes;
  status: SpanStatus;
}

const ended: Ended[] = [];
let count = 0;

function spanUnder(parent: SpanContext | undefined, name: string): Span {
  count++;
  const own: Ended = {
    name,
    id: count.toString(16).padStart(16, "0"),
    traceId: parent?.traceId ?? count.toString(16).padStart(32, "f"),
    parentId: parent?.spanId,
    attributes: {},
    status: { code: 0 },
  };
  const span: Span = {
    spanContext: () => ({ traceId: own.traceId, spanId: own.id, traceFlags: 1 }),
    setAttribute: (key, value) => span.setAttributes({ [key]: value }),
    setAttributes(attributes) {
      Object.assign(own.attributes, attributes);
      return span;
    },
    addEvent: () => span,
    addLink: () => span,
    addLinks: () => span,
    setStatus(status) {
      own.status = status;
      return span;
    },
    updateName(next) {
      own.name = next;
      return span;
    },
    end: () => void ended.push(own),
    isRecording: () => true,
    recordException() {},
  };
  return span;
}

function install(): void {
  const storage = new AsyncLocalStorage<Context>();
  const active = (): Context => storage.getStore() ?? ROOT_CONTEXT;
  context.setGlobalContextManager({
    active,
    with: (given, work, self, ...args) => storage.run(given, () => work.call(self as never, ...args)),
    bind: (_given, target) => target,
    enable() {
      return this;
    },
    disable() {
      return this;
    },
  });
  trace.setGlobalTracerProvider({
    getTracer: () => ({
      startSpan: (name, _options, given) => spanUnder(trace.getSpanContext(given ?? active()), name),
      startActiveSpan() {
        throw new Error("Expected spans to be started and put into a context, but startActiveSpan was called");
      },
    }),
  });
}

/** Hands requests on to another server and keeps the trace that they came under. */
async function startRecorder(
  target: string,
): Promise<{ readonly url: string; readonly seen: string[]; close(): void }> {
  const seen: string[] = [];
  const recorder = createServer(async (request, response) => {
    const header = request.headers.traceparent;
    if (typeof header === "string") seen.push(header);
    const answer = await fetch(`${target}${request.url}`, { method: request.method ?? "GET" });
    response.writeHead(answer.status, { "content-type": "application/json" });
    response.end(await answer.text());
  });
  await new Promise<void>((resolve) => recorder.listen(0, "127.0.0.1", resolve));
  const { port } = recorder.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, seen, close: () => void recorder.close() };
}

let server: TestServer;
let orders: JsonServer;
let ordersSeen: Awaited<ReturnType<typeof startRecorder>>;
let payments: PaymentService;

beforeAll(async () => {
  install();
  [orders, payments] = await Promise.all([startOrderService(0), startPaymentService(0)]);
  ordersSeen = await startRecorder(orders.url);
  server = await startTestServer({
    withShipped: true,
    environment: {
      INTERLOCK_SECRET_ORDER_SERVICE: ordersSeen.url,
      INTERLOCK_SECRET_PAYMENT_SERVICE: payments.url,
      INTERLOCK_EGRESS: `private:${new URL(ordersSeen.url).host},private:${new URL(payments.url).host}`,
    },
  });
});
afterAll(async () => {
  await server?.close();
  ordersSeen?.close();
  await Promise.all([orders?.close(), payments?.close()]);
  trace.disable();
  context.disable();
});

async function runRefund(requestId: string, traceparent?: string): Promise<void> {
  const { request } = scenarios.find(({ name }) => name === "allowed")!;
  const started = await call(
    server,
    "POST",
    "/v2/process-instances",
    { processDefinitionId: "refund", variables: { request: { requestId, ...request } } },
    traceparent === undefined ? {} : { traceparent },
  );
  expect(started.status, started.text).toBe(200);
  await expect
    .poll(
      async () => (await call(server, "GET", `/v2/process-instances/${started.json.processInstanceKey}`)).json.state,
      {
        timeout: 20_000,
      },
    )
    .toBe("COMPLETED");
}

describe("traces", () => {
  it("reach from the caller's header to the policy, the model call and the tools", async () => {
    const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    await runRefund("REQ-traced", `00-${traceId}-00f067aa0ba902b7-01`);
    const spans = ended.filter((span) => span.traceId === traceId);
    const named = (name: string): Ended => {
      const found = spans.find((span) => span.name === name);
      expect(found, `${name} among ${spans.map((span) => span.name).join(", ")}`).toBeDefined();
      return found!;
    };
    const request = named("POST createProcessInstance");
    expect(request.parentId).toBe("00f067aa0ba902b7");
    expect(named("createInstance").parentId).toBe(request.id);

    const chat = spans.find(({ name }) => name.startsWith("chat "))!;
    expect(chat.attributes).toMatchObject({
      "gen_ai.operation.name": "chat",
      "gen_ai.agent.id": "refund-agent",
      "gen_ai.usage.input_tokens": expect.any(Number),
      "gen_ai.usage.output_tokens": expect.any(Number),
    });
    const policy = named("evaluate_policy");
    expect(policy.attributes).toMatchObject({
      "decision_plane.determination": expect.stringMatching(/^ALLOW/),
      "decision_plane.decision_id": expect.any(String),
      "decision_plane.policies": expect.arrayContaining([expect.stringMatching(/@\d+$/)]),
    });
    const tools = spans.filter(({ name }) => name.startsWith("execute_tool "));
    expect(tools.map(({ attributes }) => attributes["gen_ai.tool.name"])).toContain("issue_refund");
    const decisions = spans
      .filter(({ name }) => name === "evaluate_policy")
      .map(({ attributes }) => attributes["decision_plane.decision_id"]);
    const refund = tools.find(({ attributes }) => attributes["gen_ai.tool.name"] === "issue_refund")!;
    expect(decisions).toContain(refund.attributes["decision_plane.decision_id"]);

    const byId = new Map(spans.map((span) => [span.id, span]));
    for (const span of [chat, policy, ...tools]) {
      let at: Ended | undefined = span;
      while (at && at !== request) at = byId.get(at.parentId ?? "");
      expect(at, `${span.name} hangs under the request`).toBe(request);
    }
  });

  it("H13 go on, under the same id, into the services that tools call and to the model's provider", async () => {
    const traceId = "5".repeat(32);
    await runRefund("REQ-onward", `00-${traceId}-${"d".repeat(16)}-01`);
    const onward = ordersSeen.seen.filter((header) => header.includes(traceId));
    expect(onward.length).toBeGreaterThanOrEqual(2);
    const parents = new Set(onward.map((header) => header.split("-")[2]));
    const tools = ended.filter(({ traceId: id, name }) => id === traceId && name.startsWith("execute_tool "));
    expect(tools.some(({ id }) => parents.has(id))).toBe(true);

    const provider = await startModelServer([{ text: "Done." }]);
    const model = modelFromEnvironment(
      {
        INTERLOCK_MODEL_PROVIDER: "openai-compatible",
        INTERLOCK_MODEL_BASE_URL: provider.baseUrl,
        INTERLOCK_MODEL_NAME: "m",
      },
      [],
    );
    const request = { agentId: "a", model: "default", system: "s", messages: [], tools: [], outputTokensMax: 10 };
    const span = { traceId, spanId: "e".repeat(16), traceFlags: 1 };
    await context.with(trace.setSpanContext(ROOT_CONTEXT, span), () =>
      model.ask({ ...request, messages: [{ role: "user", text: "hello" }] }, new AbortController().signal),
    );
    expect(provider.requests[0]?.headers.traceparent).toBe(`00-${traceId}-${"e".repeat(16)}-01`);
    await provider.close();
  });

  it("of different requests stay apart", async () => {
    const [one, other] = ["1".repeat(32), "2".repeat(32)];
    await Promise.all([
      runRefund("REQ-one", `00-${one}-${"a".repeat(16)}-01`),
      runRefund("REQ-other", `00-${other}-${"b".repeat(16)}-01`),
    ]);
    const toolsOf = (traceId: string) =>
      ended.filter((span) => span.traceId === traceId && span.name === "execute_tool issue_refund").length;
    expect([toolsOf(one), toolsOf(other)]).toEqual([1, 1]);
    const rootsOf = (traceId: string) =>
      new Set(
        ended
          .filter((span) => span.traceId === traceId)
          .map(({ attributes }) => attributes["interlock.process_instance.root_key"])
          .filter((key) => key !== undefined),
      ).size;
    expect([rootsOf(one), rootsOf(other)]).toEqual([1, 1]);
  });

  it("carry the status of what was refused", async () => {
    const traceId = "3".repeat(32);
    const answer = await call(
      server,
      "POST",
      "/v2/process-instances",
      { processDefinitionId: "refund", variables: {}, startInstructions: [{ elementId: "nowhere" }] },
      { traceparent: `00-${traceId}-${"c".repeat(16)}-01` },
    );
    expect(answer.status).toBe(400);
    const request = ended.find((span) => span.traceId === traceId && span.name === "POST createProcessInstance")!;
    expect(request.attributes["http.response.status_code"]).toBe(400);
  });
});

describe("the header traceparent", () => {
  const spanOf = (header: string | undefined) => trace.getSpanContext(contextOf(header)) ?? INVALID_SPAN_CONTEXT;

  it("names the parent", () => {
    expect(spanOf(`00-${"a".repeat(32)}-${"b".repeat(16)}-01`)).toMatchObject({
      traceId: "a".repeat(32),
      spanId: "b".repeat(16),
      traceFlags: 1,
      isRemote: true,
    });
    expect(spanOf(`cc-${"a".repeat(32)}-${"b".repeat(16)}-00-later`).traceFlags).toBe(0);
  });

  it.each([
    undefined,
    "",
    "00",
    `ff-${"a".repeat(32)}-${"b".repeat(16)}-01`,
    `00-${"0".repeat(32)}-${"b".repeat(16)}-01`,
    `00-${"a".repeat(32)}-${"0".repeat(16)}-01`,
    `00-${"A".repeat(32)}-${"b".repeat(16)}-01`,
    `00-${"a".repeat(32)}-${"b".repeat(16)}-01${"x".repeat(10)}`,
    `00-${"a".repeat(32)}-${"b".repeat(16)}-01-${"x".repeat(1_000)}`,
  ])("that is not well-formed is as none: %s", (header) => {
    expect(spanOf(header)).toEqual(INVALID_SPAN_CONTEXT);
  });
});
