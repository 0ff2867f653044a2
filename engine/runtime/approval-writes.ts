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
      const type = ({ timedOut: "expired", stale: "stale" } as const)[event.resolution as "timedOut" | "stale"];
      if (type !== undefined) writes.push(...plane.approvalWrites({ approvalId: event.approvalId, type, at }));
    } else if (event.type === "elementTerminated" && tasksCanceled && !settled.has(event.key))
      writes.push(...plane.approvalWrites({ approvalId: null, elementInstanceKey: event.key, type: "cancelled", at }));
  }
  return writes;
}

/** The second deadline is scheduled in the same command as the escalation. */
function nextDeadline(events: readonly Event[], element: string): EpochMs | null {
  for (const event of events)
    if (event.type === "timerScheduled" && event.element === element && event.purpose === "approvalSla")
      return event.dueAt;
  return null;
}
