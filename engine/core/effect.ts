/**
 * Effects: what the world outside must do once the step is durable. Most outward work (jobs, timers, subscriptions,
 * user tasks, incidents) is visible from the events alone: the store derives rows from them, the runtime wakes
 * workers. An effect exists where something must reach another instance or another table.
 */
import type { JsonObject, Key } from "./json.ts";

export type Effect =
  /** A throwing message event without a job, or a message flow between pools: goes through the ordinary correlation. */
  | {
      readonly type: "publishMessage";
      readonly key: Key;
      readonly name: string;
      readonly correlationKey: string;
      readonly timeToLiveMs: number;
      readonly messageId: string | null;
      readonly variables: JsonObject;
      readonly tenantId: string;
    }
  | {
      readonly type: "broadcastSignal";
      readonly key: Key;
      /** Root key of the thrower: it has served its own subscriptions (rule 22); what stays open there is younger than `key` and must not get it again. */
      readonly origin: Key;
      readonly name: string;
      readonly variables: JsonObject;
      readonly tenantId: string;
    }
  /** Trace of the decision plane: written in the transaction of the step. */
  | { readonly type: "recordDecision"; readonly trace: unknown }
  | { readonly type: "recordApproval"; readonly trace: unknown }
  /** Read model of decision instances (business rule tasks). */
  | { readonly type: "recordDecisionEvaluation"; readonly trace: unknown }
  /** The guarded action has ended: outcome record for the plane. */
  | {
      readonly type: "recordOutcome";
      readonly decisionId: string;
      readonly status: "succeeded" | "failed" | "not_executed" | "compensated";
      readonly executedArgs: JsonObject | null;
      readonly at: number;
    }
  /** Pattern 3: evaluate off the hot path and come back with recordAsyncDecision. */
  | {
      readonly type: "decideLater";
      readonly elementInstanceKey: Key;
      readonly request: unknown;
      /** The decision that the default holds under, and what it is. */
      readonly decisionId: string;
      readonly defaultDetermination: "ALLOW" | "DENY";
    };
