/**
 * What each stage asks for before a version may enter it: an owner, passed tests and covered rules to leave draft; the
 * evaluations that the manifest wants, acknowledged widenings, the right person and, where it is demanded, an approval to go live. D06, D07, D17, D18.
 */
import type { ChangeReport, TestReport } from "../answers.ts";
import { ForbiddenError, type PlaneProblem } from "../errors.ts";
import type { PromotionRequest } from "../requests.ts";
import type { VersionRow } from "../sql/policy-versions.ts";
import type { Caller, Json, Stage } from "../types.ts";
import { ownerOf, readManifest } from "./manifest.ts";
import { chooseApproval, evidenceOf, isOneOf, type VersionApprovals } from "./version-approvals.ts";

export interface GateOptions {
  readonly test: (policyId: string, version: number) => Promise<TestReport>;
  /** What a version answered differently from what was enforced. */
  readonly shadowReport: (policyId: string, version: number) => Promise<ChangeReport>;
  readonly countEvaluations: (policyId: string, version: number, stage: "shadow" | "canary") => Promise<number>;
  readonly approvals: VersionApprovals;
}

export interface GateAnswer {
  readonly missing: PlaneProblem[];
  readonly evidence: Json;
  /** The approval that the promotion rests on. */
  readonly approvalId: string | null;
}

export type Gates = (
  row: VersionRow,
  from: Stage,
  to: Stage,
  request: PromotionRequest,
  by: Caller,
) => Promise<GateAnswer>;

/** Names everything that is missing, and the evidence that goes into the record. */
export function createGates({ test, ...options }: GateOptions): Gates {
  return async (
    row: VersionRow,
    from: Stage,
    to: Stage,
    request: PromotionRequest,
    by: Caller,
  ): Promise<GateAnswer> => {
    const manifest = readManifest(row.manifest);
    const missing: PlaneProblem[] = [];
    let approvalId: string | null = null;
    const evidence: Record<string, Json> = {};
    if (from === "draft" || to === "shadow") {
      if (ownerOf(manifest) === null)
        missing.push({ code: "OWNER_MISSING", message: "the policy has no owner", place: "manifest.owner" });
      const report = await test(row.policyId, row.version);
      evidence.tests = {
        cases: report.cases.length,
        invariants: report.invariants.length,
        ruleCoverage: report.coverage.share,
      };
      missing.push(...report.problems);
    }
    if ((to === "canary" && from !== "canary") || to === "active") {
      const minimum = to === "canary" ? manifest.release.shadowEvaluationsMin : manifest.release.canaryEvaluationsMin;
      const seen = await options.countEvaluations(row.policyId, row.version, to === "canary" ? "shadow" : "canary");
      evidence.evaluations = seen;
      if (request.expedited !== true && seen < minimum)
        missing.push({
          code: "EVALUATIONS_MISSING",
          message: `${minimum} evaluations in ${from} are asked for, but there are ${seen}`,
          place: "manifest.release",
        });
      const report = await options.shadowReport(row.policyId, row.version);
      evidence.disagreements = { evaluated: report.evaluated, changed: report.changed, widened: report.widened };
      if (report.widened > 0 && request.acknowledgeWidenings !== true)
        missing.push({
          code: "WIDENINGS_UNACKNOWLEDGED",
          message: `${report.widened} decisions would become milder; read the report and send acknowledgeWidenings`,
          place: "acknowledgeWidenings",
        });
      missing.push(...dutyProblems(row, manifest.approvers, by));
      if (by.type !== "engine") {
        const given = await options.approvals.of(row.policyId, row.version);
        const found = chooseApproval(given, row, manifest.approvers, by);
        if ("approval" in found) {
          evidence.approval = evidenceOf(found.approval);
          approvalId = found.approval.approvalId;
        } else if (options.approvals.isDemanded) missing.push(found.problem);
      }
    }
    return { missing, evidence, approvalId };
  };
}

/** Author ≠ approver, and the approver is one whom the owner has named. */
function dutyProblems(row: VersionRow, approvers: readonly string[], by: Caller): PlaneProblem[] {
  if (by.authenticated === false) return [];
  if (by.type === "agent")
    throw new ForbiddenError("Expected a person or a service to promote a policy, but it is an agent");
  if (by.id === row.author.id)
    return [
      {
        code: "SEPARATION_OF_DUTIES",
        message: `the author ${by.id} cannot put the version live; somebody else must`,
        place: "promotedBy",
      },
    ];
  if (approvers.length > 0 && !isOneOf(by, approvers))
    return [
      {
        code: "NOT_AN_APPROVER",
        message: `${by.id} is not one of the policy's approvers (${approvers.join(", ")})`,
        place: "manifest.approvers",
      },
    ];
  return [];
}
