/**
 * Around the execution of an action from outside: its permit is checked and used once just before, what ran is compared
 * with the terms just after. Requirements H06, S18, S19.
 */
import type { Database, GroupCommit } from "../../../store/index.ts";
import type { NewAlert } from "../alerts.ts";
import type { OutcomeRecord } from "../answers.ts";
import { timeOrderedId } from "../audit/identifier.ts";
import type { KeyRing } from "../audit/signer.ts";
import { ConflictError, InvalidInputError, NotFoundError } from "../errors.ts";
import type { PolicyPicture } from "../policies/policy-version.ts";
import type { Clock } from "../ports.ts";
import type { OutcomeReport, UngovernedExecution } from "../requests.ts";
import { findDecisionRecord, permitHolder, takePermit } from "../sql/decisions.ts";
import { defaultTenant, readsOf, tenantOfQuestion, tenantsOf } from "../tenants.ts";
import type { Caller, JsonRecord } from "../types.ts";
import { checkPermit, type PermitCheck } from "./permit.ts";
import { admitJson } from "./question.ts";
import { readRecorded, termsOf } from "./recorded.ts";
import type { TraceWriter } from "./trace-writes.ts";

export interface ExecutionOptions {
  readonly database: Database;
  readonly groupCommit: GroupCommit;
  readonly traces: TraceWriter;
  readonly picture: () => PolicyPicture;
  readonly ring: () => KeyRing;
  /** Reads the keys again: a node that has just started may have signed. */
  readonly refreshKeys: () => Promise<void>;
  readonly clock: Clock;
  readonly alert: (alert: NewAlert) => void;
}

const outcomeStates: ReadonlySet<string> = new Set(["succeeded", "failed", "not_executed", "compensated", "unknown"]);

export function createExecutions(options: ExecutionOptions) {
  const { database, groupCommit, traces, clock } = options;

  const recordOutcome = async (decisionId: string, report: OutcomeReport, by: Caller): Promise<OutcomeRecord> => {
    admitJson(report, "outcome");
    if (!outcomeStates.has(report.status))
      throw new InvalidInputError(`Expected a status of ${[...outcomeStates].join(", ")}, but got another`, [
        { code: "OUTCOME_INVALID", message: "status", place: "status" },
      ]);
    const row = await findDecisionRecord(readsOf(database, by), decisionId, tenantsOf(by));
    if (row === undefined) throw new NotFoundError(`Expected the decision ${decisionId}, but there is none`);
    const recorded = readRecorded(row.record);
    const { write, outcomeId, recordHash, violations, withinTerms } = traces.outcome(
      {
        decisionId,
        status: report.status,
        executedArgs: report.executedArgs ?? null,
        at: clock.now(),
        ...(report.result !== undefined && { result: report.result }),
      },
      termsOf(recorded),
    );
    await groupCommit.submit({ writes: [write] });
    if (violations.length > 0)
      options.alert({
        rule: "OUTSIDE_TERMS",
        message: `The action of decision ${decisionId} ran outside its terms`,
        body: { decisionId, reportedBy: by.id, violations: violations as unknown as JsonRecord[] },
        tenantId: recorded.tenantId ?? defaultTenant,
      });
    return { outcomeId, decisionId, status: report.status, withinTerms, violations, recordHash };
  };

  /** Something ran and nobody had asked (A18): recorded as an outcome with no decision behind it, and told to people. */
  const recordUngoverned = async (
    execution: UngovernedExecution,
    by: Caller,
  ): Promise<{ readonly outcomeId: string }> => {
    admitJson(execution, "execution");
    const { action, agent = null, args = {}, status } = execution;
    const at = clock.now();
    const { write, outcomeId } = traces.outcome(
      {
        decisionId: timeOrderedId(at),
        status,
        executedArgs: args,
        at,
        result: { action: { type: action.type, target: action.target ?? null }, agent, reportedBy: by.id },
      },
      { determination: "DENY", constraints: [], enforcedArgsHash: null, riskScore: 0, approval: null },
    );
    await groupCommit.submit({ writes: [write] });
    options.alert({
      rule: "UNGOVERNED_EXECUTION",
      message: `The action ${action.type} ran without a decision`,
      body: { outcomeId, action: { type: action.type, target: action.target ?? null }, agent, reportedBy: by.id },
      tenantId: tenantOfQuestion(undefined, by) ?? defaultTenant,
    });
    return { outcomeId };
  };

  const check = (
    permit: string,
    expected: { readonly actionType: string; readonly audience?: string; readonly args: JsonRecord },
  ): PermitCheck => checkPermit(permit, expected, options.ring(), clock.now());

  const redeemPermit = async (
    permit: string,
    expected: {
      readonly actionType: string;
      readonly audience?: string;
      readonly args: JsonRecord;
      readonly holder: string;
      readonly fresh?: boolean | "first";
    },
  ): Promise<{ readonly decisionId: string }> => {
    let checked = check(permit, expected);
    if (!checked.ok && checked.reasonCode === "PERMIT_INVALID") {
      await options.refreshKeys();
      checked = check(permit, expected);
    }
    if (!checked.ok) throw new ConflictError(checked.message, [{ code: checked.reasonCode, message: checked.message }]);
    const { decisionId } = checked.permit;
    const changed = expected.fresh ? await changedSince(decisionId) : undefined;
    if (changed !== undefined && !(expected.fresh === "first" && (await isHolder(decisionId, expected.holder))))
      throw new ConflictError(`Expected ${changed} as it was judged, but it has changed since: ask again`, [
        { code: "DECISION_STALE", message: changed },
      ]);
    const holder = await takePermit(database, decisionId, expected.holder, clock.now());
    if (holder !== expected.holder)
      throw new ConflictError("Expected an unused permit, but it has been used", [
        { code: "PERMIT_REPLAYED", message: decisionId },
      ]);
    return { decisionId };
  };

  const isHolder = async (decisionId: string, holder: string): Promise<boolean> =>
    (await permitHolder(database, decisionId)) === holder;

  /** The first policy of the decision that has been released, rolled back or retired since. */
  const changedSince = async (decisionId: string): Promise<string | undefined> => {
    const remembered = traces.remembered(decisionId);
    const policies = remembered?.policies ?? (await recordedPolicies(decisionId));
    return policies.find(({ policyId, epoch }) => options.picture().policies.get(policyId)?.epoch !== epoch)?.policyId;
  };

  const recordedPolicies = async (decisionId: string) => {
    const row = await findDecisionRecord(database, decisionId);
    if (row === undefined)
      throw new ConflictError("Expected a recorded decision behind the permit, but there is none", [
        { code: "PERMIT_INVALID", message: decisionId },
      ]);
    return readRecorded(row.record).policies;
  };

  return { recordOutcome, recordUngoverned, checkPermit: check, redeemPermit };
}
