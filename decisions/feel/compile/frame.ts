// What compiled code runs on. One frame per evaluation and per call of a lambda.
import type { EvaluationSession } from "../session.ts";
import type { FeelValue } from "../value.ts";

/** Where free names come from. A Map works; a lookup happens only when the name is used. */
export interface FeelScope {
  get(name: string): FeelValue | undefined;
}

export interface Frame {
  readonly scope: FeelScope;
  /** The `?` of unary tests. */
  readonly input: FeelValue;
  readonly session: EvaluationSession;
  readonly locals: FeelValue[];
  /** The frame in which a lambda was made, as it was then. */
  readonly outer: Frame | null;
}

/** A compiled expression. */
export type Code = (frame: Frame) => FeelValue;
