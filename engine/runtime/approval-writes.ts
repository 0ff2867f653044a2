/**
 * What time or the process did to approvals, for the plane's register: escalated, expired, gone stale, abandoned
 * because the activity was terminated. Votes bring rows of their own (effect recordApproval).
 */
import type { TableWrite } from "../../store/index.ts";
import type { Event } from "../core/event.ts";
import type { EpochMs } from "../core/json.ts";
import type { PlanePort } from "./contract/options.ts";

export function approvalWrites(events: readonly Event[], at: EpochMs, plane: PlanePort): readonly TableWrite[] {
  if (plane.approvalWrites === undefined) return [];
  const writes: TableWrite[] = [];
  const settled = new Set<string>();
  let tasksCanceled = false;
  for (const event of events) {
    if (event.type === "userTaskCanceled") tasksCanceled = true;
    else if (event.type === "approvalEscalated") {
      const dueAt = nextDeadline(events, event.element);
      writes.push(
        ...plane.approvalWrites({ approvalId: event.approvalId, type: "escalated", at, group: event.group, dueAt }),
      );
    } else if (event.type === "approvalResolved") {
      settled.add(event.element);
      const type = resolvedAs(event.resolution, events);
      if (type !== undefined) writes.push(...plane.approvalWrites({ approvalId: event.approvalId, type, at }));
    } else if (event.type === "elementTerminated" && tasksCanceled && !settled.has(event.key))
      writes.push(...plane.approvalWrites({ approvalId: null, elementInstanceKey: event.key, type: "cancelled", at }));
  }
  return writes;
}

/** A vote has resolved it in rows of its own; without one, time has. */
function resolvedAs(resolution: string, events: readonly Event[]): "expired" | "stale" | "approved" | undefined {
  if (resolution === "timedOut") return "expired";
  if (resolution === "stale") return "stale";
  const silent = resolution === "approved" && !events.some(({ type }) => type === "approvalVoted");
  return silent ? "approved" : undefined;
}

/** The second deadline is scheduled in the same command as the escalation. */
function nextDeadline(events: readonly Event[], element: string): EpochMs | null {
  for (const event of events)
    if (event.type === "timerScheduled" && event.element === element && event.purpose === "approvalSla")
      return event.dueAt;
  return null;
}
