import { describe, expect, it } from "vitest";
import { admitJsonText } from "../../../api/http/json-text.ts";

function refusal(text: string): string {
  const admission = admitJsonText(text);
  if (admission.ok) throw new Error(`Expected a refusal of ${text.slice(0, 80)}`);
  return admission.message;
}

describe("JSON text (S9, S20)", () => {
  it("comes through as the parser reads it", () => {
    const text =
      '{"a":[1,-2.5e3,true,null,"\\u00e9\\ud83d\\ude00 \\"quoted\\" \\\\"],"b":{"a":{}},"constructor":"kept","":0}';
    expect(admitJsonText(text)).toEqual({ ok: true, value: JSON.parse(text) });
  });

  it.each([
    ['{"amount":10,"amount":1000000}', /each name once.*"amount".*\$\.amount/],
    ['{"a":1,"\\u0061":2}', /each name once/],
    ['{"a":{"__proto__":{"isAdmin":true}}}', /no member called __proto__.*\$\.a\.__proto__/],
    ['{"a":{"\\u005f_proto__":1}}', /no member called __proto__/],
    ['{"a":["x\\u0000"]}', /without NUL.*\$\.a\[0\]/],
    ['{"a":"\\ud800"}', /half of a surrogate pair/],
    ['{"a":"\\udc00\\ud800"}', /half of a surrogate pair/],
    [`{"a":"${String.fromCharCode(0xd800)}x"}`, /half of a surrogate pair/],
    ['{"a":9007199254740993}', /rounded/],
    ['{"a":-12345678901234567890}', /rounded/],
    ['{"a":1e400}', /range of a double/],
    ['{"a":}', /^Expected JSON, but there is a "}" where none can be/],
    ['{"a":1', /^Expected JSON, but it/],
    ["", /the body is empty/],
    ["{'a':1}", /^Expected JSON/],
    ['{"a":NaN}', /^Expected JSON/],
  ])("is refused where it could be read in two ways or not be kept: %s", (text, message) => {
    expect(refusal(text)).toMatch(message);
  });

  it("is refused beyond 64 levels, at any depth within a moment", () => {
    expect(admitJsonText("[".repeat(64) + "]".repeat(64)).ok).toBe(true);
    expect(refusal("[".repeat(65) + "]".repeat(65))).toMatch(/at most 64 levels/);
    expect(refusal('{"a":'.repeat(90_000))).toMatch(/at most 64 levels/);
  });

  it("is refused with more than 100,000 names", () => {
    const names = Array.from({ length: 100_001 }, (_, index) => `"n${index}":0`).join(",");
    expect(refusal(`{${names}}`)).toMatch(/at most 100000 names/);
  });

  it("of ten megabytes is judged in linear time", () => {
    const text = JSON.stringify(
      Array.from({ length: 200_000 }, (_, index) => ({ id: index, text: "some text of ordinary length" })),
    ).slice(0, 10_000_000);
    const start = performance.now();
    refusal(text);
    expect(performance.now() - start).toBeLessThan(2_000);
  });

  it("never repeats the body in its messages", () => {
    expect(refusal('{"password":"hunter2" oops}')).not.toContain("hunter2");
  });
});
