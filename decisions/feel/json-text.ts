// JSON text to values, for `from json()`. Numbers are read as decimals, which JSON.parse would round.
// Contract: linear, bounded depth, duplicate keys refused, undefined for anything that is not JSON.
import { parseNumber } from "./number/text.ts";
import type { EvaluationSession } from "./session.ts";
import type { FeelValue } from "./value.ts";

const DEPTH_MAX = 128;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const BLANK = /[ \t\n\r]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids control characters in strings
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

class NotJson extends Error {}

/** The value of a JSON text. */
export function parseJsonText(text: string, session: EvaluationSession): FeelValue | undefined {
  try {
    return new Reader(text, session).document();
  } catch (error) {
    if (error instanceof NotJson) return undefined;
    throw error;
  }
}

class Reader {
  private readonly text: string;
  private readonly session: EvaluationSession;
  private index = 0;

  constructor(text: string, session: EvaluationSession) {
    this.text = text;
    this.session = session;
  }

  document(): FeelValue {
    const value = this.value(0);
    this.skip();
    if (this.index < this.text.length) throw new NotJson("trailing text");
    return value;
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.index;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.index += found.length;
    return found;
  }

  private skip(): void {
    this.match(BLANK);
  }

  private take(token: string): boolean {
    this.skip();
    if (!this.text.startsWith(token, this.index)) return false;
    this.index += token.length;
    return true;
  }

  private value(depth: number): FeelValue {
    if (depth > DEPTH_MAX) throw new NotJson("too deep");
    this.session.charge(1);
    if (this.take("{")) return this.object(depth);
    if (this.take("[")) return this.array(depth);
    if (this.take("true")) return true;
    if (this.take("false")) return false;
    if (this.take("null")) return null;
    return this.text[this.index] === '"' ? this.string() : this.number();
  }

  private string(): string {
    this.skip();
    const text = this.match(STRING);
    if (text === undefined) throw new NotJson("string");
    return JSON.parse(text) as string;
  }

  private number(): FeelValue {
    const text = this.match(NUMBER);
    const value = text === undefined ? undefined : parseNumber(text);
    if (value === undefined || value === null) throw new NotJson("number");
    return value;
  }

  private array(depth: number): FeelValue {
    const items: FeelValue[] = [];
    if (this.take("]")) return items;
    do items.push(this.value(depth + 1));
    while (this.take(","));
    if (!this.take("]")) throw new NotJson("array");
    this.session.chargeList(items.length);
    return items;
  }

  private object(depth: number): FeelValue {
    const context = new Map<string, FeelValue>();
    if (this.take("}")) return context;
    do {
      const key = this.string();
      if (!this.take(":") || context.has(key)) throw new NotJson("object");
      context.set(key, this.value(depth + 1));
    } while (this.take(","));
    if (!this.take("}")) throw new NotJson("object");
    return context;
  }
}
