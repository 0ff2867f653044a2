// A text that is no FEEL. Thrown at compile time only: a deployment refuses, an evaluation never sees it.

export interface SourcePosition {
  from: number;
  to: number;
  /** Both from 1. */
  line: number;
  column: number;
}

export class FeelSyntaxError extends Error {
  override readonly name = "FeelSyntaxError";
  readonly position: SourcePosition;
  readonly source: string;

  constructor(message: string, source: string, from: number, to: number) {
    const position = locate(source, from, to);
    super(`${message} (line ${position.line}, column ${position.column})`);
    this.position = position;
    this.source = source;
  }
}

function locate(source: string, from: number, to: number): SourcePosition {
  let line = 1;
  let start = 0;
  for (let index = source.indexOf("\n"); index >= 0 && index < from; index = source.indexOf("\n", index + 1)) {
    line++;
    start = index + 1;
  }
  return { from, to, line, column: from - start + 1 };
}
