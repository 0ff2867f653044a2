/**
 * Questions from outside the engine: idempotent on (run, tool call, arguments) or the caller's key, resumed after an
 * approval, answered from the record when asked again. Frameworks that replay their steps ask five times and get one
 * decision. Requirements A15, C10, C14–C16.
 */
import type { Database, GroupCommit, TableWrite } from "../../../store/index.ts";
import { PoisonedUnitError } from "../../../store/index.ts";
import type { Answer, BatchAnswer } from "../answers.ts";
import { approvalEventWrites } from "../approvals/approval-records.ts";
import { canonicalHash, sha256 } from "../audit/canonical.ts";
import type { Signer } from "../audit/signer.ts";
import { ConflictError, InvalidInputError, NotFoundError } from "../errors.ts";
import type { PolicyPicture } from "../policies/policy-version.ts";
import type { Clock } from "../ports.ts";
import type { Question } from "../requests.ts";
import { type ApprovalRow, approvalEventConstraint, findApproval, searchApprovals } from "../sql/approvals.ts";
import {
  decisionKeyConstraint,
  decisionKeyOnceStatement,
  decisionKeyStatement,
  decisionOfKey,
  findDecisionRecord,
  moveDecisionKey,
} from "../sql/decisions.ts";
import { readsOf, tenantsOf } from "../tenants.ts";
import type { ActionRequest, Caller, EpochMs, JsonRecord } from "../types.ts";
import { riskRank } from "../types.ts";
import { denial } from "./combine.ts";
import { constrainArgs } from "./constrain.ts";
import type { Decider } from "./decide.ts";
import { lateWrites } from "./late.ts";
import { durationMs } from "./outputs.ts";
import { issuePermit } from "./permit.ts";
import { type ReadQuestion, readQuestion } from "./question.ts";
import { reasonTexts } from "./reasons.ts";
import { readRecorded, requestOf, usesOf } from "./recorded.ts";
import type { DecisionTrace, Pattern } from "./trace.ts";
import type { TraceWriter } from "./trace-writes.ts";

export interface ServiceOptions {
  readonly database: Database;
  readonly groupCommit: GroupCommit;
  readonly decide: Decider;
  readonly traces: TraceWriter;
  readonly signer: Signer;
  readonly picture: () => PolicyPicture;
  readonly clock: Clock;
}

const batchMax = 1000;
const stalenessMsDefault = 300_000;
const resumed: ReadonlySet<string> = new Set(["approved", "edited"]);

export type DecisionService = ReturnType<typeof createDecisionService>;

export function createDecisionService(options: ServiceOptions) {
  const { database, groupCommit, decide, traces, clock } = options;

  const answerOf = (trace: DecisionTrace): Answer => {
    const { decision, enforcedArgs, epoch } = trace;
    const { trace: _none, ...rest } = { ...decision, trace: null };
    const allowed = decision.permit !== null;
    return {
      ...rest,
      reasons: reasonTexts(
        decision.reasonCodes,
        options.picture(),
        decision.policies.map(({ policyId }) => policyId),
      ),
      args: allowed ? enforcedArgs : null,
      expiresAt: decision.expiresAt === null ? null : new Date(decision.expiresAt).toISOString(),
      recordHash: traces.recordHash(trace),
      epoch,
      pending: trace.decision.reasonCodes.includes("PENDING_EVALUATION"),
    };
  };

  /** The answer that was given, from its record. The permit is signed again: same claims, same bytes. */
  const recordedAnswer = async (decisionId: string, args: JsonRecord | null): Promise<Answer> => {
    const row = await findDecisionRecord(database, decisionId);
    if (row === undefined) throw new NotFoundError(`Expected the decision ${decisionId}, but there is none`);
    const recorded = readRecorded(row.record);
    const { evaluation, enforcement } = recorded;
    const request = { ...requestOf(recorded, new Map()), args: args ?? recorded.args } as ActionRequest;
    const constrained = constrainArgs(request.args, evaluation.constraints);
    const policies = usesOf(recorded);
    const enforcedArgs = constrained.ok ? constrained.args : request.args;
    const permit =
      enforcement.expiresAt === null || requestOf(recorded, new Map()) === undefined
        ? null
        : issuePermit(options.signer, request, {
            decisionId,
            argsHash: canonicalHash(enforcedArgs),
            constraints: evaluation.constraints,
            policies,
            expiresAt: enforcement.expiresAt,
          });
    return {
      decisionId,
      determination: evaluation.determination,
      constraints: evaluation.constraints,
      approval: recorded.approval,
      riskScore: evaluation.riskScore,
      reasonCodes: evaluation.reasonCodes,
      reasons: reasonTexts(
        evaluation.reasonCodes,
        options.picture(),
        policies.map(({ policyId }) => policyId),
      ),
      policies,
      args: permit === null ? null : enforcedArgs,
      expiresAt: enforcement.expiresAt === null ? null : new Date(enforcement.expiresAt).toISOString(),
      permit,
      recordHash: row.recordHash,
      epoch: Math.max(0, ...recorded.policies.map(({ epoch }) => epoch)),
      pending: evaluation.reasonCodes.includes("PENDING_EVALUATION"),
    };
  };

  /** Asked again: what became of the first answer. */
  const again = async (read: ReadQuestion, decisionId: string): Promise<Answer> => {
    const [approval] = await searchApprovals(database, { decisionId, limit: 1 });
    if (approval === undefined || approval.state === "pending") return recordedAnswer(decisionId, read.request.args);
    return afterApproval(read, approval);
  };

  /** The approval is over: judge anew just before the action runs, exactly once. */
  const afterApproval = async (read: ReadQuestion, approval: ApprovalRow): Promise<Answer> => {
    if (approval.usedBy !== null) return recordedAnswer(approval.usedBy, usedArgs(read, approval));
    const { decisionId: originalDecisionId, approvalId } = approval;
    const edited = approval.state === "edited";
    const request: ActionRequest = { ...read.request, args: usedArgs(read, approval), now: clock.now() };
    const decision = resumed.has(approval.state)
      ? decide({ ...request, approval: { approvalId, originalDecisionId, edited } })
      : decide.answer(
          request,
          denial(
            approval.state === "rejected"
              ? "APPROVAL_REJECTED"
              : approval.state === "expired"
                ? "APPROVAL_EXPIRED"
                : "APPROVAL_STALE",
          ),
          "sync",
        );
    const trace = decision.trace as DecisionTrace;
    const used = approvalEventWrites(
      { approvalId, decisionId: decision.decisionId, type: "used", at: request.now, usedBy: decision.decisionId },
      options.signer,
      true,
    );
    try {
      await groupCommit.submit({ writes: [...traces.writes(trace), ...used] });
    } catch (error) {
      if (!(error instanceof PoisonedUnitError) || error.constraint !== approvalEventConstraint) throw error;
      const winner = await findApproval(database, approvalId);
      return recordedAnswer(winner?.usedBy ?? originalDecisionId, usedArgs(read, approval));
    }
    if (read.idempotencyKey !== null)
      await moveDecisionKey(database, read.idempotencyKey, originalDecisionId, decision.decisionId);
    return answerOf(trace);
  };

  /** Decides without committing. */
  const judge = (
    read: ReadQuestion,
    pattern: Pattern,
  ): { readonly trace: DecisionTrace; readonly writes: readonly TableWrite[] } => {
    const keyStatement = pattern === "batch" ? decisionKeyStatement : decisionKeyOnceStatement;
    if (read.mode === "async") return judgeLater(read, keyStatement);
    const trace = decide(read.request, pattern).trace as DecisionTrace;
    return { trace, writes: [...traces.writes(trace), ...keyWrites(read, trace, keyStatement)] };
  };

  const judgeLater = (
    read: ReadQuestion,
    keyStatement: string,
  ): { readonly trace: DecisionTrace; readonly writes: readonly TableWrite[] } => {
    const { action } = read.request;
    if (!action.reversible)
      throw new InvalidInputError(
        "Expected a reversible action in the asynchronous mode, but it cannot be undone: ask synchronously",
        [{ code: "ASYNC_IRREVERSIBLE", message: action.type, place: "mode" }],
      );
    const risky = riskRank[action.riskClass] >= riskRank.high;
    if (risky && read.default === "ALLOW")
      throw new InvalidInputError(`Expected the default DENY for risk class ${action.riskClass}, but got ALLOW`, [
        { code: "ASYNC_DEFAULT", message: action.riskClass, place: "default" },
      ]);
    const standing = read.default ?? (action.riskClass === "low" ? "ALLOW" : "DENY");
    const verdict = { ...denial("PENDING_EVALUATION"), determination: standing, riskScore: 0 };
    const trace = decide.answer(read.request, verdict, "async").trace as DecisionTrace;
    const queued = lateWrites({
      request: read.request,
      defaultDetermination: standing,
      elementInstanceKey: null,
      decisionId: trace.decision.decisionId,
    });
    return { trace, writes: [...traces.writes(trace), ...keyWrites(read, trace, keyStatement), ...queued] };
  };

  const keyWrites = (read: ReadQuestion, trace: DecisionTrace, statement: string): TableWrite[] =>
    read.idempotencyKey === null
      ? []
      : [
          {
            statement,
            rows: [
              {
                idempotency_key: read.idempotencyKey,
                decision_id: trace.decision.decisionId,
                request_hash: sha256(read.fingerprint),
                at_ms: read.request.now,
              },
            ],
          },
        ];

  /** The decision that an earlier question with this key got; a different question under the same key is an error. */
  const known = async (read: ReadQuestion): Promise<string | undefined> => {
    if (read.idempotencyKey === null) return undefined;
    const found = await decisionOfKey(database, read.idempotencyKey);
    if (found !== undefined && found.requestHash !== sha256(read.fingerprint))
      throw new ConflictError("Expected the same question under this idempotency key, but it differs", [
        { code: "IDEMPOTENCY_KEY_REUSED", message: read.idempotencyKey, place: "idempotencyKey" },
      ]);
    return found?.decisionId;
  };

  /** Keys of the questions that are being judged here, until they are settled. */
  const asking = new Map<string, Promise<void>>();

  /** The answer of this key; a new decision is written together with it, so one look before is enough. */
  const ask = async (read: ReadQuestion): Promise<Answer> => {
    const earlier = await known(read);
    if (earlier !== undefined) return again(read, earlier);
    const { trace, writes } = judge(read, "sync");
    try {
      await groupCommit.submit({ writes });
    } catch (error) {
      if (!(error instanceof PoisonedUnitError) || error.constraint !== decisionKeyConstraint) throw error;
      // Another node was quicker with the same question: nothing of ours was written, its decision is the decision.
      const winner = await known(read);
      if (winner === undefined) throw error;
      return recordedAnswer(winner, read.request.args);
    }
    return answerOf(trace);
  };

  const evaluate = async (question: Question, by: Caller): Promise<Answer> => {
    const read = readQuestion(question, by, clock.now());
    if (read.approvalId !== null) {
      const approval = await findApproval(readsOf(database, by), read.approvalId, tenantsOf(by));
      if (approval === undefined)
        throw new NotFoundError(`Expected the approval ${read.approvalId}, but there is none`);
      return approval.state === "pending"
        ? recordedAnswer(approval.decisionId, read.request.args)
        : afterApproval(read, approval);
    }
    const key = read.idempotencyKey;
    if (key === null) return ask(read);
    // Asked several times at once: the first is judged, the others find its answer.
    const running = asking.get(key);
    if (running !== undefined) await running;
    const answer = ask(read);
    const settled = answer.then(
      () => {},
      () => {},
    );
    asking.set(key, settled);
    try {
      return await answer;
    } finally {
      if (asking.get(key) === settled) asking.delete(key);
    }
  };

  const evaluateBatch = async (
    batch: { readonly decisions: readonly Question[] },
    by: Caller,
  ): Promise<BatchAnswer> => {
    if (!Array.isArray(batch.decisions) || batch.decisions.length === 0 || batch.decisions.length > batchMax)
      throw new InvalidInputError(`Expected 1 to ${batchMax} decisions, but got another number`, [
        { code: "BATCH_SIZE", message: "decisions", place: "decisions" },
      ]);
    const now = clock.now();
    const reads = batch.decisions.map((question) => readQuestion(question, by, now));
    const answers: (Answer | undefined)[] = [];
    const fresh: { readonly index: number; readonly trace: DecisionTrace }[] = [];
    const writes: TableWrite[] = [];
    for (const [index, read] of reads.entries()) {
      const earlier = await known(read);
      if (earlier !== undefined) answers[index] = await again(read, earlier);
      else {
        const judged = judge(read, "batch");
        writes.push(...judged.writes);
        fresh.push({ index, trace: judged.trace });
      }
    }
    if (writes.length > 0) await groupCommit.submit({ writes: mergeWrites(writes) });
    for (const { index, trace } of fresh) answers[index] = answerOf(trace);
    const staleness = stalenessOf(fresh.map(({ trace }) => trace));
    return {
      epoch: options.picture().epoch,
      maxStaleness: `PT${staleness / 1000}S`,
      staleAfter: new Date(now + staleness).toISOString(),
      decisions: answers as Answer[],
    };
  };

  return { evaluate, evaluateBatch };
}

/** The arguments that an approval releases: as they were asked for, or as the last approver has edited them. */
function usedArgs(read: ReadQuestion, approval: ApprovalRow): JsonRecord {
  if (approval.state !== "edited") return read.request.args;
  const edit = approval.events.filter((event) => event.type === "vote" && event.verdict === "edit").at(-1);
  return (edit?.args as JsonRecord | null | undefined) ?? read.request.args;
}

function stalenessOf(traces: readonly DecisionTrace[]): EpochMs {
  let least = stalenessMsDefault;
  for (const { evaluations } of traces)
    for (const { applicable } of evaluations) {
      const own = applicable.policy.manifest.maxStaleness;
      if (own !== undefined) least = Math.min(least, durationMs(own) ?? least);
    }
  return least;
}

/** One write per statement: rows of the same statement together. */
function mergeWrites(writes: readonly TableWrite[]): TableWrite[] {
  const merged = new Map<string, TableWrite["rows"][number][]>();
  for (const { statement, rows } of writes) merged.set(statement, [...(merged.get(statement) ?? []), ...rows]);
  return [...merged].map(([statement, rows]) => ({ statement, rows }));
}
