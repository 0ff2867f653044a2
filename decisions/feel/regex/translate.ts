// XPath 3.1 regular expressions (F&O §5.6.1, which DMN 1.5 table 74 refers to) to RE2 syntax.
// Contract: linear in the pattern; what XPath does not allow is refused; back-references, which no linear-time engine
// can have, are refused by name.
import {
  type CodePointSet,
  complement,
  escapeSet,
  formatSet,
  isCategory,
  propertySet,
  subtract,
  union,
  withBothCases,
} from "./code-points.ts";

/** Why a text is no pattern. */
export class PatternError extends Error {}

export interface Translation {
  source: string;
  groups: number;
}

const PLAIN_ESCAPES: ReadonlyMap<string, number> = new Map([
  ["n", 10],
  ["r", 13],
  ["t", 9],
  ...[..."\\|.?*+(){}-[]^$"].map((character) => [character, character.codePointAt(0)!] as const),
]);

/** Spaces between a backslash and its letter, or inside `\p{…}`, vanish with the x flag; classes keep theirs. */
function withoutBlanks(pattern: string): string {
  let result = "";
  let depth = 0;
  for (let index = 0; index < pattern.length; index++) {
    const character = pattern[index]!;
    if (depth === 0 && " \t\n\r".includes(character)) continue;
    result += character;
    if (character === "\\" && index + 1 < pattern.length && !(depth === 0 && " \t\n\r".includes(pattern[index + 1]!))) {
      result += pattern[++index]!;
    } else if (character === "[") depth++;
    else if (character === "]" && depth > 0) depth--;
  }
  return result;
}

export interface TranslationFlags {
  ignoreBlanks: boolean;
  ignoreCase: boolean;
  dotAll: boolean;
  multiline: boolean;
}

/** Translates a pattern; throws PatternError. */
export function translate(pattern: string, flags: TranslationFlags): Translation {
  const text = flags.ignoreBlanks ? withoutBlanks(pattern) : pattern;
  return new Translator(text, flags).run();
}

class Translator {
  private readonly points: readonly string[];
  private readonly dot: string;
  private readonly end: string;
  private readonly ignoreCase: boolean;
  private index = 0;
  private groups = 0;
  private readonly open: number[] = [];

  constructor(text: string, flags: TranslationFlags) {
    this.points = Array.from(text);
    this.ignoreCase = flags.ignoreCase;
    this.dot = flags.dotAll ? "(?s:.)" : "[^\\n\\r]";
    this.end = flags.multiline ? "$" : "\\z";
  }

  run(): Translation {
    let source = "";
    let quantifiable = false;
    while (this.index < this.points.length) {
      const character = this.points[this.index]!;
      if (this.isQuantifier(character)) {
        if (!quantifiable) throw new PatternError(`Expected something before "${character}".`);
        source += this.quantifier();
        quantifiable = false;
        continue;
      }
      source += this.term(character);
      quantifiable = !"(|^".includes(character) && character !== "$";
    }
    if (this.open.length > 0) throw new PatternError('Expected ")".');
    return { source, groups: this.groups };
  }

  private isQuantifier(character: string): boolean {
    return character === "*" || character === "+" || character === "?" || character === "{";
  }

  private quantifier(): string {
    const rest = this.points.slice(this.index, this.index + 24).join("");
    const match = /^(?:[*+?]|\{\d{1,9}(?:,\d{0,9})?\})\??/.exec(rest);
    if (!match) throw new PatternError('Expected a quantifier such as "{2,3}".');
    this.index += match[0].length;
    return match[0];
  }

  private term(character: string): string {
    this.index++;
    switch (character) {
      case "(":
        return this.group();
      case ")":
        if (this.open.pop() === undefined) throw new PatternError('Expected "(" before ")".');
        return ")";
      case "|":
        return "|";
      case ".":
        return this.dot;
      case "^":
        return "^";
      case "$":
        return this.end;
      case "[":
        return this.fixedClass(this.characterClass(0));
      case "\\":
        return this.escape();
      case "]":
      case "}":
        throw new PatternError(`Expected "\\${character}" for the character itself.`);
      default:
        return formatLiteral(character.codePointAt(0)!);
    }
  }

  private group(): string {
    if (this.open.length > 100) throw new PatternError("Expected at most 100 nested groups.");
    this.open.push(this.groups);
    if (this.points[this.index] !== "?") {
      this.groups++;
      return "(";
    }
    if (this.points[this.index + 1] !== ":") throw new PatternError('Expected "(?:", the only group with "?".');
    this.index += 2;
    return "(?:";
  }

  private escape(): string {
    const letter = this.points[this.index++];
    if (letter === undefined) throw new PatternError('Expected a character after "\\".');
    if (letter >= "1" && letter <= "9") {
      throw new PatternError("Expected a pattern without back-references: they cannot be matched in linear time.");
    }
    const plain = PLAIN_ESCAPES.get(letter);
    if (plain !== undefined) return formatLiteral(plain);
    if (letter === "d") return "\\p{Nd}";
    if (letter === "D") return "\\P{Nd}";
    if (letter === "p" || letter === "P") return this.property(letter);
    const set = escapeSet(letter);
    if (!set) throw new PatternError(`Expected an escape of XPath, but found "\\${letter}".`);
    return this.fixedClass(set);
  }

  private property(letter: string): string {
    const name = this.propertyName();
    if (isCategory(name) && name !== "Cn" && name !== "C" && !this.ignoreCase) return `\\${letter}{${name}}`;
    const set = propertySet(name);
    if (!set) throw new PatternError(`Expected a Unicode category or block, but found "${name}".`);
    return this.fixedClass(letter === "p" ? set : complement(set));
  }

  private propertyName(): string {
    const close = this.points.indexOf("}", this.index);
    if (this.points[this.index] !== "{" || close < 0) throw new PatternError('Expected "{name}" after "\\p".');
    const name = this.points.slice(this.index + 1, close).join("");
    this.index = close + 1;
    return name;
  }

  /** After "[": a group with optional negation and subtraction. */
  private characterClass(depth: number): CodePointSet {
    if (depth > 20) throw new PatternError("Expected at most 20 nested classes.");
    const negated = this.points[this.index] === "^";
    if (negated) this.index++;
    const parts: CodePointSet[] = [];
    for (;;) {
      const character = this.points[this.index];
      if (character === undefined) throw new PatternError('Expected "]".');
      if (character === "]") {
        this.index++;
        return this.finish(parts, negated, []);
      }
      if (character === "-" && this.points[this.index + 1] === "[" && parts.length > 0) {
        this.index += 2;
        const without = this.characterClass(depth + 1);
        if (this.points[this.index++] !== "]") throw new PatternError('Expected "]" after a subtraction.');
        return this.finish(parts, negated, without);
      }
      parts.push(this.classPart());
    }
  }

  private finish(parts: readonly CodePointSet[], negated: boolean, without: CodePointSet): CodePointSet {
    if (parts.length === 0) throw new PatternError("Expected characters in a class.");
    const set = union(parts);
    return subtract(negated ? complement(set) : set, without);
  }

  private classPart(): CodePointSet {
    const from = this.classPoint();
    if (typeof from !== "number") return from;
    if (this.points[this.index] !== "-" || this.points[this.index + 1] === "[" || this.points[this.index + 1] === "]") {
      return this.cased([[from, from]]);
    }
    this.index++;
    const to = this.classPoint();
    if (typeof to !== "number" || to < from) throw new PatternError("Expected an ascending range in a class.");
    return this.cased([[from, to]]);
  }

  /** Flag i holds for the characters of a class, not for its categories (F&O §5.6.1.1). */
  private cased(set: CodePointSet): CodePointSet {
    return this.ignoreCase ? withBothCases(set) : set;
  }

  /** A class whose cases are settled here. */
  private fixedClass(set: CodePointSet): string {
    const text = set.length === 0 ? "[^\\x{0}-\\x{10ffff}]" : `[${formatSet(set)}]`;
    return this.ignoreCase ? `(?-i:${text})` : text;
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
    if (letter !== "p" && letter !== "P") {
      const set = escapeSet(letter);
      if (set) return set;
      throw new PatternError(`Expected an escape of XPath, but found "\\${letter}".`);
    }
    const name = this.propertyName();
    const set = propertySet(name);
    if (!set) throw new PatternError(`Expected a Unicode category or block, but found "${name}".`);
    return letter === "p" ? set : complement(set);
  }
}

function formatLiteral(code: number): string {
  const character = String.fromCodePoint(code);
  return /^[A-Za-z0-9 _]$/.test(character) ? character : `\\x{${code.toString(16)}}`;
}
