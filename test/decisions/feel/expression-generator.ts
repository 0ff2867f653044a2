// Random FEEL expressions by kind, from a seed: valid, mostly well-typed, with nulls and boundary values mixed in.

export type Kind = "number" | "boolean" | "string" | "list" | "date" | "duration" | "context";

/** A source of random numbers in [0, 1). */
export type Random = () => number;

/** mulberry32. */
export function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A text with the closed expressions it is made of. */
export interface Sample {
  text: string;
  parts: readonly Sample[];
}

type Make = (random: Random, depth: number) => Sample;

function pick<T>(random: Random, options: readonly T[]): T {
  return options[Math.floor(random() * options.length)]!;
}

const leaves: Record<Kind, readonly string[]> = {
  number: ["0", "1", "2", "3", "7", "10", "-1", "0.5", "2.25", "100", "n", "m", "o.n"],
  boolean: ["true", "false", "b"],
  string: ['""', '"a"', '"abc"', '"Foo Bar"', '"10"', "s", "o.s"],
  list: ["[]", "[1,2,3]", "[3,1,2,1]", '["a","b"]', "[true,false]", "[null,1]", "l"],
  date: ['date("2024-02-29")', '@"2023-12-31"', "date(2020,1,1)"],
  duration: ['duration("P1D")', '@"P2M"', 'duration("PT36H")', '@"-P1D"'],
  context: ["{a: 1}", '{a: 2, b: "x"}', "o"],
};

const of =
  (kind: Kind): Make =>
  (random, depth) =>
    expression(random, kind, depth - 1);
const num = of("number");
const bool = of("boolean");
const str = of("string");
const list = of("list");
const date = of("date");
const duration = of("duration");
const context = of("context");

/** `template("$ + $", num, num)` fills the marks in order. */
function template(text: string, ...makers: readonly Make[]): Make {
  return (random, depth) => {
    const parts = makers.map((make) => make(random, depth));
    let next = 0;
    return { text: text.replace(/\$/g, () => parts[next++]!.text), parts };
  };
}

const branches: Record<Kind, readonly Make[]> = {
  number: [
    template("($ + $)", num, num),
    template("($ - $)", num, num),
    template("($ * $)", num, num),
    template("($ / $)", num, num),
    template("(if $ then $ else $)", bool, num, num),
    template("floor($)", num),
    template("ceiling($)", num),
    template("abs($)", num),
    template("modulo($, $)", num, num),
    template("round half up($, 1)", num),
    template("decimal($, 1)", num),
    template("count($)", list),
    template("sum($)", list),
    template("min($)", list),
    template("max($)", list),
    template("mean($)", list),
    template("string length($)", str),
    template("number($)", str),
    template("$[1]", list),
    template("$.a", context),
    template("$.year", date),
  ],
  boolean: [
    template("($ < $)", num, num),
    template("($ >= $)", num, num),
    template("($ = $)", num, num),
    template("($ != $)", str, str),
    template("($ and $)", bool, bool),
    template("($ or $)", bool, bool),
    template("not($)", bool),
    template("($ in [$..$])", num, num, num),
    template("($ in ($, < $))", num, num, num),
    template("($ between $ and $)", num, num, num),
    template("(some x in $ satisfies x > 1)", list),
    template("(every x in $ satisfies x > 0)", list),
    template("contains($, $)", str, str),
    template("starts with($, $)", str, str),
    template("list contains($, $)", list, num),
    template("($ instance of number)", num),
    template("($ < $)", date, date),
    template("($ = null)", num),
    template("all($)", list),
    template("any($)", list),
    template('matches($, "[a-c]+")', str),
  ],
  string: [
    template("($ + $)", str, str),
    template("upper case($)", str),
    template("lower case($)", str),
    template("substring($, 2)", str),
    template("substring before($, $)", str, str),
    template("substring after($, $)", str, str),
    template("string($)", num),
    template("(if $ then $ else $)", bool, str, str),
    template('replace($, "a", "z")', str),
    template('string join($, "-")', list),
    template("$.b", context),
  ],
  list: [
    template("[$, $]", num, num),
    template("(for x in $ return x)", list),
    template("(for i in 1..3 return i * $)", num),
    template("$[item > 1]", list),
    template("append($, $)", list, num),
    template("concatenate($, $)", list, list),
    template("reverse($)", list),
    template("distinct values($)", list),
    template("flatten([$, $])", list, list),
    template("sublist($, 1, 1)", list),
    template("remove($, 1)", list),
    template("insert before($, 1, $)", list, num),
    template("index of($, $)", list, num),
    template("union($, $)", list, list),
    template("sort($, function(x, y) x < y)", list),
    template('split($, "o")', str),
    template("get entries($).key", context),
  ],
  date: [template("($ + $)", date, duration), template("($ - $)", date, duration)],
  duration: [template("($ - $)", date, date), template("($ + $)", duration, duration)],
  context: [
    template("{a: $, b: $}", num, str),
    template('context put($, "a", $)', context, num),
    template("context merge([$, $])", context, context),
  ],
};

/** An expression of a kind; one in twenty is null, and one in forty of another kind. */
export function expression(random: Random, kind: Kind, depth: number): Sample {
  if (random() < 0.05) return { text: "null", parts: [] };
  const actual = random() < 0.025 ? pick(random, Object.keys(leaves) as Kind[]) : kind;
  if (depth <= 0 || random() < 0.2) return { text: pick(random, leaves[actual]), parts: [] };
  return pick(random, branches[actual])(random, depth);
}

/** The variables that the leaves name. */
export const variables = { n: 4, m: 2.5, b: true, s: "text", l: [5, 6, 7], o: { n: 9, s: "inner", a: 1, b: "y" } };
