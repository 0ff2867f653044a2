/**
 * The second person before a version goes live: who has approved it, as others tell the plane (change requests are kept
 * outside of it). Where approvals are demanded, author, approver and releaser of a version are three people. D07, L01.
 */
import type { PlaneProblem } from "../errors.ts";
import type { VersionRow } from "../sql/policy-versions.ts";
import type { Caller, JsonRecord } from "../types.ts";

export interface VersionApprovals {
  /** True: no version enters canary or active without an approval. */
  readonly isDemanded: boolean;
  /** Approvals in force, the latest first. */
  of(policyId: string, version: number): Promise<readonly VersionApproval[]>;
}

export interface VersionApproval {
  /** The promotion names it, and the store refuses a name that is gone by the time of the commit. */
  readonly approvalId: string;
  readonly changeId: string;
  /** Who asked for the approval. */
  readonly requestedBy: string;
  readonly approver: {
    readonly id: string;
    readonly type: string;
    readonly groups?: readonly string[];
    readonly roles?: readonly string[];
  };
  readonly comment: string | null;
  readonly at: string;
  /** False: the people were not authenticated when they asked and approved. */
  readonly isAuthenticated: boolean;
}

export const noApprovals: VersionApprovals = { isDemanded: false, of: async () => [] };

/** What the promotion record keeps of it. */
export function evidenceOf({ approvalId, changeId, requestedBy, approver, comment, at }: VersionApproval): JsonRecord {
  const { id, type } = approver;
  return { approvalId, changeId, requestedBy, approver: { id, type }, comment, at };
}

export function isOneOf(person: Caller | VersionApproval["approver"], approvers: readonly string[]): boolean {
  return [person.id, ...(person.groups ?? []), ...(person.roles ?? [])].some((name) => approvers.includes(name));
}

/**
 * The approval that a promotion rests on, or why there is none that counts for this person.
 * @param approvers Whom the policy's owner has named; empty: anybody.
 */
export function chooseApproval(
  approvals: readonly VersionApproval[],
  row: Pick<VersionRow, "author">,
  approvers: readonly string[],
  by: Caller,
): { readonly approval: VersionApproval } | { readonly problem: PlaneProblem } {
  const problem = (code: string, message: string) => ({ problem: { code, message, place: "approval" } });
  if (by.authenticated === false)
    return problem(
      "SEPARATION_OF_DUTIES",
      "nobody is authenticated, so author, approver and releaser are not told apart",
    );
  // What the server brings along has no author among people.
  if (row.author.authenticated === false && row.author.type !== "engine")
    return problem("SEPARATION_OF_DUTIES", "nobody was authenticated when the version was written; write a new one");
  const [latest] = approvals;
  if (latest === undefined)
    return problem("APPROVAL_MISSING", "an approved change request for this version is asked for, but there is none");
  const others = approvals.filter(
    ({ approver, requestedBy, isAuthenticated }) =>
      isAuthenticated && approver.id !== row.author.id && ![approver.id, requestedBy].includes(by.id),
  );
  if (others.length === 0)
    return problem(
      "SEPARATION_OF_DUTIES",
      latest.isAuthenticated
        ? `${by.id} has asked for or given the approval of the version; somebody else must put it live`
        : "nobody was authenticated when the version was approved; have it approved again",
    );
  const approval = others.find(({ approver }) => approvers.length === 0 || isOneOf(approver, approvers));
  return approval === undefined
    ? problem(
        "NOT_AN_APPROVER",
        `the version was not approved by one of the policy's approvers (${approvers.join(", ")})`,
      )
    : { approval };
}
