/**
 * Notes: what the core writes into the log for its own sake, as the event `noted`. Readers of the history may skip
 * them; `apply` may not.
 */
import type { Actor, AgentStepRecord } from "./command.ts";
import type { Continuation, LoopState } from "./instance.ts";
import type { JsonObject, JsonValue, Key } from "./json.ts";

export type Note =
  /** Multi-instance body or standard loop has begun. */
  | {
      readonly kind: "loop";
      readonly items: LoopState["items"];
      readonly total: number;
      readonly outputs: readonly JsonValue[] | null;
    }
  | { readonly kind: "loopOutput"; readonly index: number; readonly value: JsonValue }
  /** An interrupting event sub-process has been triggered in this scope. */
  | { readonly kind: "interrupted" }
  /** The interruption could not be finished in this command (canceling listeners): what happens then. */
  | { readonly kind: "pending"; readonly continuation: Continuation }
  | { readonly kind: "pendingDone" }
  /** Parallel multiple: a definition of `event` has been triggered; null starts a new round. */
  | { readonly kind: "triggered"; readonly event: number; readonly definition: number | null }
  /** The complex gateway can get no more tokens: it is ready again. */
  | { readonly kind: "reset"; readonly gateway: number }
  /** Records taken out of this scope into a compensation run; of a scope among them only what `only` names, when it is there. */
  | {
      readonly kind: "compensation";
      readonly run: Key;
      readonly thrower: Key | null;
      readonly records: readonly Key[];
      readonly only?: Key;
    }
  | { readonly kind: "compensationNext"; readonly run: Key; readonly handler: Key }
  | { readonly kind: "compensationEnded"; readonly run: Key }
  /** This element instance is a completed scope, opened again to undo what the current record of its parent's run holds. */
  | { readonly kind: "reopened"; readonly run: Key }
  /** Asked by whom: four eyes need the requester. */
  | { readonly kind: "requester"; readonly actor: Actor }
  | { readonly kind: "asynchronous"; readonly mode: "running" | "holding" | null }
  | {
      readonly kind: "agent";
      readonly budget: {
        readonly modelCallsMax: number;
        readonly toolCallsMax: number | null;
        readonly tokensMax: number | null;
        readonly wallTimeMsMax: number | null;
      };
      readonly startedAt: number;
      readonly prompts: { readonly system: string; readonly user: string; readonly model: string };
    }
  /** What is not offered in the turn that begins now. */
  | { readonly kind: "agentTools"; readonly hidden: readonly string[] }
  | { readonly kind: "agentPaused"; readonly paused: boolean; readonly held?: AgentStepRecord["toolCalls"] | null }
  /** Ad-hoc: the worker has said that the completion condition holds. */
  | { readonly kind: "fulfilled" }
  /** Sequential ad-hoc: elements that wait for their turn. */
  | { readonly kind: "adHocQueue"; readonly elements: readonly number[] }
  /** What the element would wait for has come already (event-based gateway, triggered start): it does not wait. */
  | { readonly kind: "arrived"; readonly variables: JsonObject }
  /** The root starts with these elements instead of its own entries. */
  | {
      readonly kind: "start";
      readonly elements: readonly number[];
      readonly triggered: number | null;
      readonly variables: JsonObject;
      readonly definition?: number;
    }
  /** A task listener has corrected the pending values. */
  | { readonly kind: "corrections"; readonly pending: JsonObject };
