/**
 * The decision itself: request in, determination and trace out. Synchronous, in memory, fail-closed: whatever goes
 * wrong is a DENY with a reason code, recorded like any other answer.
 */
import { canonicalHash } from "../audit/canonical.ts";
import { timeOrderedId } from "../audit/identifier.ts";
import type { Signer } from "../audit/signer.ts";
import type { PolicyPicture } from "../policies/policy-version.ts";
import type { ActionDecision, ActionRequest, ApprovalTerms, Determination, EpochMs, PolicyUse } from "../types.ts";
import { riskRank } from "../types.ts";
import { combineVerdicts, defaultApproval, denial, type Verdict } from "./combine.ts";
import { constrainArgs } from "./constrain.ts";
import { digestOf, disclosureDigest, newApprovalId } from "./disclosure.ts";
import { evaluatePolicy } from "./evaluate.ts";
import { type FactContext, requestContext } from "./facts.ts";
import { baseRisk, durationMs } from "./outputs.ts";
import { issuePermit } from "./permit.ts";
import { resolvePolicies } from "./resolve.ts";
import type { DecisionTrace, Pattern } from "./trace.ts";

/** A permit that has run out before it can be used would be asked for again and again. */
const permitTtlMsMin = 1_000;

export interface DeciderOptions {
  readonly picture: () => PolicyPicture;
  readonly signer: Signer;
  readonly permitTtlMs: number;
  /** Risk, group and quorum that an approver saw, while it is still known here. */
  readonly shownBefore: (
    decisionId: string,
  ) => { readonly riskScore: number; readonly approval: ApprovalTerms | null } | undefined;
}

export interface Decider {
  (request: ActionRequest, pattern?: Pattern): ActionDecision;
  /** The plane's own answer (a rejected approval, a default that holds meanwhile), recorded like any other. */
  answer(request: ActionRequest, verdict: Verdict, pattern: Pattern): ActionDecision;
}

export function createDecider(options: DeciderOptions): Decider {
  const decide = (asked: ActionRequest, pattern: Pattern = "sync"): ActionDecision => {
    const started = performance.now();
    const { later, ...request } = asked;
    if (later !== undefined) return answer(request, standingVerdict(request, later), "async");
    const picture = options.picture();
    let outcome: Outcome;
    try {
      outcome = judge(picture, request);
    } catch (error) {
      outcome = {
        verdict: denial("RUNTIME_ERROR", error instanceof Error ? error.message : String(error)),
        evaluations: [],
        context: null,
      };
    }
    return finish(options, picture, request, pattern, outcome, started);
  };
  const answer = (request: ActionRequest, verdict: Verdict, pattern: Pattern): ActionDecision =>
    finish(
      options,
      options.picture(),
      request,
      pattern,
      { verdict, evaluations: [], context: null },
      performance.now(),
    );
  return Object.assign(decide, { answer });
}

/** Pattern 3: the default that holds until the question is judged. Never milder than the risk of the action allows (C19). */
function standingVerdict({ action }: ActionRequest, stated: "ALLOW" | "DENY"): Verdict {
  const pending = denial("PENDING_EVALUATION");
  if (stated === "DENY") return pending;
  if (action.reversible && riskRank[action.riskClass] < riskRank.high) return { ...pending, determination: "ALLOW" };
  return { ...pending, reasonCodes: [...pending.reasonCodes, "ASYNC_DEFAULT_REFUSED"] };
}

/** What the policies say, before anything is issued or recorded. */
export interface Outcome {
  readonly verdict: Verdict;
  readonly evaluations: DecisionTrace["evaluations"];
  readonly context: FactContext | null;
}

/** Judges without identity, permit or trace: for queries and replays. */
export function judge(picture: PolicyPicture, request: ActionRequest): Outcome {
  const prepared = requestContext(request);
  if (!prepared.ok) return { verdict: prepared.verdict, evaluations: [], context: null };
  const { context } = prepared;
  const resolution = resolvePolicies(picture, request, context);
  if (!resolution.ok) return { verdict: resolution.verdict, evaluations: [], context };
  const evaluations = resolution.applicable.map((applicable) => ({
    applicable,
    evaluation: evaluatePolicy(applicable.policy, request, context),
  }));
  return { verdict: combineVerdicts(evaluations.map(({ evaluation }) => evaluation.verdict)), evaluations, context };
}

function finish(
  options: DeciderOptions,
  picture: PolicyPicture,
  request: ActionRequest,
  pattern: Pattern,
  outcome: Outcome,
  started: number,
): ActionDecision {
  const decisionId = timeOrderedId(request.now);
  const policies: PolicyUse[] = outcome.evaluations.map(({ applicable: { policy, stage }, evaluation }) => ({
    policyId: policy.policyId,
    version: policy.version,
    contentHash: policy.contentHash,
    stage,
    matchedRules: evaluation.matchedRules.map(({ ruleId }) => ruleId),
  }));
  let verdict = outcome.verdict;
  let approval: ApprovalTerms | null = null;
  let determination: Determination = verdict.determination;
  if (determination === "REQUIRE_APPROVAL") {
    const spec = safeTimeout(verdict.approval ?? defaultApproval, request, outcome.evaluations);
    verdict = { ...verdict, approval: spec };
    const digest = disclosureDigest(request, verdict, policies);
    const released = releasedBy(options, request, verdict, digest);
    if (released === "granted") {
      determination = verdict.constraints.length > 0 ? "ALLOW_WITH_CONSTRAINTS" : "ALLOW";
      verdict = { ...verdict, reasonCodes: [...verdict.reasonCodes, "APPROVED"] };
    } else {
      if (released === "stale") verdict = { ...verdict, reasonCodes: [...verdict.reasonCodes, "APPROVAL_STALE"] };
      approval = { approvalId: newApprovalId(request.now, digest), ...spec };
    }
  }
  const constrained = constrainArgs(request.args, verdict.constraints);
  if (!constrained.ok && determination !== "DENY" && determination !== "DEFER") {
    verdict = denial("CONSTRAINT_UNMET", constrained.message);
    determination = "DENY";
    approval = null;
  }
  const enforcedArgs = constrained.ok ? constrained.args : request.args;
  const allowed = determination === "ALLOW" || determination === "ALLOW_WITH_CONSTRAINTS";
  const expiresAt: EpochMs | null = allowed ? request.now + permitTtl(options, outcome.evaluations) : null;
  const body = {
    decisionId,
    determination,
    constraints: determination === "DENY" || determination === "DEFER" ? [] : verdict.constraints,
    approval,
    riskScore: riskOf(verdict, request),
    reasonCodes: verdict.reasonCodes,
    policies,
    expiresAt,
  };
  const enforcedArgsHash = expiresAt === null ? null : canonicalHash(enforcedArgs);
  const permit =
    expiresAt === null || enforcedArgsHash === null
      ? null
      : issuePermit(options.signer, request, { ...body, argsHash: enforcedArgsHash, expiresAt });
  const decision = { ...body, permit };
  const trace: DecisionTrace = {
    kind: "decision",
    request,
    decision,
    evaluations: outcome.evaluations,
    context: outcome.context,
    enforcedArgs,
    enforcedArgsHash,
    epoch: picture.epoch,
    pattern,
    durationUs: Math.round((performance.now() - started) * 1000),
    error: verdict.error,
    rows: null,
  };
  return { ...decision, trace };
}

/** Silence never approves what cannot be undone or is of high risk (F04), whatever the table says. */
function safeTimeout(
  spec: NonNullable<Verdict["approval"]>,
  request: ActionRequest,
  evaluations: Outcome["evaluations"],
): NonNullable<Verdict["approval"]> {
  if (spec.onTimeout !== "approve") return spec;
  const risky =
    !request.action.reversible ||
    riskRank[request.action.riskClass] >= riskRank.high ||
    evaluations.some(({ applicable }) => riskRank[applicable.policy.manifest.riskClass] >= riskRank.high);
  return risky ? { ...spec, onTimeout: "reject" } : spec;
}

/** Whether the approval that the request carries covers exactly what would be shown now. */
function releasedBy(
  options: DeciderOptions,
  request: ActionRequest,
  verdict: Verdict,
  digest: string,
): "none" | "granted" | "stale" {
  const { approval } = request;
  if (approval === undefined) return "none";
  if (!approval.edited) return digestOf(approval.approvalId) === digest ? "granted" : "stale";
  // An approver has written these arguments: enough when one voice is enough, the same group decides and nothing got riskier.
  const shown = options.shownBefore(approval.originalDecisionId);
  const covered =
    shown !== undefined &&
    shown.approval !== null &&
    shown.approval.group === (verdict.approval?.group ?? null) &&
    (verdict.approval?.quorum ?? 1) === 1 &&
    riskOf(verdict, request) <= shown.riskScore;
  return covered ? "granted" : "stale";
}

/** The tables' score, else that of the action's risk class. */
function riskOf(verdict: Verdict, request: ActionRequest): number {
  return verdict.riskScore ?? baseRisk[request.action.riskClass];
}

function permitTtl(options: DeciderOptions, evaluations: Outcome["evaluations"]): number {
  let ttl = options.permitTtlMs;
  for (const { applicable } of evaluations) {
    const own = applicable.policy.manifest.permitTtl;
    if (own !== undefined) ttl = Math.min(ttl, durationMs(own) ?? ttl);
  }
  return Math.max(ttl, permitTtlMsMin);
}
