/** What is told of two versions of a model, apart from how it is drawn (test/browser/design.test.ts shows that). */
import { describe, expect, it } from "vitest";
import { compareParts, mergedOrder, type Part, type Parts, reordered } from "../../modeler/src/difference/change.ts";
import { summary, whereTheyDiffer } from "../../modeler/src/difference/change-words.ts";
import { compareTables, type DecisionTable } from "../../modeler/src/difference/dmn-tables.ts";
import { compareForms } from "../../modeler/src/difference/form-fields.ts";

function parts(...list: readonly (readonly [string, string, Readonly<Record<string, string>>])[]): Parts {
  return new Map(
    list.map(([id, kind, facts]): [string, Part] => [
      id,
      { id, kind, name: id, facts: new Map(Object.entries(facts)) },
    ]),
  );
}

function table(...rows: readonly (readonly [string, string, string])[]): DecisionTable {
  const columns = [
    { id: "amount", role: "when", title: "Amount" },
    { id: "answer", role: "then", title: "Answer" },
  ] as const;
  return {
    decisionId: "d",
    name: "D",
    columns,
    rows: rows.map(([id, amount, answer]) => ({
      id,
      cells: new Map([
        ["amount", amount],
        ["answer", answer],
      ]),
    })),
  };
}

const form = (...components: readonly unknown[]): string => JSON.stringify({ id: "f", components });

describe("the difference of two models", () => {
  it("tells what was added, removed, changed with each fact before and after, and only moved", () => {
    const before = parts(
      ["pay", "Service task", { "Job type": "pay", Retries: "3" }],
      ["old", "User task", {}],
      ["ask", "User task", {}],
    );
    const after = parts(
      ["pay", "Send task", { "Job type": "pay-out" }],
      ["new", "Service task", { "Job type": "check" }],
      ["ask", "User task", {}],
    );
    const changes = compareParts(before, after, new Set(["ask", "pay"]));
    expect(changes.map(({ id, what }) => `${id} ${what}`)).toEqual([
      "pay changed",
      "new added",
      "ask moved",
      "old removed",
    ]);
    expect(changes[0]?.details).toEqual([
      { label: "Type", before: "Service task", after: "Send task" },
      { label: "Job type", before: "pay", after: "pay-out" },
      { label: "Retries", before: "3", after: null },
    ]);
    expect(changes[1]?.details).toEqual([{ label: "Job type", before: null, after: "check" }]);
    expect(summary(changes)).toBe("1 changed, 1 added, 1 removed, 1 moved");
  });

  it("does not take a renamed target for another one", () => {
    const flow = (told: string): Parts =>
      new Map([
        [
          "f",
          { id: "f", kind: "Sequence flow", name: "f", facts: new Map([["To", "t"]]), told: new Map([["To", told]]) },
        ],
      ]);
    expect(compareParts(flow("Close (t)"), flow("Close the case (t)"))).toEqual([]);
  });

  it("names as few parts as possible as moved, and keeps removed ones where they were", () => {
    expect([...reordered(["a", "b", "c", "d"], ["d", "a", "b", "c"])]).toEqual(["d"]);
    expect(mergedOrder(["a", "x", "b", "y"], ["b", "a", "z"])).toEqual(["b", "y", "a", "x", "z"]);
    const many = Array.from({ length: 20_000 }, (_, index) => String(index));
    expect(reordered(many, [...many].reverse()).size).toBe(19_999);
  });

  it("shows long texts where they differ, with whole words around", () => {
    const same = "word ".repeat(50);
    const [before, after] = whereTheyDiffer(`${same}old ${same}`, `${same}new ${same}`);
    expect([before, after]).toEqual([
      "… word word word word word word word old word word word word word word word …",
      "… word word word word word word word new word word word word word word word …",
    ]);
    expect(whereTheyDiffer("a", "b")).toEqual(["a", "b"]);
  });

  it("tells rules apart: cells, order, and rules that only got another id", () => {
    const before = table(["a", "> 5", "no"], ["b", "> 3", "ask"], ["c", "-", "yes"]);
    const after = table(["c2", "-", "yes"], ["a", "> 7", "no"], ["b", "> 3", "ask"], ["d", "< 0", "no"]);
    const { rows } = compareTables(before, after);
    expect(rows.map(({ id, what, placeBefore, placeAfter }) => [id, what, placeBefore, placeAfter])).toEqual([
      ["c2", "moved", 3, 1],
      ["a", "changed", 1, 2],
      ["b", null, 2, 3],
      ["d", "added", null, 4],
    ]);
    expect(rows[1]?.cells.get("amount")).toEqual({ before: "> 5", after: "> 7" });
  });

  it("tells fields of a form apart, also those in groups, and refuses what is no form", () => {
    const amount = { type: "number", id: "amount", key: "amount", label: "Amount" };
    const reason = {
      type: "select",
      id: "reason",
      label: "Reason",
      values: [{ label: "Damaged", value: "damaged" }],
    };
    const before = form(amount, { type: "group", id: "g", label: "More", components: [reason] });
    const after = form({ ...amount, validate: { required: true, max: 500 } }, reason, {
      type: "text",
      id: "hint",
      text: "# Hint",
    });
    const changes = compareForms(before, after);
    expect(changes.map(({ name, what }) => `${name} ${what}`)).toEqual([
      "Amount changed",
      "Reason changed",
      "Hint added",
      "More removed",
    ]);
    expect(changes[0]?.details.map(({ label, after: now }) => `${label} ${now}`).sort()).toEqual([
      "Maximum 500",
      "Required true",
    ]);
    expect(changes[1]?.details).toEqual([{ label: "Inside", before: "More", after: null }]);
    expect(() => compareForms("[]", after)).toThrow(/Expected a form-js schema/);
  });
});
