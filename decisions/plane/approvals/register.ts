/**
 * The register of approvals: what is asked of whom, and the votes on actions from outside (those of processes are
 * voted on through their user tasks, with the same judge). Deadlines are rows; whichever node looks first acts, and a
 * primary key decides races between a vote and a deadline. Group F.
 */
import type { Database, GroupCommit, TableWrite } from "../../../store/index.ts";
import { PoisonedUnitError } from "../../../store/index.ts";
import type { ApprovalDetail, ApprovalStateName } from "../answers.ts";
import type { Signer } from "../audit/signer.ts";
import { admitJson } from "../decide/question.ts";
import { reasonTexts } from "../decide/reasons.ts";
import { ConflictError, ForbiddenError, InvalidInputError, NotFoundError } from "../errors.ts";
import type { PolicyPicture } from "../policies/policy-version.ts";
import type { Clock } from "../ports.ts";
import type { VoteRequest } from "../requests.ts";
import {
  type ApprovalRow,
  approvalEventConstraint,
  dueApprovals,
  findApproval,
  searchApprovals,
} from "../sql/approvals.ts";
import { readsOf, tenantsOf } from "../tenants.ts";
import type { ActorReference, ApprovalTerms, Caller, JsonRecord, Reader, VoteVerdict } from "../types.ts";
import { approvalEventWrites, type VoteTrace, voteWrites } from "./approval-records.ts";
import { type ApprovalState, judge, judgeTimeout } from "./judge.ts";

export interface RegisterOptions {
  readonly database: Database;
  readonly groupCommit: GroupCommit;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly picture: () => PolicyPicture;
  readonly changed: (approvalId: string, tenantId: string | null) => void;
}

export interface ApprovalRegister {
  search(
    filter: {
      readonly state?: ApprovalStateName;
      readonly group?: string;
      readonly processInstanceKey?: string;
      readonly limit?: number;
    },
    by?: Reader,
  ): Promise<{ readonly items: readonly ApprovalDetail[] }>;
  get(approvalId: string, by?: Reader): Promise<ApprovalDetail>;
  vote(approvalId: string, vote: VoteRequest, by: Caller): Promise<ApprovalDetail>;
  /** Acts on approvals whose deadline has passed; resolves with how many. */
  expireDue(): Promise<number>;
}

const verdicts: ReadonlySet<string> = new Set<VoteVerdict>(["approve", "reject", "edit"]);
const votesTriesMax = 20;

export function createApprovalRegister(options: RegisterOptions): ApprovalRegister {
  const { database, groupCommit, signer, clock } = options;

  const find = async (approvalId: string, by?: Reader): Promise<ApprovalRow> => {
    const row = await findApproval(readsOf(database, by), approvalId, tenantsOf(by));
    if (row === undefined)
      throw new NotFoundError(`Expected the approval ${approvalId.slice(0, 100)}, but there is none`);
    return row;
  };

  /** False: another event of the same place was first. */
  const submit = async (writes: readonly TableWrite[]): Promise<boolean> => {
    try {
      await groupCommit.submit({ writes });
      return true;
    } catch (error) {
      if (error instanceof PoisonedUnitError && error.constraint === approvalEventConstraint) return false;
      throw error;
    }
  };

  const voteOnce = async (row: ApprovalRow, vote: VoteRequest, by: Caller): Promise<boolean> => {
    if (row.state !== "pending")
      throw new ConflictError(`Expected a pending approval, but it is ${row.state}`, [
        { code: "APPROVAL_RESOLVED", message: row.state },
      ]);
    if (row.dueAtMs !== null && clock.now() >= row.dueAtMs)
      throw new ConflictError("Expected a vote before the deadline, but it has passed", [
        { code: "APPROVAL_DUE", message: new Date(row.dueAtMs).toISOString() },
      ]);
    const state = stateOf(row);
    const actor = {
      id: by.id,
      type: by.type,
      ...(by.groups !== undefined && { groups: by.groups }),
      ...(by.roles !== undefined && { roles: by.roles }),
    };
    const { resolution, refused } = judge(state, { actor, verdict: vote.verdict, hasArgs: vote.args !== undefined });
    if (refused !== undefined) throw new ForbiddenError(refused, [{ code: "VOTE_REFUSED", message: refused }]);
    const trace: VoteTrace = {
      kind: "vote",
      approvalId: row.approvalId,
      decisionId: row.decisionId,
      number: state.votes.length + 1,
      actor,
      verdict: vote.verdict,
      args: vote.verdict === "edit" ? (vote.args ?? null) : null,
      comment: vote.comment ?? null,
      at: clock.now(),
      resolution,
    };
    return submit(voteWrites(trace, signer, true));
  };

  return {
    async search(filter, by) {
      const rows = await searchApprovals(readsOf(database, by), {
        ...filter,
        tenantIds: tenantsOf(by),
        limit: Math.min(Math.max(filter.limit ?? 100, 1), 1000),
      });
      return { items: rows.map((row) => detailOf(row, options.picture())) };
    },
    async get(approvalId, by) {
      return detailOf(await find(approvalId, by), options.picture());
    },
    async vote(approvalId, vote, by) {
      admitJson(vote, "vote");
      if (!verdicts.has(vote.verdict))
        throw new InvalidInputError("Expected a verdict of approve, reject or edit, but got another", [
          { code: "VERDICT_INVALID", message: "verdict", place: "verdict" },
        ]);
      if (
        vote.comment !== undefined &&
        vote.comment !== null &&
        (typeof vote.comment !== "string" || vote.comment.length > 10_000)
      )
        throw new InvalidInputError("Expected the comment as a text of at most 10000 characters, but it is not", [
          { code: "COMMENT_INVALID", message: "comment", place: "comment" },
        ]);
      const first = await find(approvalId, by);
      if (first.elementInstanceKey !== null)
        throw new ConflictError(
          "Expected an approval of an action from outside, but this one belongs to a process instance: complete its user task",
          [{ code: "MANAGED_BY_ENGINE", message: approvalId }],
        );
      for (let attempt = 0, row = first; attempt < votesTriesMax; attempt++, row = await find(approvalId)) {
        if (await voteOnce(row, vote, by)) {
          options.changed(approvalId, row.tenantId);
          return detailOf(await find(approvalId), options.picture());
        }
      }
      throw new ConflictError("Expected to place the vote, but others voted at the same moment: try again", [
        { code: "VOTE_RACE", message: approvalId },
      ]);
    },
    async expireDue() {
      const now = clock.now();
      let acted = 0;
      for (const row of await dueApprovals(database, now, 100)) {
        const terms = termsOf(row);
        const effect = judgeTimeout(terms, row.escalated);
        const event = { approvalId: row.approvalId, decisionId: row.decisionId, at: now };
        const done =
          effect === "escalate"
            ? await submit(
                approvalEventWrites(
                  {
                    ...event,
                    type: "escalated",
                    group: terms.escalateTo as string,
                    dueAt: terms.slaMs === null ? null : now + terms.slaMs,
                  },
                  signer,
                  true,
                ),
              )
            : await submit(approvalEventWrites({ ...event, type: effect }, signer, true));
        if (done) {
          acted++;
          options.changed(row.approvalId, row.tenantId);
        }
      }
      return acted;
    },
  };
}

function termsOf({ approvalId, group, request }: ApprovalRow): ApprovalTerms {
  return {
    approvalId,
    group,
    quorum: typeof request.quorum === "number" ? request.quorum : 1,
    slaMs: typeof request.slaMs === "number" ? request.slaMs : null,
    onTimeout: (request.onTimeout as ApprovalTerms["onTimeout"] | undefined) ?? "reject",
    escalateTo: typeof request.escalateTo === "string" ? request.escalateTo : null,
  };
}

function stateOf(row: ApprovalRow): ApprovalState {
  const votes = row.events
    .filter(({ type }) => type === "vote")
    .map((event) => ({
      actor: event.approver as never,
      verdict: event.verdict as VoteVerdict,
      at: Date.parse(event.at as string),
    }));
  return {
    approvalId: row.approvalId,
    decisionId: row.decisionId,
    requester: row.requester,
    ...(row.request.askedBy !== undefined && { askedBy: row.request.askedBy as unknown as ActorReference }),
    terms: termsOf(row),
    votes,
  };
}

export function detailOf(row: ApprovalRow, picture: PolicyPicture): ApprovalDetail {
  const { request } = row;
  const codes = (request.reasonCodes as readonly string[] | undefined) ?? [];
  const policies = (request.policies as readonly JsonRecord[] | undefined) ?? [];
  return {
    approvalId: row.approvalId,
    decisionId: row.decisionId,
    state: row.state,
    managedBy: row.elementInstanceKey === null ? "plane" : "engine",
    action: (request.action as JsonRecord | undefined) ?? {},
    args: (request.args as JsonRecord | undefined) ?? {},
    facts: (request.facts as JsonRecord | undefined) ?? {},
    reasonCodes: codes,
    reasons: reasonTexts(
      codes,
      picture,
      policies.map(({ policyId }) => String(policyId)),
    ),
    riskScore: (request.riskScore as number | undefined) ?? 0,
    policies,
    requester: row.requester,
    agentId: (request.agentId as string | null | undefined) ?? null,
    group: row.group,
    quorum: termsOf(row).quorum,
    dueAt: iso(row.dueAtMs),
    escalateTo: termsOf(row).escalateTo,
    escalated: row.escalated,
    onTimeout: termsOf(row).onTimeout,
    votes: row.events.filter(({ type }) => type === "vote"),
    userTaskKey: null,
    processInstanceKey: row.processInstanceKey,
    elementInstanceKey: row.elementInstanceKey,
    createdAt: iso(row.createdAtMs) as string,
    resolvedAt: iso(row.resolvedAtMs),
    usedBy: row.usedBy,
  };
}

function iso(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
