import { describe, expect, it } from "vitest";
import { Guard } from "../../../api/client/guard.ts";
import { InterlockError, openTransport } from "../../../api/client/transport.ts";
import { withGuard } from "../../../api/client/with-guard.ts";

interface Sent {
  readonly path: string;
  readonly body: Record<string, unknown>;
}

/** A plane that answers from a list; the last answer stays. */
const plane = (...answers: readonly object[]) => planeThatLetsUse({ decisionId: "d-1" }, ...answers);

function planeThatLetsUse(permitAnswer: object, ...answers: readonly object[]) {
  const sent: Sent[] = [];
  let asked = 0;
  const transport = openTransport({
    url: "http://plane.test",
    triesMax: 1,
    fetch: async (url, init) => {
      const path = new URL(String(url)).pathname;
      sent.push({ path, body: JSON.parse(String(init?.body)) as Record<string, unknown> });
      const answer = path.endsWith("/outcome")
        ? { withinTerms: true }
        : path.endsWith("/permits/use")
          ? permitAnswer
          : answers[Math.min(asked++, answers.length - 1)];
      return Response.json(answer, {
        status: "status" in (answer ?? {}) ? (answer as { status: number }).status : 200,
      });
    },
  });
  return { sent, guard: (options = {}) => new Guard(transport, { approvalPollMs: 1, ...options }) };
}

const allow = (args: object) => ({
  decisionId: "d-1",
  determination: "ALLOW",
  constraints: [],
  reasonCodes: [],
  args,
  permit: "p",
});
const constrain = (args: object) => ({ ...allow(args), determination: "ALLOW_WITH_CONSTRAINTS" });
const deny = {
  decisionId: "d-2",
  determination: "DENY",
  constraints: [],
  reasonCodes: ["TENURE_TOO_SHORT"],
  reasons: ["The customer is too new."],
  args: null,
  permit: null,
};
const wait = {
  decisionId: "d-3",
  determination: "REQUIRE_APPROVAL",
  constraints: [],
  reasonCodes: ["OVER_LIMIT"],
  args: null,
  permit: null,
  approval: { approvalId: "a-1", group: "clerks" },
};

const question = { action: { type: "issue_refund", target: "payments" }, args: { amount: 700 } };

describe("the guard of the client", () => {
  it("runs what is allowed and reports what ran", async () => {
    const { guard, sent } = plane(allow({ amount: 700 }));
    const result = await guard().run(question, (args) => `refunded ${String(args.amount)}`);
    expect(result).toMatchObject({ executed: true, result: "refunded 700" });
    expect(sent.map(({ path }) => path)).toEqual([
      "/governance/v1/decisions",
      "/governance/v1/permits/use",
      "/governance/v1/decisions/d-1/outcome",
    ]);
    expect(sent[1]!.body).toMatchObject({
      permit: "p",
      actionType: "issue_refund",
      args: { amount: 700 },
      fresh: true,
    });
    expect(sent[2]!.body).toEqual({ status: "succeeded", executedArgs: { amount: 700 } });
  });

  it("runs exactly the arguments that were permitted (C07)", async () => {
    const { guard, sent } = plane(constrain({ amount: 700, method: "credit" }));
    const ran: unknown[] = [];
    await guard().run(question, (args) => ran.push(args));
    expect(ran).toEqual([{ amount: 700, method: "credit" }]);
    expect(sent[2]!.body.executedArgs).toEqual({ amount: 700, method: "credit" });
  });

  it("does not run what is denied, and says why in a typed result", async () => {
    const { guard } = plane(deny);
    let ran = false;
    const result = await guard().run(question, () => {
      ran = true;
    });
    expect(ran).toBe(false);
    expect(result).toEqual({
      executed: false,
      refusal: {
        status: "not_executed",
        reason: "policy_denied",
        decisionId: "d-2",
        message: "The action did not run (DENY). The customer is too new.",
        reasonCodes: ["TENURE_TOO_SHORT"],
      },
    });
  });

  it("waits for an approval by asking the same question again, then runs once", async () => {
    const { guard, sent } = plane(wait, wait, allow({ amount: 650 }));
    const ran: unknown[] = [];
    const result = await guard().run(question, (args) => ran.push(args));
    expect(result.executed).toBe(true);
    expect(ran).toEqual([{ amount: 650 }]);
    const keys = sent.filter(({ path }) => path.endsWith("/decisions")).map(({ body }) => body.idempotencyKey);
    expect(new Set(keys).size).toBe(1);
    expect(keys).toHaveLength(3);
  });

  it("does not wait longer than it may", async () => {
    const { guard } = plane(wait);
    const result = await guard({ approvalWaitMsMax: 0 }).run(question, () => "never");
    expect(result).toMatchObject({ executed: false, refusal: { reason: "interrupted", decisionId: "d-3" } });
  });

  it("tells rejection from expiry", async () => {
    const refused = (code: string) =>
      plane({ ...deny, reasonCodes: [code] })
        .guard()
        .run(question, () => "never");
    expect(await refused("APPROVAL_REJECTED")).toMatchObject({ refusal: { reason: "approval_denied" } });
    expect(await refused("APPROVAL_EXPIRED")).toMatchObject({ refusal: { reason: "approval_expired" } });
  });

  it("does not run when the plane cannot be asked", async () => {
    const down = new Guard(
      openTransport({ url: "http://plane.test", fetch: () => Promise.reject(new TypeError("connection refused")) }),
    );
    let ran = false;
    const result = await down.run(question, () => {
      ran = true;
    });
    expect(ran).toBe(false);
    expect(result).toMatchObject({
      executed: false,
      refusal: { reason: "policy_denied", reasonCodes: ["GUARD_UNREACHABLE"] },
    });
  });

  it("reports a failure and lets the error through", async () => {
    const { guard, sent } = plane(allow({ amount: 700 }));
    await expect(
      guard().run(question, () => {
        throw new RangeError("bank closed");
      }),
    ).rejects.toThrow("bank closed");
    expect(sent[2]!.body.status).toBe("failed");
  });

  it("does not run when the permit has been used elsewhere, or the policy changed meanwhile", async () => {
    const refused = (code: string) =>
      planeThatLetsUse({ status: 409, title: "CONFLICT", detail: "used", problems: [{ code }] }, allow({ amount: 1 }))
        .guard()
        .run(question, () => expect.unreachable());
    expect(await refused("PERMIT_REPLAYED")).toMatchObject({
      executed: false,
      refusal: { reason: "already_executed", decisionId: "d-1", reasonCodes: ["PERMIT_REPLAYED"] },
    });
    expect(await refused("DECISION_STALE")).toMatchObject({ refusal: { reason: "policy_denied" } });
  });

  it("runs once what is asked twice under one key, at the same time or later, and again what has failed", async () => {
    const { guard } = plane(allow({ amount: 700 }));
    const one = guard();
    let ran = 0;
    const act = () => {
      if (++ran === 1) throw new RangeError("bank closed");
      return ran;
    };
    const keyed = { ...question, idempotencyKey: "run:call" };
    await expect(one.run(keyed, act)).rejects.toThrow("bank closed");
    const results = [...(await Promise.all([one.run(keyed, act), one.run(keyed, act)])), await one.run(keyed, act)];
    expect(results.map((result) => result.executed && result.result)).toEqual([2, 2, 2]);
  });

  it("hands the wait for an approval to the framework when it is asked to", async () => {
    const { guard } = plane(wait, allow({ amount: 700 }));
    const shown: unknown[] = [];
    const result = await guard({ awaitApproval: (approval: unknown) => shown.push(approval) }).run(
      question,
      () => "ran",
    );
    expect(result.executed).toBe(true);
    expect(shown).toEqual([expect.objectContaining({ approvalId: "a-1", group: "clerks", args: { amount: 700 } })]);
  });

  it("sends agent and facts with each question", async () => {
    const { guard, sent } = plane(deny);
    await guard({
      agent: { id: "helper" },
      facts: (args: Readonly<Record<string, unknown>>) => ({ "args.doubled": Number(args.amount) * 2 }),
      runId: "r-1",
    }).decide(question);
    expect(sent[0]!.body).toMatchObject({
      agent: { id: "helper" },
      facts: { "args.doubled": 1400 },
      run: { runId: "r-1" },
    });
  });
});

describe("withGuard (C06)", () => {
  class Tool {
    readonly name = "send_email";
    readonly schema = { type: "object" };
    readonly sent: unknown[] = [];
    async invoke(call: { readonly args: object; readonly id: string }): Promise<unknown> {
      return this._call(call.args, undefined, { toolCall: { id: call.id } });
    }
    async _call(args: object, _manager: unknown, _config: unknown): Promise<unknown> {
      this.sent.push(args);
      return "sent";
    }
  }

  it("keeps class, name and schema of a LangChain tool, and guards what it executes", async () => {
    const { guard, sent } = plane(constrain({ to: "a@example.org", bcc: null }));
    const tool = new Tool();
    const guardedTool = withGuard(tool, { actionType: "send_email", target: "email_service", guard: guard() });
    expect(guardedTool).toBeInstanceOf(Tool);
    expect(guardedTool.name).toBe("send_email");
    expect(guardedTool.schema).toBe(tool.schema);
    expect(await guardedTool.invoke({ args: { to: "a@example.org" }, id: "call-1" })).toBe("sent");
    expect(tool.sent).toEqual([{ to: "a@example.org", bcc: null }]);
    expect(sent[0]!.body).toMatchObject({
      action: { type: "send_email", target: "email_service" },
      args: { to: "a@example.org" },
      run: { toolCallId: "call-1" },
    });
  });

  it("gives the model a refusal to read instead of a result", async () => {
    const { guard } = plane(deny);
    const tool = new Tool();
    const result = await withGuard(tool, { actionType: "send_email", guard: guard() }).invoke({
      args: {},
      id: "call-2",
    });
    expect(tool.sent).toEqual([]);
    expect(JSON.parse(String(result))).toMatchObject({
      status: "not_executed",
      reason: "policy_denied",
      decisionId: "d-2",
    });
  });

  it("asks the same question when a framework repeats the call", async () => {
    const { guard, sent } = plane(deny);
    const guardedTool = withGuard(new Tool(), { actionType: "send_email", guard: guard(), runId: "thread-1" });
    await guardedTool.invoke({ args: {}, id: "call-3" });
    await guardedTool.invoke({ args: {}, id: "call-3" });
    expect(sent.map(({ body }) => body.idempotencyKey)).toEqual(["thread-1:call-3", "thread-1:call-3"]);
  });

  it("guards AI SDK tools, OpenAI Agents tools and plain functions", async () => {
    const { guard } = plane(allow({ to: "b" }));
    const options = { actionType: "send_email", guard: guard() };
    const seen: unknown[] = [];
    const aiSdk = withGuard(
      { description: "d", execute: async (args: unknown, _context: unknown) => seen.push(args) },
      options,
    );
    await aiSdk.execute({ to: "x" }, { toolCallId: "1" });
    const openai = withGuard(
      { type: "function", invoke: async (_context: unknown, input: string) => seen.push(JSON.parse(input)) },
      options,
    );
    await openai.invoke({}, '{"to":"x"}');
    const plain = withGuard(async (args: unknown) => seen.push(args), options);
    await plain({ to: "x" });
    expect(seen).toEqual([{ to: "b" }, { to: "b" }, { to: "b" }]);
  });

  it("refuses what it could not guard", () => {
    expect(() => withGuard({ name: "nothing to run" }, { actionType: "x" })).toThrow(/Expected a tool/);
  });
});

describe("the transport of the client", () => {
  it("tries again when the server asks for patience, and only then", async () => {
    let tries = 0;
    const busy = openTransport({
      url: "http://s.test",
      fetch: async () =>
        ++tries < 3
          ? Response.json(
              { title: "RESOURCE_EXHAUSTED", detail: "busy" },
              { status: 503, headers: { "retry-after": "0.001" } },
            )
          : Response.json({ ok: true }),
    });
    expect(await busy.request("GET", "/x")).toEqual({ ok: true });
    expect(tries).toBe(3);
    const wrong = openTransport({
      url: "http://s.test",
      fetch: async () => {
        tries++;
        return Response.json({ title: "NOT_FOUND", detail: "none" }, { status: 404 });
      },
    });
    tries = 0;
    await expect(wrong.request("GET", "/x")).rejects.toMatchObject({
      status: 404,
      title: "NOT_FOUND",
      message: "none",
    });
    expect(tries).toBe(1);
  });

  it("says that the server was not reached, with a code programs can read", async () => {
    const away = openTransport({ url: "http://s.test", fetch: () => Promise.reject(new TypeError("fetch failed")) });
    await expect(away.request("GET", "/x")).rejects.toBeInstanceOf(InterlockError);
    await expect(away.request("GET", "/x")).rejects.toMatchObject({ status: 0, title: "NETWORK_ERROR" });
  });
});
