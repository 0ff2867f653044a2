/** What can be asked of a recorded instance afterwards: its artifacts by content, its failures by cause, its states. */
import type { IncidentType } from "../../core/failure.ts";
import type { JsonObject, JsonValue, Key } from "../../core/json.ts";
import type { CallContext } from "./context.ts";

/** Something that went in or came out, named by its content: equal content has the same id everywhere. */
export interface ArtifactSummary {
  /** "sha256:" and the hash (hex) of the canonical JSON (RFC 8785). */
  readonly id: string;
  readonly kind:
    | "input"
    | "prompt"
    | "response"
    | "plan"
    | "toolArguments"
    | "toolResult"
    | "facts"
    | "decision"
    | "variables";
  /** Where it stands in the record. */
  readonly sequence: number;
  readonly at: string;
  readonly elementInstanceKey: Key;
  /** Tool, action or decision; null where the kind says it all. */
  readonly name: string | null;
}
export interface Artifact extends ArtifactSummary {
  readonly value: JsonValue;
}
/** The record was executed again up to its end, and gave this artifact at the same place, or not. */
export interface Reproduction {
  readonly id: string;
  readonly kind: ArtifactSummary["kind"];
  readonly sequence: number;
  readonly reproduced: boolean;
  /** As the second run has it; null when it has none. */
  readonly value: JsonValue;
}

/** data: what came in was wrong or missing; tools: something called failed; policy: the rules, limits or people said no; model: the model failed; system: the engine's own limits. */
export type CauseClass = "data" | "tools" | "policy" | "model" | "system";
export interface FailureRecord {
  readonly sequence: number;
  readonly at: string;
  readonly causeClass: CauseClass;
  /** Type of the event that says so. */
  readonly type:
    | "incidentCreated"
    | "jobFailed"
    | "jobErrorThrown"
    | "agentTurnFailed"
    | "actionBlocked"
    | "toolRefused";
  readonly errorType: IncidentType | null;
  readonly message: string;
  readonly elementId: string | null;
  readonly elementInstanceKey: Key | null;
  readonly decisionId: string | null;
}

/** The whole state after a step of an agent: what a run can be taken up from, or looked at. */
export interface Checkpoint {
  readonly sequence: number;
  readonly at: string;
  readonly elementInstanceKey: Key;
  readonly turn: number;
  /** SHA-256 (hex) of the canonical state. */
  readonly stateHash: string;
}
export interface StateAt {
  readonly sequence: number;
  readonly at: string;
  readonly stateHash: string;
  readonly state: JsonObject;
}

/** One entry of the record with its place in a chain: `hash` covers it and everything before. */
export interface SealedEntry {
  readonly sequence: number;
  readonly at: string;
  readonly command: JsonObject;
  readonly events: readonly JsonObject[];
  readonly hash: string;
}

/** Questions about a record. All throw EngineError `notFound` when there is no such instance for the caller. */
export interface Trail {
  artifacts(processInstanceKey: Key, context: CallContext): Promise<readonly ArtifactSummary[]>;
  artifact(processInstanceKey: Key, id: string, context: CallContext): Promise<Artifact>;
  reproduce(processInstanceKey: Key, id: string, context: CallContext): Promise<Reproduction>;
  failures(processInstanceKey: Key, context: CallContext): Promise<readonly FailureRecord[]>;
  checkpoints(processInstanceKey: Key, context: CallContext): Promise<readonly Checkpoint[]>;
  /** @param sequence an entry of the record; the state is that after it */
  stateAt(processInstanceKey: Key, sequence: number, context: CallContext): Promise<StateAt>;
  sealed(processInstanceKey: Key, context: CallContext): Promise<readonly SealedEntry[]>;
}
