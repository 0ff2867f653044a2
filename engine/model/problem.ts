/**
 * What the reader, the compiler and the rules say about a model. An error stops deployment; a warning is kept with the
 * deployment and shown in the modeler. Messages read "Expected X, but Y".
 */
import type { ModdleElement } from "./moddle.ts";

export interface Problem {
  readonly severity: "error" | "warning";
  /** Stable id of the rule, for filters, links to documentation and tests. */
  readonly ruleId: string;
  readonly elementId: string | null;
  readonly message: string;
  /** 1-based place in the XML, where it is known. */
  readonly line?: number;
  readonly column?: number;
}

/** Thrown when a model must not be deployed; holds at least one error (and the warnings found on the way). */
export class BpmnModelError extends Error {
  readonly problems: readonly Problem[];
  constructor(resourceName: string, problems: readonly Problem[]) {
    const errors = problems.filter((problem) => problem.severity === "error");
    const first = errors.slice(0, 5).map(describeProblem);
    const rest = errors.length > first.length ? [`… and ${errors.length - first.length} more`] : [];
    super(`Expected ${resourceName} to be a deployable BPMN model, but:\n${[...first, ...rest].join("\n")}`);
    this.name = "BpmnModelError";
    this.problems = problems;
  }
}

/** One line for people: rule, element, place, message. */
export function describeProblem(problem: Problem): string {
  const place = problem.line === undefined ? "" : ` (line ${problem.line})`;
  const element = problem.elementId === null ? "" : ` ${problem.elementId}`;
  return `[${problem.ruleId}]${element}${place}: ${problem.message}`;
}

/** Takes a finding; the element may be one without an id, then its nearest parent with one is named. */
export type Report = (element: ModdleElement | null, message: string) => void;

/** A hostile model can break a rule at each of its elements: enough is enough. */
const problemsMax = 200;

/** Collects problems, at most 200 of them, and completes them with the place in the XML. */
export class ProblemList {
  readonly #problems: Problem[] = [];
  readonly #seen = new Set<string>();

  add(severity: Problem["severity"], ruleId: string, element: ModdleElement | null, message: string): void {
    this.addAt({ severity, ruleId, elementId: nearestId(element), message });
  }

  addAt(problem: Problem): void {
    if (this.#problems.length >= problemsMax) return;
    const fingerprint = JSON.stringify([problem.ruleId, problem.elementId, problem.message]);
    if (this.#seen.has(fingerprint)) return;
    this.#seen.add(fingerprint);
    this.#problems.push(problem);
  }

  reporter(severity: Problem["severity"], ruleId: string): Report {
    return (element, message) => this.add(severity, ruleId, element, message);
  }

  get hasErrors(): boolean {
    return this.#problems.some((problem) => problem.severity === "error");
  }

  /** Problems in document order as far as places are known; those without a place come first. */
  located(xml: string): Problem[] {
    const places = placesOfIds(
      xml,
      new Set(this.#problems.flatMap((each) => (each.elementId === null ? [] : [each.elementId]))),
    );
    const located = this.#problems.map((problem) => {
      const place =
        problem.elementId === null || problem.line !== undefined ? undefined : places.get(problem.elementId);
      return place === undefined ? problem : { ...problem, line: place.line, column: place.column };
    });
    return located.sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  }
}

function nearestId(element: ModdleElement | null): string | null {
  for (let at: ModdleElement | undefined = element ?? undefined; at !== undefined; at = at.$parent) {
    if (typeof at.id === "string" && at.$type.startsWith("bpmn:")) return at.id;
  }
  return null;
}

/** One pass over the text: every `id="…"` that somebody asked for, with line and column. */
function placesOfIds(xml: string, ids: ReadonlySet<string>): Map<string, { line: number; column: number }> {
  const places = new Map<string, { line: number; column: number }>();
  if (ids.size === 0) return places;
  let line = 1;
  let lineStart = 0;
  let scanned = 0;
  for (const match of xml.matchAll(/\sid\s{0,8}=\s{0,8}(?:"([^"]{1,1000})"|'([^']{1,1000})')/g)) {
    const id = match[1] ?? match[2] ?? "";
    if (!ids.has(id) || places.has(id)) continue;
    for (let at = xml.indexOf("\n", scanned); at !== -1 && at < match.index; at = xml.indexOf("\n", at + 1)) {
      line += 1;
      lineStart = at + 1;
    }
    scanned = match.index;
    places.set(id, { line, column: match.index - lineStart + 2 });
  }
  return places;
}
