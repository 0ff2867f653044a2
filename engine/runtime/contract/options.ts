/** What an engine is made of: its store, the decision plane, the clock, limits. */

import type { Database, GroupCommit, TableWrite } from "../../../store/index.ts";
import type { Actor } from "../../core/command.ts";
import type {
  ActionDecision,
  ActionRequest,
  ApprovalState,
  ApprovalTerms,
  Constraint,
  VoteJudgement,
} from "../../core/environment.ts";
import type { EpochMs, JsonObject, Key } from "../../core/json.ts";
import type { WalletDefaults, WalletLimits } from "./wallets.ts";

export interface Clock {
  now(): EpochMs;
  /** Stands still at this time; null: goes again. Absent: a clock that nobody may set. */
  pin?(at: EpochMs | null): void;
}

/** The decision plane as the engine sees it (`DecisionPlane` of the decisions room fits). Synchronous, never throws. */
export interface PlanePort {
  decide(request: ActionRequest): ActionDecision;
  judgeVote(
    approval: ApprovalState,
    vote: {
      readonly actor: Actor;
      readonly verdict: "approve" | "reject" | "edit";
      readonly args?: JsonObject;
      readonly comment: string | null;
      readonly at: EpochMs;
    },
  ): VoteJudgement;
  /** Rows for the transaction of the step: of decisions and of approvals. */
  traceWrites(trace: unknown): readonly TableWrite[];
  /** Rows for the outcome of a guarded action; absent: outcomes stand in the history only. */
  outcomeWrites?(outcome: {
    readonly decisionId: string;
    readonly status: "succeeded" | "failed" | "not_executed" | "compensated";
    readonly executedArgs: JsonObject | null;
    readonly at: EpochMs;
  }): readonly TableWrite[];
  /** Rows for what time or the process did to an approval. */
  approvalWrites?(event: {
    /** Null with the element instance whose open approval is abandoned (cancelled). */
    readonly approvalId: string | null;
    readonly elementInstanceKey?: Key;
    readonly type: "escalated" | "expired" | "approved" | "stale" | "cancelled" | "used";
    readonly at: EpochMs;
    readonly group?: string;
    readonly dueAt?: EpochMs | null;
    readonly decisionId?: string;
  }): readonly TableWrite[];
  /** Rows that queue a question whose default holds meanwhile (effect `decideLater`). */
  laterWrites?(later: {
    readonly request: ActionRequest;
    readonly defaultDetermination: "ALLOW" | "DENY";
    readonly elementInstanceKey: Key | null;
    /** The decision that the default holds under. */
    readonly decisionId: string;
  }): readonly TableWrite[];
  /** Who is told of late answers; called again until it resolves. */
  onLateDecision?(
    handler: (answer: {
      readonly elementInstanceKey: Key;
      readonly decisionId: string;
      readonly determination: "ALLOW" | "ALLOW_WITH_CONSTRAINTS" | "REQUIRE_APPROVAL" | "DENY";
      readonly constraints: readonly Constraint[];
      readonly reasonCodes: readonly string[];
      readonly permit: string | null;
      readonly approval?: ApprovalTerms;
      readonly requester?: Actor;
      readonly correction: "compensate" | "release" | "approval" | null;
    }) => Promise<LateAnswerTaken>,
  ): void;
  /**
   * Uses a permit just before the side effect; the same holder may try again. Throws with `problems[0].code` when it is
   * refused: PERMIT_EXPIRED and DECISION_STALE are asked for anew, everything else is a failure.
   */
  redeemPermit?(
    permit: string,
    expected: {
      readonly actionType: string;
      readonly args: JsonObject;
      readonly holder: string;
      readonly fresh: "first";
    },
  ): Promise<unknown>;
}

/** over: nothing of the action is left that could be stopped, released or undone. */
export type LateAnswerTaken = "done" | "over";

export interface EngineLimits {
  readonly activationsPerCommandMax: number;
  readonly elementInstancesMax: number;
  readonly callDepthMax: number;
  readonly multiInstanceMax: number;
  readonly variablesBytesMax: number;
  /** Instances kept in memory. */
  readonly instancesCachedMax: number;
  /** Commands taken and not yet answered; beyond it `exhausted`. */
  readonly commandsInFlightMax: number;
  readonly resourceBytesMax: number;
  readonly longPollMsDefault: number;
  readonly longPollMsMax: number;
}

export interface Logger {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export interface EngineOptions {
  readonly database: Database;
  /** Shared with the plane; made by the engine when absent. */
  readonly groupCommit?: GroupCommit;
  readonly plane?: PlanePort;
  readonly clock?: Clock;
  readonly limits?: Partial<EngineLimits>;
  readonly logger?: Logger;
  /** Agents with Camunda's agent job types run in the engine; default true. */
  readonly nativeAgents?: boolean;
  /** What agents may spend where nobody has set other limits; default: 1,000 model calls an instance. */
  readonly walletDefaults?: { readonly [Scope in keyof WalletDefaults]?: Partial<WalletLimits> };
}
