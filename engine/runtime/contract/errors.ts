/**
 * The errors that the engine's public face throws. The edge maps `kind` to an HTTP status; anything else that is
 * thrown is a bug. Messages read "Expected X, but Y".
 */

export type EngineErrorKind =
  /** 400: the input cannot be right, whatever the state. */
  | "invalid"
  /** 403 */
  | "forbidden"
  /** 404: also what a tenant sees of another tenant's things. */
  | "notFound"
  /** 409: right input, wrong moment. */
  | "invalidState"
  /** 409 */
  | "alreadyExists"
  /** 413 */
  | "tooLarge"
  /** 503: too much work in flight; the command was not taken, send it again. */
  | "exhausted"
  /** 504: the command was taken, its awaited end did not come in time. */
  | "timeout"
  /** 503: the store does not answer; unknown commands were not acknowledged. */
  | "unavailable";

export interface ProblemPlace {
  readonly resourceName: string;
  readonly elementId: string | null;
  readonly message: string;
  /** The rule of BPMN, DMN or governance that is broken, for example UNGOVERNED_ACTION. */
  readonly code?: string;
  readonly line?: number;
  readonly column?: number;
}

export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly kind: EngineErrorKind;
  /** Deployments: what is wrong where; empty otherwise. */
  readonly problems: readonly ProblemPlace[];
  constructor(kind: EngineErrorKind, message: string, problems: readonly ProblemPlace[] = []) {
    super(message);
    this.kind = kind;
    this.problems = problems;
  }
}
