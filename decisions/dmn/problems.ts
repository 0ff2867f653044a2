/** What can be wrong with a decision model at deployment: values first, thrown once, all together. */

export interface DmnProblem {
  readonly severity: "error" | "warning";
  /** Stable word for tools: `xml-…`, `model-…`, `requirement-…`, `type-…`, `expression-…`, `table-…`, `import-…`. */
  readonly ruleId: string;
  /** "Expected X, but Y". */
  readonly message: string;
  /** Id of the element that holds the fault; the decision's when the element itself has no id. */
  readonly elementId?: string;
  /** The decision (or BKM, or decision service) that the element belongs to. */
  readonly decisionId?: string;
  /** Rule (1-based) and column (1-based; outputs count on after the inputs) in a decision table. */
  readonly cell?: { readonly rule: number; readonly column: number };
  /** Place in the expression's text (`from`, `to`) or in the XML (`line`, `column`). */
  readonly position?: {
    readonly from?: number;
    readonly to?: number;
    readonly line?: number;
    readonly column?: number;
  };
}

/** The model cannot be deployed. `problems` holds every error found, and the warnings met on the way. */
export class DmnModelError extends Error {
  readonly problems: readonly DmnProblem[];
  constructor(problems: readonly DmnProblem[]) {
    const first = problems.find((problem) => problem.severity === "error");
    const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : "";
    super(`Expected a decision model that can be deployed, but: ${first?.message ?? "it has problems"}${more}`);
    this.name = "DmnModelError";
    this.problems = problems;
  }
}

/** At most this many problems are kept: a hostile model must not fill memory with complaints. */
const problemsMax = 200;

/** Collects problems while a model is read and compiled. */
export interface ProblemLog {
  readonly problems: DmnProblem[];
  error(ruleId: string, message: string, place?: ProblemPlace): void;
  warning(ruleId: string, message: string, place?: ProblemPlace): void;
}

export type ProblemPlace = Pick<DmnProblem, "elementId" | "decisionId" | "cell" | "position">;

export function newProblemLog(): ProblemLog {
  const problems: DmnProblem[] = [];
  const add = (severity: DmnProblem["severity"], ruleId: string, message: string, place: ProblemPlace = {}): void => {
    if (problems.length < problemsMax) problems.push({ severity, ruleId, message, ...place });
  };
  return {
    problems,
    error: (ruleId, message, place) => add("error", ruleId, message, place),
    warning: (ruleId, message, place) => add("warning", ruleId, message, place),
  };
}

export function hasErrors(log: ProblemLog): boolean {
  return log.problems.some((problem) => problem.severity === "error");
}

/** The place of a syntax error inside of its text; line and column are left to the place of the element in the XML. */
export function within(error: { readonly position: { readonly from: number; readonly to: number } }): {
  readonly from: number;
  readonly to: number;
} {
  const { from, to } = error.position;
  return { from, to };
}
