// XPath 3.1 regular expressions (F&O §5.6.1, which DMN 1.5 table 74 refers to) to a tree.
// Contract: linear in the text; what XPath does not allow is refused with a PatternError.
import {
  type CodePointSet,
  complement,
  escapeSet,
  isCategory,
  propertySet,
  subtract,
  union,
  withBothCases,
} from "./code-points.ts";
import { PatternError, type PatternNode, type PatternTree } from "./tree.ts";

export interface PatternFlags {
  ignoreBlanks: boolean;
  ignoreCase: boolean;
  dotAll: boolean;
  /** The text is not a pattern but itself. */
  literal: boolean;
}

const BLANKS = " \t\n\r";
const NESTING_MAX = 100;
const CLASS_NESTING_MAX = 20;
const NOT_NEWLINE: CodePointSet = complement([
  [10, 10],
  [13, 13],
]);
const EVERYTHING: CodePointSet = complement([]);

const PLAIN_ESCAPES: ReadonlyMap<string, number> = new Map([
  ["n", 10],
  ["r", 13],
  ["t", 9],
  ...[..."\\|.?*+(){}-[]^$"].map((character) => [character, character.codePointAt(0)!] as const),
]);

/** The tree of a pattern; throws PatternError. */
export function parsePattern(pattern: string, flags: PatternFlags): PatternTree {
  if (flags.literal) return literalTree(pattern, flags);
  return new PatternReader(flags.ignoreBlanks ? withoutBlanks(pattern) : pattern, flags).run();
}

function literalTree(text: string, flags: PatternFlags): PatternTree {
  const items = Array.from(text, (character) => characterNode(character.codePointAt(0)!, flags.ignoreCase));
  return { root: { kind: "sequence", items }, groups: 0, hasReferences: false };
}

function characterNode(code: number, ignoreCase: boolean): PatternNode {
  const set: CodePointSet = [[code, code]];
  if (ignoreCase) return { kind: "set", set: () => withBothCases(set) };
  const text = String.fromCodePoint(code);
  return { kind: "set", set: () => set, ...(/^[A-Za-z0-9 _]$/.test(text) ? { class: text } : {}) };
}

/** Flag x: blanks vanish, also between a backslash and its letter; those inside classes stay. */
function withoutBlanks(pattern: string): string {
  let result = "";
  let depth = 0;
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern[index]!;
    if (depth === 0 && BLANKS.includes(character)) continue;
    result += character;
    if (character === "\\" && index + 1 < pattern.length && !(depth === 0 && BLANKS.includes(pattern[index + 1]!))) {
      result += pattern[++index]!;
    } else if (character === "[") depth++;
    else if (character === "]" && depth > 0) depth--;
  }
  return result;
}

class PatternReader {
  private readonly points: readonly string[];
  private readonly flags: PatternFlags;
  private index = 0;
  private groups = 0;
  private nesting = 0;
  private hasReferences = false;
  private readonly closed = new Set<number>();

  constructor(text: string, flags: PatternFlags) {
    this.points = Array.from(text);
    this.flags = flags;
  }

  run(): PatternTree {
    const root = this.choice();
    if (this.index < this.points.length) throw new PatternError('Expected "(" before ")".');
    return { root, groups: this.groups, hasReferences: this.hasReferences };
  }

  private get next(): string | undefined {
    return this.points[this.index];
  }

  private choice(): PatternNode {
    const options = [this.sequence()];
    while (this.next === "|") {
      this.index++;
      options.push(this.sequence());
    }
    return options.length === 1 ? options[0]! : { kind: "choice", options };
  }

  private sequence(): PatternNode {
    const items: PatternNode[] = [];
    while (this.next !== undefined && this.next !== "|" && this.next !== ")") items.push(this.repeated(this.atom()));
    return { kind: "sequence", items };
  }

  private repeated(body: PatternNode): PatternNode {
    const rest = this.points.slice(this.index, this.index + 24).join("");
    const match = /^([*+?]|\{(\d{1,9})(,(\d{0,9}))?\})(\??)/.exec(rest);
    if (!match) return body;
    if (body.kind === "start" || body.kind === "end")
      throw new PatternError("Expected no quantifier behind an anchor.");
    this.index += match[0].length;
    if (/^[*+?{]/.test(this.next ?? "")) throw new PatternError("Expected one quantifier, but found two.");
    const [min, max] = bounds(match[1]!, match[2], match[3], match[4]);
    if (max !== undefined && max < min)
      throw new PatternError(`Expected a range of repetitions, but found {${min},${max}}.`);
    return { kind: "repeat", body, min, max, lazy: match[5] === "?" };
  }

  private atom(): PatternNode {
    const character = this.points[this.index++]!;
    switch (character) {
      case "(":
        return this.group();
      case ".":
        return this.flags.dotAll
          ? { kind: "set", set: () => EVERYTHING, class: "(?s:.)" }
          : { kind: "set", set: () => NOT_NEWLINE, class: "[^\\n\\r]" };
      case "^":
        return { kind: "start" };
      case "$":
        return { kind: "end" };
      case "[":
        return this.classNode();
      case "\\":
        return this.escape();
      case "]":
      case "}":
      case "{":
      case "*":
      case "+":
      case "?":
        throw new PatternError(`Expected "\\${character}" for the character itself.`);
      default:
        return characterNode(character.codePointAt(0)!, this.flags.ignoreCase);
    }
  }

  private group(): PatternNode {
    if (++this.nesting > NESTING_MAX) throw new PatternError(`Expected at most ${NESTING_MAX} nested groups.`);
    const capturing = this.next !== "?";
    if (!capturing && this.points[this.index + 1] !== ":") {
      throw new PatternError('Expected "(?:", the only group with "?".');
    }
    const index = capturing ? ++this.groups : undefined;
    if (!capturing) this.index += 2;
    const body = this.choice();
    if (this.next !== ")") throw new PatternError('Expected ")".');
    this.index++;
    this.nesting--;
    if (index !== undefined) this.closed.add(index);
    return { kind: "group", index, body };
  }

  private classNode(): PatternNode {
    const set = this.characterClass(0);
    return { kind: "set", set: () => set };
  }

  private escape(): PatternNode {
    const letter = this.points[this.index++];
    if (letter === undefined) throw new PatternError('Expected a character after "\\".');
    if (letter >= "1" && letter <= "9") return this.reference(letter);
    const plain = PLAIN_ESCAPES.get(letter);
    if (plain !== undefined) return characterNode(plain, false);
    if (letter === "d" || letter === "D") {
      return { kind: "set", set: () => escapeSet(letter)!, class: letter === "d" ? "\\p{Nd}" : "\\P{Nd}" };
    }
    if (letter === "p" || letter === "P") return this.property(letter);
    const set = escapeSet(letter);
    if (!set) throw new PatternError(`Expected an escape of XPath, but found "\\${letter}".`);
    return { kind: "set", set: () => set };
  }

  /** A back-reference takes as many digits as name a group that is closed by now. */
  private reference(first: string): PatternNode {
    let digits = first;
    while (/^\d$/.test(this.next ?? "") && this.closed.has(Number(digits + this.next))) {
      digits += this.points[this.index++]!;
    }
    const group = Number(digits);
    if (!this.closed.has(group)) throw new PatternError(`Expected a group ${group} before "\\${digits}".`);
    this.hasReferences = true;
    return { kind: "reference", group };
  }

  private property(letter: string): PatternNode {
    const { name, set } = this.propertyNamed(letter);
    const short = isCategory(name) && name !== "C" && name !== "Cn";
    return { kind: "set", set: () => set, ...(short ? { class: `\\${letter}{${name}}` } : {}) };
  }

  private propertyNamed(letter: string): { name: string; set: CodePointSet } {
    const close = this.points.indexOf("}", this.index);
    if (this.next !== "{" || close < 0) throw new PatternError('Expected "{name}" after "\\p".');
    const name = this.points.slice(this.index + 1, close).join("");
    this.index = close + 1;
    const set = propertySet(name);
    if (!set) throw new PatternError(`Expected a Unicode category or block, but found "${name}".`);
    return { name, set: letter === "p" ? set : complement(set) };
  }

  /** After "[": a group with optional negation and subtraction. */
  private characterClass(depth: number): CodePointSet {
    if (depth > CLASS_NESTING_MAX) throw new PatternError(`Expected at most ${CLASS_NESTING_MAX} nested classes.`);
    const negated = this.next === "^";
    if (negated) this.index++;
    const parts: CodePointSet[] = [];
    for (;;) {
      const character = this.next;
      if (character === undefined) throw new PatternError('Expected "]".');
      if (character === "]") {
        this.index++;
        return combine(parts, negated, []);
      }
      if (character === "-" && this.points[this.index + 1] === "[" && parts.length > 0) {
        this.index += 2;
        const without = this.characterClass(depth + 1);
        if (this.points[this.index++] !== "]") throw new PatternError('Expected "]" after a subtraction.');
        return combine(parts, negated, without);
      }
      parts.push(this.classPart());
    }
  }

  private classPart(): CodePointSet {
    const from = this.classPoint();
    if (typeof from !== "number") return from;
    const after = this.points[this.index + 1];
    if (this.next !== "-" || after === "[" || after === "]") return this.cased([[from, from]]);
    this.index++;
    const to = this.classPoint();
    if (typeof to !== "number" || to < from) throw new PatternError("Expected an ascending range in a class.");
    return this.cased([[from, to]]);
  }

  /** Flag i holds for the characters of a class, not for its categories (F&O §5.6.1.1). */
  private cased(set: CodePointSet): CodePointSet {
    return this.flags.ignoreCase ? withBothCases(set) : set;
  }

  private classPoint(): number | CodePointSet {
    const character = this.points[this.index++];
    if (character === undefined) throw new PatternError('Expected "]".');
    if (character === "[") throw new PatternError('Expected "\\[" inside a class.');
    return character === "\\" ? this.classEscape() : character.codePointAt(0)!;
  }

  private classEscape(): number | CodePointSet {
    const letter = this.points[this.index++] ?? "";
    const plain = PLAIN_ESCAPES.get(letter);
    if (plain !== undefined) return plain;
    if (letter === "p" || letter === "P") return this.propertyNamed(letter).set;
    const set = escapeSet(letter);
    if (!set) throw new PatternError(`Expected an escape of XPath, but found "\\${letter}".`);
    return set;
  }
}

function combine(parts: readonly CodePointSet[], negated: boolean, without: CodePointSet): CodePointSet {
  if (parts.length === 0) throw new PatternError("Expected characters in a class.");
  const set = union(parts);
  return subtract(negated ? complement(set) : set, without);
}

function bounds(
  quantifier: string,
  min: string | undefined,
  comma: string | undefined,
  max: string | undefined,
): [number, number | undefined] {
  if (quantifier === "*") return [0, undefined];
  if (quantifier === "+") return [1, undefined];
  if (quantifier === "?") return [0, 1];
  if (comma === undefined) return [Number(min), Number(min)];
  return [Number(min), max === "" ? undefined : Number(max)];
}
