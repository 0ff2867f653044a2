/** What the decision plane asks before a policy's version goes live: has somebody else approved it? */
import type { PlaneOptions } from "../../decisions/index.ts";
import { approvalsOfVersion } from "../../store/changes.ts";
import type { Database } from "../../store/index.ts";
import type { DutyMode } from "./rules.ts";

export function versionApprovals(database: Database, mode: DutyMode): NonNullable<PlaneOptions["approvals"]> {
  return {
    isDemanded: mode === "three-person",
    async of(policyId, version) {
      return (await approvalsOfVersion(database, { policyId, version })).map(
        ({ approvalId, changeId, author, approver, comment, atMs }) => ({
          approvalId,
          changeId,
          requestedBy: author.id,
          approver,
          comment,
          at: new Date(atMs).toISOString(),
          isAuthenticated: author.authenticated !== false && approver.authenticated !== false,
        }),
      );
    },
  };
}
