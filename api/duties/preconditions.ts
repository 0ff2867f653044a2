/** What has to hold of a change before a deed on it; the problem that is thrown otherwise. */
import type { Change } from "../../store/changes.ts";
import { SqlError } from "../../store/index.ts";
import type { Caller } from "../auth/caller.ts";
import { Problem } from "../http/problem.ts";
import type { ChangeContent } from "./change-content.ts";

export function there(change: Change | undefined, changeId: string): Change {
  if (change !== undefined) return change;
  throw new Problem("NOT_FOUND", `Expected a change request with the id ${changeId.slice(0, 40)}, but there is none.`);
}

export function assertAuthor({ author }: Change, caller: Caller, verb: string): void {
  if (author.id === caller.id) return;
  throw new Problem("FORBIDDEN", `Expected the author to ${verb} the change, but "${caller.id}" is somebody else.`);
}

export function assertState({ state }: Change, states: readonly Change["state"][], verb: string): void {
  if (states.includes(state)) return;
  throw new Problem(
    "INVALID_STATE",
    `Expected a change that is ${states.join(" or ")} to ${verb}, but it is ${state}.`,
  );
}

/** Some of its files are deployed: what was approved has happened. */
export function assertNothingUsed({ resources }: Change): void {
  if (resources.some(({ deploymentKey }) => deploymentKey !== null)) throw usedProblem();
}

export function assertSameKind({ policy, tenantId }: Change, content: ChangeContent): void {
  const isSame =
    "policy" in content
      ? policy?.policyId === content.policy.policyId
      : tenantId !== null && tenantId === content.tenantId;
  if (isSame) return;
  throw new Problem(
    "INVALID_ARGUMENT",
    "Expected a revision of the same policy or tenant, but it is of another: hand in a change of its own.",
  );
}

/** The approval is what a promotion rests on: the store keeps it (foreign_key_violation). */
export function isInUse(error: unknown): boolean {
  return error instanceof SqlError && error.code === "23503";
}

export function usedProblem(): Problem {
  return new Problem(
    "INVALID_STATE",
    "Expected a change that nothing was released on, but something was: roll that back, or hand in a change on top of it.",
  );
}
