/** What agents may spend: budgets of a process instance (with everything it calls) and of a tenant per day (UTC). */
import type { Key } from "../../core/json.ts";
import type { CallContext } from "./context.ts";

export interface WalletLimits {
  /** Null: no limit. */
  readonly modelCallsMax: number | null;
  /** In and out together. */
  readonly tokensMax: number | null;
  readonly toolCallsMax: number | null;
}

/** Of the installation, for everything that has no limits of its own. */
export interface WalletDefaults {
  readonly instance: WalletLimits;
  readonly tenantDay: WalletLimits;
}

export interface WalletState {
  readonly scope: "tenant" | "instance";
  /** Tenant, or key of the root process instance. */
  readonly id: string;
  readonly tenantId: string;
  readonly modelCalls: number;
  readonly tokens: number;
  readonly toolCalls: number;
  readonly limits: WalletLimits;
}

/** Whose wallets a turn of an agent is paid from. */
export interface WalletOwner {
  readonly rootProcessInstanceKey: Key;
  readonly tenantId: string;
}

export interface Wallets {
  /** Pays for one model call, before it is made. The reason why not, when a budget is spent; null: go. */
  reserve(owner: WalletOwner): Promise<string | null>;
  /** Pays for what the call has used and asks for. The reason why not, when the tools are too many; null: go. */
  settle(owner: WalletOwner, used: { readonly tokens: number; readonly toolCalls: number }): Promise<string | null>;
  /** The wallets that a turn of this process instance is paid from: its own and, unlimited callers only, its tenant's of today. */
  ofInstance(processInstanceKey: Key, context: CallContext): Promise<readonly WalletState[]>;
  /** @throws {EngineError} `notFound` for a tenant that the caller does not belong to. */
  ofTenant(tenantId: string, context: CallContext): Promise<WalletState>;
  changeInstance(processInstanceKey: Key, limits: WalletLimits, context: CallContext): Promise<void>;
  /** @throws {EngineError} `notFound` for a tenant that the caller does not belong to. */
  changeTenant(tenantId: string, limits: WalletLimits, context: CallContext): Promise<void>;
}
