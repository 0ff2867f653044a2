/**
 * One answer from several policies: the most severe determination wins (deny overrides), terms meet, approval terms
 * take the stricter of each, and a contradiction denies. Study §5.2; requirement C07.
 */
import type { Constraint, Determination } from "../types.ts";
import { severity } from "../types.ts";
import { meetConstraints } from "./constrain.ts";

/** What one policy says about an approval, before it has an id. */
export interface ApprovalSpec {
  readonly group: string | null;
  readonly quorum: number;
  readonly slaMs: number | null;
  readonly onTimeout: "reject" | "escalate" | "approve";
  readonly escalateTo: string | null;
}

/** The answer of one policy version, or of several combined. */
export interface Verdict {
  readonly determination: Determination;
  readonly constraints: readonly Constraint[];
  readonly approval: ApprovalSpec | null;
  /** Null: no table scores it. */
  readonly riskScore: number | null;
  readonly reasonCodes: readonly string[];
  /** Why the evaluation itself failed; null when it did not. Recorded, never shown to a model. */
  readonly error: string | null;
}

export const defaultApproval: ApprovalSpec = {
  group: null,
  quorum: 1,
  slaMs: null,
  onTimeout: "reject",
  escalateTo: null,
};

/** A denial that the plane itself gives. */
export function denial(reasonCode: string, error: string | null = null): Verdict {
  return { determination: "DENY", constraints: [], approval: null, riskScore: null, reasonCodes: [reasonCode], error };
}

/** Combines verdicts; an empty list is a denial, because nothing permitted the action. */
export function combineVerdicts(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.length === 0) return denial("UNGOVERNED_ACTION");
  const worst = verdicts.reduce((one, other) =>
    severity[other.determination] > severity[one.determination] ? other : one,
  );
  const scores = verdicts.flatMap(({ riskScore }) => (riskScore === null ? [] : [riskScore]));
  const riskScore = scores.length === 0 ? null : Math.max(...scores);
  const error = verdicts.find((verdict) => verdict.error !== null)?.error ?? null;
  if (worst.determination === "DENY" || worst.determination === "DEFER")
    return {
      ...worst,
      constraints: [],
      approval: null,
      riskScore,
      reasonCodes: codesOf(verdicts, worst.determination),
      error,
    };

  // Terms hold for approvals too: what a person releases runs within the terms of every policy.
  const constraints = meetConstraints(verdicts.flatMap((verdict) => verdict.constraints));
  if (constraints === undefined) return { ...denial("CONSTRAINT_CONFLICT"), riskScore };
  if (worst.determination === "REQUIRE_APPROVAL") {
    const specs = verdicts
      .filter((verdict) => verdict.determination === "REQUIRE_APPROVAL")
      .map(({ approval }) => approval ?? defaultApproval);
    const approval = meetApprovals(specs);
    if (approval === undefined) return { ...denial("APPROVAL_CONFLICT"), riskScore };
    return {
      determination: "REQUIRE_APPROVAL",
      constraints,
      approval,
      riskScore,
      reasonCodes: codesOf(verdicts, "REQUIRE_APPROVAL"),
      error,
    };
  }
  // An allowance that names terms stays one even before its terms are known: without any it is an error, not a plain ALLOW.
  const withTerms = constraints.length > 0 || worst.determination === "ALLOW_WITH_CONSTRAINTS";
  const determination = withTerms ? "ALLOW_WITH_CONSTRAINTS" : "ALLOW";
  return {
    determination,
    constraints,
    approval: null,
    riskScore,
    reasonCodes: codesOf(verdicts, worst.determination),
    error,
  };
}

/** Two policies that want different groups contradict: nobody can be both. */
function meetApprovals(specs: readonly ApprovalSpec[]): ApprovalSpec | undefined {
  let met = specs[0] ?? defaultApproval;
  for (const spec of specs.slice(1)) {
    if (met.group !== null && spec.group !== null && met.group !== spec.group) return undefined;
    met = {
      group: met.group ?? spec.group,
      quorum: Math.max(met.quorum, spec.quorum),
      slaMs: met.slaMs === null ? spec.slaMs : spec.slaMs === null ? met.slaMs : Math.min(met.slaMs, spec.slaMs),
      onTimeout: timeoutRank[spec.onTimeout] > timeoutRank[met.onTimeout] ? spec.onTimeout : met.onTimeout,
      escalateTo: met.escalateTo ?? spec.escalateTo,
    };
  }
  return met;
}

const timeoutRank = { approve: 0, escalate: 1, reject: 2 } as const;

/** Codes of the policies that gave the decisive answer first, without duplicates; a denial hides the codes of allowances. */
function codesOf(verdicts: readonly Verdict[], decisive: Determination): string[] {
  const codes = new Set<string>();
  for (const verdict of verdicts)
    if (verdict.determination === decisive) for (const code of verdict.reasonCodes) codes.add(code);
  return [...codes];
}
