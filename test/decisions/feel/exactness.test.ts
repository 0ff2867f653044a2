// Exactness: money and integers against BigInt arithmetic, which cannot be wrong. A million random cases in a plain
// loop (a property runner would spend its time on bookkeeping), shrinking cases with fast-check for the algebra.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  add,
  compareNumbers,
  compileExpression,
  divide,
  EvaluationSession,
  evaluate,
  type FeelNumber,
  formatNumber,
  fromJson,
  modulo,
  multiply,
  parseNumber,
  roundTo,
  subtract,
  toJson,
} from "../../../decisions/feel/index.ts";

const CASES = 1_000_000;

/** mulberry32: a fixed sequence, so a failure can be run again. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function money(cents: bigint): string {
  const text = (cents < 0n ? -cents : cents).toString().padStart(3, "0");
  return `${cents < 0n ? "-" : ""}${text.slice(0, -2)}.${text.slice(-2)}`;
}

const number = (text: string): FeelNumber => parseNumber(text)!;

/** Half up, away from zero on a tie, in integers. */
function halfUp(value: bigint, divisor: bigint): bigint {
  const magnitude = value < 0n ? -value : value;
  const rounded = (magnitude * 2n + divisor) / (divisor * 2n);
  return value < 0n ? -rounded : rounded;
}

describe("money", () => {
  it(`has no wrong cent in ${CASES.toLocaleString("en")} random prices times rates, rounded half up`, () => {
    const random = generator(7);
    const rounded = compileExpression("round half up(price * rate, 2)");
    const session = new EvaluationSession({ limits: { stepsMax: 1e12 } });
    const scope = new Map<string, FeelNumber>();
    let wrong = 0;
    for (let index = 0; index < CASES; index++) {
      const cents = Math.floor(random() * 100_000_000) - 20_000_000;
      const rate = Math.floor(random() * 100_000);
      scope.set("price", number(money(BigInt(cents))));
      scope.set("rate", number(`${Math.floor(rate / 10_000)}.${String(rate % 10_000).padStart(4, "0")}`));
      const actual = rounded.run(scope, session) as FeelNumber;
      const expected = number(money(halfUp(BigInt(cents) * BigInt(rate), 10_000n)));
      if (compareNumbers(actual, expected) !== 0 || formatNumber(actual) !== formatNumber(expected)) wrong++;
    }
    expect(wrong).toBe(0);
  }, 120_000);

  it("adds and subtracts to the cent across the border of safe integers", () => {
    const random = generator(11);
    let wrong = 0;
    for (let index = 0; index < 200_000; index++) {
      const scale = BigInt(10) ** BigInt(Math.floor(random() * 18));
      const a = BigInt(Math.floor(random() * 1e15)) * scale - BigInt(Math.floor(random() * 1e15));
      const b = BigInt(Math.floor(random() * 1e15)) - BigInt(Math.floor(random() * 1e15)) * scale;
      const sum = formatNumber(add(number(money(a)), number(money(b)))!);
      const difference = formatNumber(subtract(number(money(a)), number(money(b)))!);
      if (sum !== formatNumber(number(money(a + b)))) wrong++;
      if (difference !== formatNumber(number(money(a - b)))) wrong++;
    }
    expect(wrong).toBe(0);
  });
});

describe("integers of up to 34 digits", () => {
  const integer = fc.bigInt({ min: -(10n ** 17n) + 1n, max: 10n ** 17n - 1n });
  const wide = fc.bigInt({ min: -(10n ** 34n) + 1n, max: 10n ** 34n - 1n });

  it("multiply exactly", () => {
    fc.assert(
      fc.property(integer, integer, (a, b) => formatNumber(multiply(number(`${a}`), number(`${b}`))!) === `${a * b}`),
    );
  });

  it("compare, and give a floored remainder, as BigInt does", () => {
    fc.assert(
      fc.property(wide, wide, (a, b) => {
        const order = compareNumbers(number(`${a}`), number(`${b}`));
        expect(Math.sign(order)).toBe(a < b ? -1 : a > b ? 1 : 0);
        if (b === 0n) return;
        const rest = a % b;
        const floored = rest !== 0n && rest < 0n !== b < 0n ? rest + b : rest;
        expect(formatNumber(modulo(number(`${a}`), number(`${b}`))!)).toBe(`${floored}`);
      }),
    );
  });

  it("survive the way through text", () => {
    fc.assert(
      fc.property(wide, fc.integer({ min: -40, max: 40 }), (a, exponent) => {
        const value = number(`${a}e${exponent}`);
        expect(compareNumbers(number(formatNumber(value)), value)).toBe(0);
      }),
    );
  });
});

describe("division", () => {
  it("is within half a unit of the 34th digit", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 20n }), fc.bigInt({ min: 1n, max: 10n ** 20n }), (a, b) => {
        const quotient = divide(number(`${a}`), number(`${b}`))!;
        const [digits, exponent] = scientific(formatNumber(quotient));
        // |a - q b| × 2 ≤ b × unit, all scaled to integers.
        const scale = 10n ** 60n;
        const q =
          exponent >= 0 ? digits * 10n ** BigInt(exponent) * scale : (digits * scale) / 10n ** BigInt(-exponent);
        const error = a * scale - q * b;
        const unit = scale / 10n ** BigInt(33 - (`${a / b}`.length - 1));
        expect((error < 0n ? -error : error) * 2n <= (b * unit * 11n) / 10n).toBe(true);
      }),
    );
  });
});

function scientific(text: string): [bigint, number] {
  const [mantissa, exponent = "0"] = text.split("E");
  const [whole, fraction = ""] = mantissa!.split(".");
  return [BigInt(whole + fraction), Number(exponent) - fraction.length];
}

describe("numbers in expressions", () => {
  const exact: [source: string, value: string][] = [
    ["0.1 + 0.2", "0.3"],
    ["9007199254740993", "9007199254740993"],
    ["12345678901234567890.12 + 0.01", "12345678901234567890.13"],
    ["floor(0.29 * 100)", "29"],
    ["floor(4.35 * 100)", "435"],
    ["ceiling(1.1 * 100)", "110"],
    ["decimal(8.345, 2)", "8.34"],
    ["round half up(1.005, 2)", "1.01"],
    ["modulo(5.3, 0.1)", "0"],
    ["1e3", "1000"],
    ["1.5E-3", "0.0015"],
    ["1/3", "0.3333333333333333333333333333333333"],
    ["2/3", "0.6666666666666666666666666666666667"],
    ["0.29 * 0.5", "0.145"],
    ["10 ** 33 + 0.5", "1000000000000000000000000000000000"],
    ["10 ** 33 + 1.5", "1000000000000000000000000000000002"],
    ["2 ** 0.5", "1.414213562373095048801688724209698"],
    ["exp(1)", "2.718281828459045235360287471352662"],
    ["log(10)", "2.302585092994045684017991454684364"],
    ["sqrt(2)", "1.414213562373095048801688724209698"],
    ["stddev([2, 4, 7, 5])", "2.081665999466132735282297706979931"],
    ["-0", "0"],
    ["0 * -1", "0"],
    ["10 ** 400", "1E+400"],
  ];
  for (const [source, value] of exact) {
    it(`evaluates ${source} to ${value}`, () => {
      expect(formatNumber(evaluate(source).value as FeelNumber)).toBe(value);
    });
  }

  it("compares without tolerance", () => {
    expect(evaluate("1.1 + 2.2 <= 3.3 and 0.1 * 3 = 0.3 and 9007199254740993 > 9007199254740992").value).toBe(true);
    expect(evaluate("0.3000000000000000000000000000000001 = 0.3").value).toBe(false);
  });

  it("has no result beyond decimal128, and says so", () => {
    const { value, warnings } = evaluate("10 ** 6144 * 10");
    expect(value).toBeNull();
    expect(warnings[0]).toMatchObject({ type: "OUT_OF_RANGE", position: { from: 0, to: 15 } });
  });

  it("rounds in seven ways, also left of the point", () => {
    expect(formatNumber(roundTo(number("1250"), -2, "half even")!)).toBe("1200");
    expect(formatNumber(roundTo(number("-1.5"), 0, "half down")!)).toBe("-1");
    expect(formatNumber(roundTo(number("-1.1"), 0, "up")!)).toBe("-2");
    expect(formatNumber(roundTo(number("1e-6000"), 2, "ceiling")!)).toBe("0.01");
  });
});

describe("numbers from and to JSON", () => {
  it("keep the shortest decimal text of a double", () => {
    expect(formatNumber(fromJson(0.1) as FeelNumber)).toBe("0.1");
    expect(formatNumber(fromJson(1e21) as FeelNumber)).toBe("1000000000000000000000");
    expect(fromJson(Number.NaN)).toBeNull();
    expect(fromJson(Number.POSITIVE_INFINITY)).toBeNull();
  });

  it("are numbers where a double holds them, and text where it does not", () => {
    expect(toJson(number("0.1"))).toBe(0.1);
    expect(toJson(number("12345678901234567890.12"))).toBe("12345678901234567890.12");
    expect(toJson(number("1234567890123456.78"))).toBe("1234567890123456.78");
    expect(toJson(number("1e400"))).toBe("1E+400");
    expect(toJson(number("1e-400"))).toBe("1E-400");
  });

  it("stays a number in JSON when it has no end", () => {
    expect(toJson(evaluate("10 / 3").value as FeelNumber)).toBe(10 / 3);
    expect(toJson(evaluate("1.0525 ** 5").value as FeelNumber)).toBe(1.2915479146583009);
    expect(toJson(evaluate("10000000000 / 3").value as FeelNumber)).toBe(10000000000 / 3);
  });

  it("come back from JSON as they were", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(toJson(fromJson(value))).toBe(value === 0 ? 0 : value);
      }),
    );
  });
});
