// Where this engine and feelin's evaluator differ, and why ours is right. The differential test fails on a difference
// that no entry explains, and on an entry that explains nothing any more.

export interface Difference {
  name: string;
  why: string;
  /** Judges the smallest expression that differs while all its parts agree. Values are JSON texts. */
  explains(difference: { text: string; ours: string; theirs: string }): boolean;
}

const booleans = ["true", "false"];

export const differences: readonly Difference[] = [
  {
    name: "values of different kinds have no order",
    why: "DMN 1.5 table 54: comparing them is null. feelin answers with a boolean or throws 'unsupported range'.",
    explains: ({ text, ours, theirs }) =>
      ours === "null" && (booleans.includes(theirs) || theirs.startsWith("THROW")) && /[<>]| in | between /.test(text),
  },
  {
    name: "a descending range holds nothing",
    why: "x between 7 and 1 is x >= 7 and x <= 1. feelin swaps the ends.",
    explains: ({ text, ours, theirs }) => ours === "false" && theirs === "true" && /between|\.\./.test(text),
  },
  {
    name: "a date plus hours is a date",
    why: "DMN 1.5 table 58 and TCK 0100: the result of date + days and time duration is a date.",
    explains: ({ text, ours, theirs }) =>
      /^\(.* [+-] .*\)$/.test(text) &&
      /^"-?\d+-\d\d-\d\d"$/.test(ours) &&
      theirs.startsWith(ours.slice(0, 5)) &&
      theirs.includes("T"),
  },
  {
    name: "min and max of everything that has an order",
    why: "DMN 1.5 table 75: strings and dates too. feelin knows numbers only.",
    explains: ({ text, ours, theirs }) => /^(min|max)\(/.test(text) && ours !== "null" && theirs === "null",
  },
  {
    name: "null is no list",
    why: "A null argument makes concatenate and union null, as in the other list functions.",
    explains: ({ text, ours }) => /^(concatenate|union)\(/.test(text) && ours === "null",
  },
  {
    name: "positions outside a list",
    why: "DMN 1.5 table 75: a position must lie within the list; feelin clips it.",
    explains: ({ text, ours }) => /^(sublist|insert before|remove)\(/.test(text) && ours === "null",
  },
  {
    name: "an empty text is no number",
    why: 'number("") has no numeric literal in it; JavaScript reads 0.',
    explains: ({ text, ours, theirs }) => text.startsWith("number(") && ours === "null" && theirs === "0",
  },
  {
    name: "an unknown answer leaves a quantifier open",
    why: "DMN 1.5 §10.3.2.14: some and every are or and and over three values.",
    explains: ({ text, ours, theirs }) => /^\((some|every) /.test(text) && ours === "null" && booleans.includes(theirs),
  },
  {
    name: "items without an order cannot be sorted",
    why: "feelin throws out of evaluate; FEEL functions answer null, or leave the order where the predicate is not true.",
    explains: ({ text, theirs }) => text.startsWith("sort(") && theirs.startsWith("THROW"),
  },
  {
    name: "a filter of nothing is an empty list",
    why: "A condition keeps what is true; of null nothing is kept.",
    explains: ({ text, ours, theirs }) => text.endsWith("[item > 1]") && ours === "[]" && theirs === "null",
  },
  {
    name: "a filter keeps what is true",
    why: 'A scalar is a list of one, and "10" > 1 is null: nothing is kept. feelin keeps the scalar.',
    explains: ({ text, ours, theirs }) => text.endsWith("[item > 1]") && ours === "[]" && theirs !== "null",
  },
  {
    name: "a condition that is no boolean takes the else branch",
    why: "DMN 1.5 table 51. feelin takes JavaScript's truth for objects.",
    explains: ({ text }) => /^\(if (@|o|l|\{|\[|date|duration|")/.test(text),
  },
  {
    name: "a scalar is iterated as a list of one",
    why: "DMN 1.5 §10.3.2.9.4: the conversion to a singleton list. feelin answers null.",
    explains: ({ text, ours, theirs }) => text.startsWith("(for x in ") && ours.startsWith("[") && theirs === "null",
  },
  {
    name: "remainders are exact",
    why: "modulo of a fraction loses digits in doubles.",
    explains: ({ text, ours, theirs }) => text.startsWith("modulo(") && Math.abs(Number(ours) - Number(theirs)) < 1e-6,
  },
];
