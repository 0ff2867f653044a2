// Names, strings and numbers as the grammar spells them (DMN 1.5 grammar rules 22 to 31, 37 and 64).
import type { FeelNumber } from "./number/decimal.ts";
import { parseNumber } from "./number/text.ts";
import { FeelSyntaxError } from "./syntax-error.ts";
import type { NameTree, SyntaxNode } from "./syntax-tree.ts";

const NAME_DEPTH_MAX = 16;

export class Terminals {
  readonly source: string;
  private readonly declared = new Map<string, string>();

  constructor(source: string, names: NameTree) {
    this.source = source;
    this.declare(names, 0);
  }

  private declare(names: NameTree, depth: number): void {
    for (const [name, inner] of Object.entries(names)) {
      this.declared.set(normalizeName(name), name);
      if (inner !== true && depth < NAME_DEPTH_MAX) this.declare(inner, depth + 1);
    }
  }

  text(node: SyntaxNode): string {
    return this.source.slice(node.from, node.to);
  }

  /** A name as it was declared, or with its blanks normalised. Keys and backticks are taken as they are. */
  name(node: SyntaxNode): string {
    const inner = node.firstChild;
    if (inner?.name === "BacktickIdentifier") return this.text(inner).slice(1, -1);
    if (inner?.name === "Name" || inner?.name === "StringLiteral") return this.name(inner);
    if (node.name === "StringLiteral") return this.string(node);
    const plain = normalizeName(this.text(node));
    return this.declared.get(plain) ?? plain;
  }

  typeName(node: SyntaxNode): string {
    return this.text(node)
      .replace(/\s+/g, " ")
      .replace(/ ?\. ?/g, ".");
  }

  string(node: SyntaxNode): string {
    return readEscapes(this.text(node).slice(1, -1));
  }

  number(node: SyntaxNode): FeelNumber {
    const text = this.text(node).replace(/\s+/g, "");
    const value = parseNumber(text);
    if (value !== undefined && value !== null) return value;
    const found = text.slice(0, 40);
    throw new FeelSyntaxError(
      `Expected a number within decimal128, but found ${found}.`,
      this.source,
      node.from,
      node.to,
    );
  }
}

/** How the grammar compares names: blanks around operators and runs of blanks do not count. Runs first: else it is quadratic. */
function normalizeName(name: string): string {
  return name
    .replace(/\s+/g, " ")
    .replace(/ ?([./\-'+*]) ?/g, "$1")
    .trim();
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ["r", "\r"],
  ['"', '"'],
  ["'", "'"],
  ["\\", "\\"],
]);

/** Escapes of DMN 1.5 grammar rule 64; an unknown one keeps its backslash, because patterns such as "\d" are common. */
function readEscapes(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(/\\(u\{[0-9a-fA-F]{1,6}\}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{6}|[\s\S])/g, (whole, body: string) => {
    if (body.length === 1) return ESCAPES.get(body) ?? whole;
    const code = Number.parseInt(body.replace(/[^0-9a-fA-F]/g, ""), 16);
    if (body[0] === "u" && body[1] !== "{") return String.fromCharCode(code);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
