/** From a live event to the queries whose answers are old now. */
import type { QueryKey } from "@tanstack/react-query";

export interface LiveEvent {
  readonly topic: string;
  readonly key?: string | null;
  readonly processInstanceKey?: string | null;
}

/** Which queries an event outdates. */
export function outdatedQueries(event: LiveEvent): readonly QueryKey[] {
  const instance = event.processInstanceKey ?? event.key;
  switch (event.topic) {
    case "instances":
      return [["instances"], ["process-counts"], ...(instance ? [["instance", instance]] : [])];
    case "tasks":
      return [
        ["tasks"],
        ["approvals"],
        ...(event.key ? [["task", event.key]] : []),
        ...(event.processInstanceKey ? [["instance", event.processInstanceKey]] : []),
      ];
    case "incidents":
      return [
        ["incidents"],
        ["instances"],
        ["process-counts"],
        ...(event.processInstanceKey ? [["instance", event.processInstanceKey]] : []),
      ];
    case "policies":
      return [["policies"], ...(event.key ? [["policy", event.key]] : [["policy"]])];
    case "decisions":
      return [
        ["decisions"],
        ["approvals"],
        ["approval"],
        ...(event.processInstanceKey ? [["instance", event.processInstanceKey]] : []),
      ];
    case "approvals":
      return [["approvals"], ...(event.key ? [["approval", event.key]] : [["approval"]])];
    case "deployments":
      return [["processes"], ["process-counts"]];
    default:
      return [];
  }
}
