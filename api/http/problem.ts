/**
 * Problem details (RFC 9457): the one shape of every error that leaves the server, all five members always present.
 * A `Problem` is what a route throws when the request is at fault; anything else that is thrown is a bug and leaves as a
 * 500 with an id that the log repeats, never with a stack or a message of ours.
 */
import { randomUUID } from "node:crypto";

/** Titles are the codes of the Camunda 8 REST API: clients and their retry rules read them. */
export type ProblemTitle =
  | "INVALID_ARGUMENT"
  | "UNAUTHENTICATED"
  | "FORBIDDEN"
  | "NOT_FOUND"
  | "METHOD_NOT_ALLOWED"
  | "NOT_ACCEPTABLE"
  | "INVALID_STATE"
  | "ALREADY_EXISTS"
  | "PAYLOAD_TOO_LARGE"
  | "UNSUPPORTED_MEDIA_TYPE"
  | "UNPROCESSABLE"
  | "TOO_MANY_REQUESTS"
  | "INTERNAL"
  | "UNAVAILABLE"
  | "RESOURCE_EXHAUSTED"
  | "DEADLINE_EXCEEDED";

const statuses: Readonly<Record<ProblemTitle, number>> = {
  INVALID_ARGUMENT: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  NOT_ACCEPTABLE: 406,
  INVALID_STATE: 409,
  ALREADY_EXISTS: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  UNPROCESSABLE: 422,
  TOO_MANY_REQUESTS: 429,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  RESOURCE_EXHAUSTED: 503,
  DEADLINE_EXCEEDED: 504,
};

/** A request that cannot be carried out, in words for the one who sent it. */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly title: ProblemTitle;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Each rule that was broken, where there are several: deployments, policies. */
  readonly problems: readonly unknown[];

  constructor(
    title: ProblemTitle,
    detail: string,
    headers: Readonly<Record<string, string>> = {},
    problems: readonly unknown[] = [],
  ) {
    super(detail);
    this.title = title;
    this.status = statuses[title];
    this.headers = headers;
    this.problems = problems;
  }
}

export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly problems?: readonly unknown[];
}

/** Named errors of the decision plane, and below the kinds of the engine's: neither room knows anything of HTTP. */
const titleByErrorName: ReadonlyMap<string, ProblemTitle> = new Map<string, ProblemTitle>([
  ["InvalidInputError", "INVALID_ARGUMENT"],
  ["ForbiddenError", "FORBIDDEN"],
  ["NotFoundError", "NOT_FOUND"],
  ["ConflictError", "INVALID_STATE"],
  ["DocumentExistsError", "ALREADY_EXISTS"],
  ["DocumentChangedError", "INVALID_STATE"],
  ["AccountExistsError", "ALREADY_EXISTS"],
  ["EntryExistsError", "ALREADY_EXISTS"],
  ["OwnerMissingError", "NOT_FOUND"],
  ["TooManyAuthorizationsError", "INVALID_STATE"],
  ["StoreUnavailableError", "UNAVAILABLE"],
  ["ConnectionLostError", "UNAVAILABLE"],
]);

const titleByEngineKind: ReadonlyMap<unknown, ProblemTitle> = new Map<unknown, ProblemTitle>([
  ["invalid", "INVALID_ARGUMENT"],
  ["forbidden", "FORBIDDEN"],
  ["notFound", "NOT_FOUND"],
  ["invalidState", "INVALID_STATE"],
  ["alreadyExists", "ALREADY_EXISTS"],
  ["tooLarge", "PAYLOAD_TOO_LARGE"],
  ["exhausted", "RESOURCE_EXHAUSTED"],
  ["timeout", "DEADLINE_EXCEEDED"],
  ["unavailable", "UNAVAILABLE"],
]);

/** Problem of anything that was thrown; undefined for a bug. */
export function toProblem(thrown: unknown): Problem | undefined {
  if (thrown instanceof Problem) return thrown;
  if (!(thrown instanceof Error)) return undefined;
  const title =
    thrown.name === "EngineError" && "kind" in thrown
      ? titleByEngineKind.get(thrown.kind)
      : titleByErrorName.get(thrown.name);
  if (title === undefined) return undefined;
  const problems: unknown = "problems" in thrown ? thrown.problems : [];
  // What is away or too busy may be back at once: clients are told when to ask again (RFC 9110 §10.2.3).
  const headers: Readonly<Record<string, string>> = statuses[title] === 503 ? { "retry-after": "1" } : {};
  return new Problem(title, thrown.message, headers, Array.isArray(problems) ? problems.slice(0, 100) : []);
}

/** What leaves for a bug: an id, and nothing about the inside. */
export function internalProblem(): { readonly problem: Problem; readonly errorId: string } {
  const errorId = randomUUID();
  return {
    errorId,
    problem: new Problem(
      "INTERNAL",
      `Expected the request to be carried out, but an internal error occurred. Error id: ${errorId}`,
    ),
  };
}

/** `path` is the request path without its query: a query may carry what does not belong into logs. */
export function problemDocument(problem: Problem, path: string): ProblemDocument {
  const document = {
    type: "about:blank",
    title: problem.title,
    status: problem.status,
    detail: problem.message,
    instance: path,
  };
  return problem.problems.length === 0 ? document : { ...document, problems: problem.problems };
}
