import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cpuUsage } from "node:process";
import { describe, expect, it } from "vitest";
import { prescanXml } from "../../../decisions/index.ts";

const refusal = (xml: string, limits = {}) => prescanXml(xml, limits);

describe("what the pre-scan passes", () => {
  it("passes a well-formed document with a declaration, comments, CDATA, entities and a byte order mark", () => {
    const xml = `\uFEFF<?xml version="1.0"?>\n<!-- a > b -->\n<a:x xmlns:a='u' a:b="1 &lt; 2 &#x1F600;" c='"'>
      <![CDATA[ <not> & markup ]]>text &amp; more \u{1F600}<y xml:lang="en"/></a:x>\n<!-- end -->\n`;
    expect(refusal(xml)).toBeNull();
  });

  it("passes a namespace redeclared on ten thousand siblings, as some modelling tools write it", () => {
    expect(refusal(`<a>${'<b xmlns="u"/>'.repeat(10_000)}</a>`)).toBeNull();
  });

  it("forgets a prefix after the element that declared it", () => {
    expect(refusal('<a><b xmlns:p="u"><p:c/></b></a>')).toBeNull();
    expect(refusal('<a><b xmlns:p="u"/><p:c/></a>')?.ruleId).toBe("xml-namespace");
    expect(refusal('<a xmlns:p="u"><b xmlns:p="v"/><p:c/></a>')).toBeNull();
  });

  it("passes every model of the process folder", () => {
    const folder = "processes";
    const models = readdirSync(folder, { recursive: true })
      .map(String)
      .filter((name) => /\.(bpmn|dmn)$/.test(name));
    expect(models.length).toBeGreaterThan(0);
    for (const name of models) expect([name, refusal(readFileSync(join(folder, name), "utf8"))]).toEqual([name, null]);
  });
});

describe("what the pre-scan refuses, and where", () => {
  const cases: readonly (readonly [string, string, string, number, number])[] = [
    ["a DOCTYPE", '<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY l "l">]>\n<a/>', "xml-doctype", 2, 1],
    ["an unknown entity", "<a>\n  &lol9;</a>", "xml-entity", 2, 3],
    ["a bare ampersand", '<a b="x & y"/>', "xml-entity", 1, 9],
    ["a NUL written as a reference", "<a>&#0;</a>", "xml-entity", 1, 4],
    ["a reference to a surrogate", "<a>&#xD800;</a>", "xml-entity", 1, 4],
    ["a raw control character", "<a>\n\u0001</a>", "xml-character", 2, 1],
    ["a lone high surrogate", "<a>\uD83D</a>", "xml-character", 1, 4],
    ["a lone low surrogate", "<a>\uDE00</a>", "xml-character", 1, 4],
    ["a repeated attribute", '<a b="1"\n b="2"/>', "xml-syntax", 2, 2],
    ["an attribute without a value", "<a b/>", "xml-syntax", 1, 5],
    ["an attribute without quotes", "<a b=c/>", "xml-syntax", 1, 6],
    ["attributes without a blank between them", '<a b="1"c="2"/>', "xml-syntax", 1, 9],
    ["a tag inside an attribute", '<a b="<c/>"/>', "xml-syntax", 1, 7],
    ["an undeclared element prefix", "<p:a/>", "xml-namespace", 1, 1],
    ["an undeclared attribute prefix", '<a p:b="1"/>', "xml-namespace", 1, 4],
    ["a redeclared reserved prefix", '<a xmlns:xmlns="u"/>', "xml-namespace", 1, 4],
    ["a wrong end tag", "<a><b></a></b>", "xml-syntax", 1, 7],
    ["an end tag too many", "<a/></a>", "xml-syntax", 1, 5],
    ["a missing end tag", "<a><b/>", "xml-syntax", 1, 8],
    ["a second root", "<a/><b/>", "xml-syntax", 1, 5],
    ["text outside the root", "<a/>\nx", "xml-syntax", 2, 1],
    ["an empty document", " ", "xml-syntax", 1, 2],
    ["an unclosed comment", "<a><!-- </a>", "xml-syntax", 1, 4],
    ["an unclosed attribute", '<a b="', "xml-syntax", 1, 6],
    ["a name that starts with a digit", "<1a/>", "xml-syntax", 1, 2],
    ["a name with two colons", '<a xmlns:p="u"><p:b:c/></a>', "xml-syntax", 1, 17],
  ];
  for (const [what, xml, ruleId, line, column] of cases) {
    it(`refuses ${what}`, () => {
      expect(refusal(xml)).toMatchObject({ ruleId, line, column });
      expect(refusal(xml)?.message).toMatch(/^Expected .*, but .*\(line \d+, column \d+\)$/);
    });
  }
});

describe("text in the wrong place", () => {
  const rules = { textElements: new Set(["text"]) };

  it("refuses text and CDATA where the language has none, when it is told which elements hold text", () => {
    expect(prescanXml("<a><text>x</text></a>", {}, rules)).toBeNull();
    expect(prescanXml("<a><text>x</text>\n y</a>", {}, rules)).toMatchObject({
      ruleId: "xml-syntax",
      line: 2,
      column: 2,
    });
    expect(prescanXml("<a><![CDATA[]]></a>", {}, rules)).toMatchObject({ ruleId: "xml-syntax", column: 4 });
  });

  it("leaves extension elements alone", () => {
    const extension = '<a><extensionElements><p:b xmlns:p="u">x<p:c>y</p:c></p:b></extensionElements></a>';
    expect(prescanXml(extension, {}, rules)).toBeNull();
  });
});

describe("the bounds", () => {
  const nested = (count: number, attributes = "") => `<a${attributes}>`.repeat(count) + "</a>".repeat(count);

  it("counts bytes, not characters", () => {
    expect(refusal("<a>é</a>", { bytesMax: 9 })).toBeNull();
    expect(refusal("<a>é</a>", { bytesMax: 8 })).toMatchObject({ ruleId: "xml-limit" });
    expect(refusal("<a>\u{1F600}</a>", { bytesMax: 11 })).toBeNull();
    expect(refusal("<a>\u{1F600}</a>", { bytesMax: 10 })).toMatchObject({ ruleId: "xml-limit" });
  });

  it("bounds depth, elements, attributes and nested namespace declarations", () => {
    expect(refusal(nested(256))).toBeNull();
    expect(refusal(nested(257))).toMatchObject({ ruleId: "xml-limit", column: 3 * 256 + 1 });
    expect(refusal(`<a>${"<b/>".repeat(3)}</a>`, { elementsMax: 3 })).toMatchObject({ ruleId: "xml-limit" });
    const attributes = Array.from({ length: 129 }, (_, index) => ` a${index}=""`);
    expect(refusal(`<a${attributes.slice(1).join("")}/>`)).toBeNull();
    expect(refusal(`<a${attributes.join("")}/>`)).toMatchObject({ ruleId: "xml-limit" });
    expect(refusal(nested(32, ' xmlns="u"'))).toBeNull();
    expect(refusal(nested(33, ' xmlns="u"'))).toMatchObject({ ruleId: "xml-limit" });
  });

  it("ends within a second on four megabytes of anything", () => {
    const hostile = [
      `<a>${"&amp;".repeat(800_000)}</a>`,
      `<a ${"b ".repeat(2_000_000)}/>`,
      `<a ${'b="" '.repeat(800_000)}/>`,
      `<a ${"p:b='' ".repeat(500_000)}/>`,
      "<a>".repeat(1_300_000),
      '<a xmlns:x="u">'.repeat(250_000),
      `<a>${"<b/>".repeat(1_000_000)}</a>`,
      `<a>${"<!---->".repeat(500_000)}</a>`,
      `<a>${"&".repeat(4_000_000)}</a>`,
      `<${"a:".repeat(2_000_000)}/>`,
      `<a b='${"x".repeat(4_000_000)}'/>`,
      `<a ${Array.from({ length: 127 }, (_, index) => `a${index}=""`).join(" ")}>${" ".repeat(4_000_000)}</a>`,
      "\n".repeat(4_000_000),
    ];
    for (const xml of hostile) {
      const before = cpuUsage();
      refusal(xml);
      const { user, system } = cpuUsage(before);
      expect((user + system) / 1000).toBeLessThan(1000);
    }
  });
});
