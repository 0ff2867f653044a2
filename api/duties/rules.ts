/**
 * Who may do what with a change request. The rules hold for persons, whatever their roles are: one who has every role is
 * still one person. Pure.
 */
import type { Change, ChangeActor } from "../../store/changes.ts";
import { actorOf, type Caller } from "../auth/caller.ts";

/** `three-person`: nothing is deployed and no policy goes live without an approval by somebody else. */
export type DutyMode = "standard" | "three-person";

export function changeActor(caller: Caller): ChangeActor {
  const { id, type, groups, roles } = actorOf(caller);
  return {
    id,
    type,
    roles,
    ...(groups === undefined ? {} : { groups }),
    ...(isAuthenticated(caller) ? {} : { authenticated: false }),
  };
}

export function isAuthenticated(caller: Pick<Caller, "method">): boolean {
  return caller.method !== "none";
}

/** Whether the people of a change were told apart at all. */
export function dutiesOf({ author, approval }: Pick<Change, "author" | "approval">): "kept" | "unchecked" {
  return author.authenticated === false || approval?.approver.authenticated === false ? "unchecked" : "kept";
}

const nobodyIsKnown =
  "nobody is authenticated on this server, so people cannot be told apart (SEPARATION_OF_DUTIES is three-person)";

/**
 * Why this caller cannot approve or reject; undefined: they can.
 * @param authors Who handed the change in, and who wrote what it names.
 */
export function whyNotJudge(caller: Caller, authors: readonly ChangeActor[], mode: DutyMode): string | undefined {
  if (caller.type === "agent") return `"${caller.id}" is an agent: people and services approve`;
  if (!isAuthenticated(caller)) return mode === "three-person" ? nobodyIsKnown : undefined;
  if (authors.some(({ id }) => id === caller.id)) return `"${caller.id}" is the author`;
  return undefined;
}

/** Why this caller cannot deploy an approved change; undefined: they can. */
export function whyNotDeploy(
  caller: Caller,
  change: Pick<Change, "author" | "approval">,
  mode: DutyMode,
): string | undefined {
  if (!isAuthenticated(caller)) return mode === "three-person" ? nobodyIsKnown : undefined;
  if (caller.id === change.author.id) return `"${caller.id}" is the author`;
  if (caller.id === change.approval?.approver.id) return `"${caller.id}" has approved it`;
  if (mode === "three-person" && dutiesOf(change) === "unchecked")
    return "author or approver were not authenticated when they acted: have it approved again";
  return undefined;
}
