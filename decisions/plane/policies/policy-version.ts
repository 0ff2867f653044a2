/** One immutable version of a policy, ready to be asked. */
import type { FactContext, FactDeclarations } from "../decide/facts.ts";
import type { PolicyOutputs } from "../decide/outputs.ts";
import type { EpochMs, Json } from "../types.ts";
import type { Manifest } from "./manifest.ts";

export interface MatchedRule {
  readonly decisionId: string;
  readonly ruleId: string;
  /** From 1. */
  readonly ruleIndex: number;
  readonly outputs: Json;
}

export interface ModelEvaluation {
  readonly outputs: PolicyOutputs;
  readonly matchedRules: readonly MatchedRule[];
  /** Why the model could not be evaluated; then the verdict is DENY. */
  readonly error: string | null;
}

/** A compiled DMN model behind one synchronous question. Never throws. */
export interface PolicyModel {
  evaluate(context: FactContext, now: EpochMs): ModelEvaluation;
}

export interface PolicyVersion {
  readonly policyId: string;
  readonly version: number;
  /** SHA-256 of the canonical manifest, DMN text and tests. */
  readonly contentHash: string;
  readonly manifest: Manifest;
  readonly facts: FactDeclarations;
  readonly model: PolicyModel;
}

/** Which versions of a policy are in force; swapped as a whole when a promotion is seen. */
export interface PolicyState {
  readonly policyId: string;
  readonly active: PolicyVersion | null;
  readonly canary: { readonly version: PolicyVersion; readonly shareBasisPoints: number } | null;
  readonly shadows: readonly PolicyVersion[];
  /** Every version that has left draft. */
  readonly versions: ReadonlyMap<number, PolicyVersion>;
  /** Versions that a binding may name: active now or before, and not rolled back. */
  readonly pinnable: ReadonlySet<number>;
  /** Number of the last promotion of this policy. */
  readonly epoch: number;
}

/** What evaluation reads: an immutable picture of all policies at one epoch. */
export interface PolicyPicture {
  readonly epoch: number;
  readonly policies: ReadonlyMap<string, PolicyState>;
}
