// Sets of Unicode code points as sorted ranges: what XPath class subtraction needs and RE2 does not have.

/** Sorted, disjoint, inclusive. */
export type CodePointSet = readonly (readonly [number, number])[];

const LAST = 0x10ffff;

export function union(sets: readonly CodePointSet[]): CodePointSet {
  const all = sets.flat().sort((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const [from, to] of all) {
    const last = merged.at(-1);
    if (last && from <= last[1] + 1) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  return merged;
}

export function complement(set: CodePointSet): CodePointSet {
  const rest: [number, number][] = [];
  let next = 0;
  for (const [from, to] of set) {
    if (from > next) rest.push([next, from - 1]);
    next = to + 1;
  }
  if (next <= LAST) rest.push([next, LAST]);
  return rest;
}

export function subtract(a: CodePointSet, b: CodePointSet): CodePointSet {
  return complement(union([complement(a), b]));
}

/** Ranges longer than this are scripts and categories, which hold both cases of their letters. */
const FOLDED_RANGE_MAX = 3_000;

/** Letters that fold to the same lower case as another one but are neither its upper nor its lower case. */
const FOLDED: ReadonlyMap<string, readonly number[]> = new Map([
  ["k", [0x212a]],
  ["å", [0x212b]],
  ["s", [0x17f]],
  ["ω", [0x2126]],
  ["μ", [0xb5]],
  ["ß", [0x1e9e]],
  ["θ", [0x3d1, 0x3f4]],
]);

/** With both cases of every letter: what flag i means inside a class. */
export function withBothCases(set: CodePointSet): CodePointSet {
  const more: [number, number][] = [];
  for (const [from, to] of set) {
    for (let code = from; code <= to && to - from <= FOLDED_RANGE_MAX; code++) {
      const character = String.fromCodePoint(code);
      for (const other of [character.toLowerCase(), character.toUpperCase()]) {
        const point = other.codePointAt(0)!;
        if (point !== code && other.length === String.fromCodePoint(point).length) more.push([point, point]);
        for (const folded of FOLDED.get(other) ?? []) more.push([folded, folded]);
      }
    }
  }
  return union([set, more]);
}

const categories = new Map<string, CodePointSet>();

/** The code points of a Unicode general category such as `L` or `Nd`, by the runtime's tables. Computed once each. */
export function categorySet(name: string): CodePointSet {
  const known = categories.get(name);
  if (known) return known;
  const pattern = CATEGORY_PATTERNS.get(name)!;
  const ranges: [number, number][] = [];
  for (let point = 0; point <= LAST; point++) {
    if (!pattern.test(String.fromCodePoint(point))) continue;
    const last = ranges.at(-1);
    if (last && last[1] === point - 1) last[1] = point;
    else ranges.push([point, point]);
  }
  categories.set(name, ranges);
  return ranges;
}

/** The categories of XML Schema (Unicode general categories, without surrogates). */
const CATEGORY_NAMES =
  "L Lu Ll Lt Lm Lo M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf Po Z Zs Zl Zp S Sm Sc Sk So C Cc Cf Co Cn".split(" ");

const CATEGORY_PATTERNS: ReadonlyMap<string, RegExp> = new Map(
  CATEGORY_NAMES.map((name) => [name, new RegExp(`^\\p{${name}}$`, "u")]),
);

export function isCategory(name: string): boolean {
  return CATEGORY_PATTERNS.has(name);
}

/** Blocks of XML Schema by their names (`\p{IsGreek}`); the blocks that patterns in practice name. */
const BLOCKS: ReadonlyMap<string, readonly [number, number]> = new Map([
  ["BasicLatin", [0x0000, 0x007f]],
  ["Latin-1Supplement", [0x0080, 0x00ff]],
  ["LatinExtended-A", [0x0100, 0x017f]],
  ["LatinExtended-B", [0x0180, 0x024f]],
  ["IPAExtensions", [0x0250, 0x02af]],
  ["SpacingModifierLetters", [0x02b0, 0x02ff]],
  ["CombiningDiacriticalMarks", [0x0300, 0x036f]],
  ["Greek", [0x0370, 0x03ff]],
  ["GreekandCoptic", [0x0370, 0x03ff]],
  ["Cyrillic", [0x0400, 0x04ff]],
  ["Armenian", [0x0530, 0x058f]],
  ["Hebrew", [0x0590, 0x05ff]],
  ["Arabic", [0x0600, 0x06ff]],
  ["Devanagari", [0x0900, 0x097f]],
  ["Bengali", [0x0980, 0x09ff]],
  ["Tamil", [0x0b80, 0x0bff]],
  ["Thai", [0x0e00, 0x0e7f]],
  ["Georgian", [0x10a0, 0x10ff]],
  ["HangulJamo", [0x1100, 0x11ff]],
  ["LatinExtendedAdditional", [0x1e00, 0x1eff]],
  ["GreekExtended", [0x1f00, 0x1fff]],
  ["GeneralPunctuation", [0x2000, 0x206f]],
  ["SuperscriptsandSubscripts", [0x2070, 0x209f]],
  ["CurrencySymbols", [0x20a0, 0x20cf]],
  ["LetterlikeSymbols", [0x2100, 0x214f]],
  ["NumberForms", [0x2150, 0x218f]],
  ["Arrows", [0x2190, 0x21ff]],
  ["MathematicalOperators", [0x2200, 0x22ff]],
  ["BoxDrawing", [0x2500, 0x257f]],
  ["GeometricShapes", [0x25a0, 0x25ff]],
  ["Dingbats", [0x2700, 0x27bf]],
  ["CJKSymbolsandPunctuation", [0x3000, 0x303f]],
  ["Hiragana", [0x3040, 0x309f]],
  ["Katakana", [0x30a0, 0x30ff]],
  ["CJKUnifiedIdeographs", [0x4e00, 0x9fff]],
  ["HangulSyllables", [0xac00, 0xd7a3]],
  ["PrivateUse", [0xe000, 0xf8ff]],
  ["ArabicPresentationForms-A", [0xfb50, 0xfdff]],
  ["Emoticons", [0x1f600, 0x1f64f]],
]);

/** The set of `\p{name}`, undefined when the name is none. */
export function propertySet(name: string): CodePointSet | undefined {
  if (name.startsWith("Is")) {
    const block = BLOCKS.get(name.slice(2));
    return block && [block];
  }
  return isCategory(name) ? categorySet(name) : undefined;
}

const NAME_START: CodePointSet = [
  [0x3a, 0x3a],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
  [0xc0, 0xd6],
  [0xd8, 0xf6],
  [0xf8, 0x2ff],
  [0x370, 0x37d],
  [0x37f, 0x1fff],
  [0x200c, 0x200d],
  [0x2070, 0x218f],
  [0x2c00, 0x2fef],
  [0x3001, 0xd7ff],
  [0xf900, 0xfdcf],
  [0xfdf0, 0xfffd],
  [0x10000, 0xeffff],
];
const NAME_MORE: CodePointSet = [
  [0x2d, 0x2e],
  [0x30, 0x39],
  [0xb7, 0xb7],
  [0x300, 0x36f],
  [0x203f, 0x2040],
];
const BLANKS: CodePointSet = [
  [0x09, 0x0a],
  [0x0d, 0x0d],
  [0x20, 0x20],
];

/** The set of a multi-character escape `\s \i \c \d \w` and their complements in capitals. */
export function escapeSet(letter: string): CodePointSet | undefined {
  switch (letter.toLowerCase()) {
    case "s":
      return letter === "s" ? BLANKS : complement(BLANKS);
    case "i":
      return letter === "i" ? NAME_START : complement(NAME_START);
    case "c": {
      const names = union([NAME_START, NAME_MORE]);
      return letter === "c" ? names : complement(names);
    }
    case "d":
      return letter === "d" ? categorySet("Nd") : complement(categorySet("Nd"));
    case "w": {
      const others = union([categorySet("P"), categorySet("Z"), categorySet("C")]);
      return letter === "W" ? others : complement(others);
    }
    default:
      return undefined;
  }
}

/** The ranges as the inside of an RE2 class. */
export function formatSet(set: CodePointSet): string {
  return set
    .map(([from, to]) => (from === to ? formatPoint(from) : `${formatPoint(from)}-${formatPoint(to)}`))
    .join("");
}

function formatPoint(code: number): string {
  return `\\x{${code.toString(16)}}`;
}
