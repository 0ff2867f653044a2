/** What one decision leaves behind, from the moment it is made until its rows are written. */
import type { TableWrite } from "../../../store/index.ts";
import type { ActionDecision, ActionRequest, JsonRecord } from "../types.ts";
import type { PolicyEvaluation } from "./evaluate.ts";
import type { FactContext } from "./facts.ts";
import type { Applicable } from "./resolve.ts";

export type Pattern = "sync" | "batch" | "async";

/** Everything about one decision that its record and its shadows need; opaque to the caller. */
export interface DecisionTrace {
  readonly kind: "decision";
  readonly request: ActionRequest;
  readonly decision: Omit<ActionDecision, "trace">;
  readonly evaluations: readonly { readonly applicable: Applicable; readonly evaluation: PolicyEvaluation }[];
  readonly context: FactContext | null;
  /** The arguments as they may run. */
  readonly enforcedArgs: JsonRecord;
  /** Hash of them, as in the permit; null: not permitted, so nobody has needed it yet. */
  readonly enforcedArgsHash: string | null;
  readonly epoch: number;
  readonly pattern: Pattern;
  readonly durationUs: number;
  readonly error: string | null;
  /** Its rows, made once by the trace writer. Not in a WeakMap: one of so short-lived keys tripled what a collection has to copy. */
  rows: TraceRows | null;
}

/** A decision's rows, made once. */
export interface TraceRows {
  readonly record: TableWrite;
  readonly vault: TableWrite | null;
  readonly recordHash: string;
}
