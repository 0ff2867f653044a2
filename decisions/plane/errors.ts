/**
 * The named errors of the plane; everything else that is thrown is a bug. `status` is what an HTTP edge answers.
 * Evaluation never throws these: a question that cannot be answered is answered with DENY and recorded.
 */

/** A rule that was broken, with the place where. */
export interface PlaneProblem {
  readonly code: string;
  readonly message: string;
  /** "manifest.owner", "tests.cases[3].expect", "dmn:Determination rule 4 column 2". */
  readonly place?: string;
}

export class PlaneError extends Error {
  readonly status: 400 | 403 | 404 | 409;
  readonly problems: readonly PlaneProblem[];

  constructor(name: string, status: 400 | 403 | 404 | 409, message: string, problems: readonly PlaneProblem[]) {
    super(message);
    this.name = name;
    this.status = status;
    this.problems = problems;
  }
}

/** What was sent cannot be understood or is not allowed to be: 400. */
export class InvalidInputError extends PlaneError {
  constructor(message: string, problems: readonly PlaneProblem[] = []) {
    super("InvalidInputError", 400, message, problems);
  }
}

/** The caller may not do this: 403. */
export class ForbiddenError extends PlaneError {
  constructor(message: string, problems: readonly PlaneProblem[] = []) {
    super("ForbiddenError", 403, message, problems);
  }
}

/** There is no such thing: 404. */
export class NotFoundError extends PlaneError {
  constructor(message: string, problems: readonly PlaneProblem[] = []) {
    super("NotFoundError", 404, message, problems);
  }
}

/** The state of the thing, or a rule of the stages, forbids it; `problems` names what is missing: 409. */
export class ConflictError extends PlaneError {
  constructor(message: string, problems: readonly PlaneProblem[] = []) {
    super("ConflictError", 409, message, problems);
  }
}
