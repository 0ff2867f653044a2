// for, some and every (DMN 1.5 §10.3.2.14).
// Contract: ranges are walked, never built; some and every stop at the first answer; every round is paid for.
import type { Iterator } from "../ast.ts";
import { dateFromDayNumber, FeelDate } from "../temporal/date.ts";
import { FeelRange, type FeelValue, isList, typeOf } from "../value.ts";
import { type Build, measure, type NodeOf } from "./build.ts";
import type { Code, Frame } from "./frame.ts";
import type { StaticScope } from "./static-scope.ts";

/** Calls `visit` for each element until it answers true. Returns false when the source cannot be walked. */
type Walk = (frame: Frame, visit: (item: FeelValue) => boolean) => boolean;

interface Level {
  slot: number;
  walk: Walk;
}

/** Compiles the iterators; each sees the ones before it. */
function compileIterators(
  iterators: readonly Iterator[],
  scope: StaticScope,
  build: Build,
): { levels: Level[]; inner: StaticScope } {
  let inner = scope;
  const levels = iterators.map((iterator) => {
    const source = build.compile(iterator.source, inner);
    const end = iterator.end && build.compile(iterator.end, inner);
    const slot = scope.fn.allocate();
    inner = inner.withName(iterator.name, slot);
    return { slot, walk: end ? walkBetween(source, end, iterator) : walkValue(source, iterator) };
  });
  return { levels, inner };
}

function walkValue(source: Code, iterator: Iterator): Walk {
  return (frame, visit) => {
    const value = source(frame);
    if (isList(value)) {
      for (const item of value) if (visit(item)) return true;
      return true;
    }
    if (value instanceof FeelRange) return walkRange(value, frame, visit, iterator);
    if (value === null) return cannotWalk(value, frame, iterator);
    visit(value);
    return true;
  };
}

function cannotWalk(value: FeelValue, frame: Frame, iterator: Iterator): false {
  frame.session.warn(
    "INVALID_TYPE",
    `Expected a list or a range of whole numbers or dates, but found ${typeOf(value)}.`,
    iterator.source.at,
  );
  return false;
}

function walkBetween(source: Code, end: Code, iterator: Iterator): Walk {
  return (frame, visit) => {
    const from = source(frame);
    const to = end(frame);
    if (typeof from === "number" && typeof to === "number") return walkSteps(from, to, (index) => index, visit);
    if (from instanceof FeelDate && to instanceof FeelDate) {
      return walkSteps(from.dayNumber, to.dayNumber, dayItem, visit);
    }
    return cannotWalk(from === null || typeof from === "number" ? to : from, frame, iterator);
  };
}

function dayItem(day: number): FeelValue {
  return dateFromDayNumber(day) ?? null;
}

function walkSteps(
  from: number,
  to: number,
  item: (index: number) => FeelValue,
  visit: (item: FeelValue) => boolean,
): true {
  const step = from <= to ? 1 : -1;
  for (let index = from; step > 0 ? index <= to : index >= to; index += step) if (visit(item(index))) return true;
  return true;
}

/** A range value ascends; an empty or unordered one cannot be walked. */
function walkRange(range: FeelRange, frame: Frame, visit: (item: FeelValue) => boolean, iterator: Iterator): boolean {
  const { start, end } = range;
  const dates = start instanceof FeelDate && end instanceof FeelDate;
  const from = dates ? start.dayNumber : start;
  const to = dates ? end.dayNumber : end;
  if (range.form !== "interval" || typeof from !== "number" || typeof to !== "number" || from > to) {
    return cannotWalk(range, frame, iterator);
  }
  const low = range.startIncluded ? from : from + 1;
  const high = range.endIncluded ? to : to - 1;
  return low > high || walkSteps(low, high, dates ? dayItem : (index) => index, visit);
}

/** Runs `body` for every combination until it answers true. Returns false when a source cannot be walked. */
function walkAll(levels: readonly Level[], weight: number, frame: Frame, body: () => boolean): boolean {
  let stopped = false;
  let failed = false;
  const run = (level: number): boolean => {
    const { slot, walk } = levels[level]!;
    return walk(frame, (item) => {
      frame.session.charge(weight);
      frame.locals[slot] = item;
      if (level + 1 === levels.length) stopped = body();
      else if (!run(level + 1)) {
        failed = true;
        stopped = true;
      }
      return stopped;
    });
  };
  return run(0) && !failed;
}

export function compileFor(node: NodeOf<"for">, scope: StaticScope, build: Build): Code {
  const { levels, inner } = compileIterators(node.iterators, scope, build);
  const partial = scope.fn.allocate();
  const body = build.compile(node.body, inner.withPartial(partial));
  const { weight } = measure(node.body);
  return (frame) => {
    const results: FeelValue[] = [];
    const max = frame.session.limits.listItemsMax;
    frame.locals[partial] = results;
    const complete = walkAll(levels, weight, frame, () => {
      results.push(body(frame));
      frame.locals[partial] = results;
      if (results.length > max) frame.session.exceed("listItemsMax", "list items");
      return false;
    });
    return complete ? results : null;
  };
}

/**
 * some: true at the first true; every: false at the first false. A null leaves the answer open, anything else that is
 * no boolean makes it null at once (TCK 1153, 1154).
 */
export function compileQuantified(node: NodeOf<"some" | "every">, scope: StaticScope, build: Build): Code {
  const { levels, inner } = compileIterators(node.iterators, scope, build);
  const body = build.compile(node.body, inner);
  const { weight } = measure(node.body);
  const decisive = node.kind === "some";
  return (frame) => {
    let answer: FeelValue = !decisive;
    const complete = walkAll(levels, weight, frame, () => {
      const value = body(frame);
      if (value === decisive) {
        answer = decisive;
        return true;
      }
      if (value !== !decisive) {
        answer = null;
        frame.session.warn(
          "INVALID_TYPE",
          `Expected a boolean after "satisfies", but found ${typeOf(value)}.`,
          node.body.at,
        );
      }
      return value !== null && value !== !decisive;
    });
    return complete ? answer : null;
  };
}
