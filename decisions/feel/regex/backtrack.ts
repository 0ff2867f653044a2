// Matching with back-references, which no linear-time engine can have. An iterative backtracking machine in which every
// step is paid for: a catastrophic pattern ends in the limit on steps, not in a hang.

import type { EvaluationSession } from "../session.ts";
import type { CodePointSet } from "./code-points.ts";
import { PatternError, type PatternNode, type PatternTree } from "./tree.ts";

type Instruction =
  | { op: "set"; set: CodePointSet }
  | { op: "reference"; group: number }
  | { op: "start" }
  | { op: "end" }
  | { op: "save"; slot: number }
  /** Fails when nothing was consumed since the slot was saved: an empty round of a loop would never end. */
  | { op: "progress"; slot: number }
  | { op: "split"; first: number; second: number }
  | { op: "jump"; to: number }
  | { op: "match" };

export interface BacktrackProgram {
  instructions: readonly Instruction[];
  slots: number;
  ignoreCase: boolean;
  multiline: boolean;
}

const INSTRUCTIONS_MAX = 5_000;

/** Compiles a tree; throws PatternError when its repetitions make it too large. */
export function compileProgram(tree: PatternTree, ignoreCase: boolean, multiline: boolean): BacktrackProgram {
  const compiler = new ProgramCompiler((tree.groups + 1) * 2);
  compiler.capture(0, tree.root);
  compiler.push({ op: "match" });
  return { instructions: compiler.instructions, slots: compiler.slots, ignoreCase, multiline };
}

class ProgramCompiler {
  readonly instructions: Instruction[] = [];
  slots: number;

  constructor(slots: number) {
    this.slots = slots;
  }

  push(instruction: Instruction): number {
    if (this.instructions.length >= INSTRUCTIONS_MAX)
      throw new PatternError("Expected a smaller pattern with back-references.");
    return this.instructions.push(instruction) - 1;
  }

  capture(group: number, body: PatternNode): void {
    this.push({ op: "save", slot: group * 2 });
    this.add(body);
    this.push({ op: "save", slot: group * 2 + 1 });
  }

  private add(node: PatternNode): void {
    switch (node.kind) {
      case "set":
        this.push({ op: "set", set: node.set() });
        break;
      case "sequence":
        for (const item of node.items) this.add(item);
        break;
      case "choice":
        this.choice(node.options);
        break;
      case "group":
        if (node.index === undefined) this.add(node.body);
        else this.capture(node.index, node.body);
        break;
      case "repeat":
        this.repeat(node);
        break;
      case "reference":
        this.push({ op: "reference", group: node.group });
        break;
      default:
        this.push({ op: node.kind });
    }
  }

  private choice(options: readonly PatternNode[]): void {
    const ends: number[] = [];
    for (const option of options.slice(0, -1)) {
      const split = this.push({ op: "split", first: 0, second: 0 });
      this.add(option);
      ends.push(this.push({ op: "jump", to: 0 }));
      this.instructions[split] = { op: "split", first: split + 1, second: this.instructions.length };
    }
    this.add(options.at(-1)!);
    for (const end of ends) this.instructions[end] = { op: "jump", to: this.instructions.length };
  }

  private repeat(node: Extract<PatternNode, { kind: "repeat" }>): void {
    for (let round = 0; round < node.min; round++) this.add(node.body);
    if (node.max === undefined) this.loop(node);
    else this.optional(node, node.max - node.min);
  }

  private loop({ body, lazy }: Extract<PatternNode, { kind: "repeat" }>): void {
    const slot = this.slots++;
    const split = this.push({ op: "split", first: 0, second: 0 });
    this.push({ op: "save", slot });
    this.add(body);
    this.push({ op: "progress", slot });
    this.push({ op: "jump", to: split });
    this.instructions[split] = branch(split + 1, this.instructions.length, lazy);
  }

  private optional({ body, lazy }: Extract<PatternNode, { kind: "repeat" }>, times: number): void {
    const splits: number[] = [];
    for (let round = 0; round < times; round++) {
      splits.push(this.push({ op: "split", first: 0, second: 0 }));
      this.add(body);
    }
    for (const split of splits) this.instructions[split] = branch(split + 1, this.instructions.length, lazy);
  }
}

function branch(into: number, past: number, lazy: boolean): Instruction {
  return lazy ? { op: "split", first: past, second: into } : { op: "split", first: into, second: past };
}

interface Thread {
  at: number;
  position: number;
  saved: readonly number[];
}

/** What one search works on. */
interface Search {
  readonly program: BacktrackProgram;
  readonly text: string;
  readonly session: EvaluationSession;
}

/** The slots of the first match that begins at `start` or later; undefined when there is none. */
export function search(
  program: BacktrackProgram,
  text: string,
  start: number,
  session: EvaluationSession,
): readonly number[] | undefined {
  const empty: readonly number[] = new Array<number>(program.slots).fill(-1);
  for (let from = start; from <= text.length; from++) {
    const saved = runFrom({ program, text, session }, { at: 0, position: from, saved: empty });
    if (saved) return saved;
  }
  return undefined;
}

function runFrom(run: Search, first: Thread): readonly number[] | undefined {
  const { program, session } = run;
  const waiting: Thread[] = [first];
  for (let thread = waiting.pop(); thread; thread = waiting.pop()) {
    let current: Thread | undefined = thread;
    while (current) {
      session.charge(2);
      const instruction: Instruction = program.instructions[current.at]!;
      if (instruction.op === "match") return current.saved;
      if (instruction.op === "split") waiting.push(moved(current, instruction.second));
      if (waiting.length > session.limits.listItemsMax) session.exceed("listItemsMax", "open branches of a pattern");
      current = advance(run, instruction, current);
    }
  }
  return undefined;
}

function moved({ position, saved }: Thread, at: number): Thread {
  return { at, position, saved };
}

function advance(run: Search, instruction: Instruction, thread: Thread): Thread | undefined {
  const { program, text } = run;
  const { at, position, saved } = thread;
  switch (instruction.op) {
    case "set": {
      const code = text.codePointAt(position);
      if (code === undefined || !contains(instruction.set, code)) return undefined;
      return { at: at + 1, position: position + (code > 0xffff ? 2 : 1), saved };
    }
    case "reference": {
      const length = repeatedLength(run, saved, instruction.group, position);
      return length < 0 ? undefined : { at: at + 1, position: position + length, saved };
    }
    case "start":
      return position === 0 || (program.multiline && text[position - 1] === "\n") ? moved(thread, at + 1) : undefined;
    case "end":
      return position === text.length || (program.multiline && text[position] === "\n")
        ? moved(thread, at + 1)
        : undefined;
    case "save":
      // All slots are copied.
      run.session.charge(program.slots >> 3);
      return { at: at + 1, position, saved: saved.with(instruction.slot, position) };
    case "progress":
      return saved[instruction.slot] === position ? undefined : moved(thread, at + 1);
    case "split":
      return moved(thread, instruction.first);
    case "jump":
      return moved(thread, instruction.to);
    case "match":
      return undefined;
  }
}

/** How many characters repeat the group here; a group that took no part repeats the empty text. */
function repeatedLength(
  { program, text, session }: Search,
  saved: readonly number[],
  group: number,
  position: number,
): number {
  const start = saved[group * 2]!;
  const end = saved[group * 2 + 1]!;
  if (start < 0 || end < 0) return 0;
  // Both texts are read, and written anew where their case does not matter.
  session.charge((end - start) >> (program.ignoreCase ? 1 : 4));
  const wanted = text.slice(start, end);
  const found = text.slice(position, position + wanted.length);
  const same = program.ignoreCase ? wanted.toLowerCase() === found.toLowerCase() : wanted === found;
  return same ? wanted.length : -1;
}

function contains(set: CodePointSet, code: number): boolean {
  let low = 0;
  let high = set.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [from, to] = set[middle]!;
    if (code < from) high = middle - 1;
    else if (code > to) low = middle + 1;
    else return true;
  }
  return false;
}
