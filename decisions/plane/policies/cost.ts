/**
 * What decisions cost (K10): tokens of the model calls times their prices, and minutes of approvers times theirs. The
 * calls are told by who makes them, the engine: the plane reads no table of it. A model without a price makes the whole
 * unknown, and is named.
 */
import type { Queryable } from "../../../store/index.ts";
import type { EpochMs, Json, JsonRecord } from "../types.ts";

export interface ModelPrice {
  readonly inputPerMillion: number;
  readonly outputPerMillion: number;
}
export interface Prices {
  /** Model → price of a million tokens; "*" for all that are not named. */
  readonly models: ReadonlyMap<string, ModelPrice>;
  /** Of one minute that somebody takes to approve; null: unknown. */
  readonly approverMinute: number | null;
}

export const noPrices: Prices = { models: new Map(), approverMinute: null };

export interface ModelUsage {
  readonly model: string;
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}
/** Model calls of a period, of the tenants given or of all; `reads` is what the caller may read with. */
export type ReadModelUsage = (
  reads: Queryable,
  fromMs: EpochMs,
  toMs: EpochMs,
  tenantIds: readonly string[] | null,
) => Promise<readonly ModelUsage[]>;

/** @param decisions number of decisions of the period, @param approverMinutes minutes that approvals of it took */
export function costOf(
  usage: readonly ModelUsage[],
  prices: Prices,
  { decisions, approverMinutes }: { readonly decisions: number; readonly approverMinutes: number },
): JsonRecord {
  const unpriced: string[] = [];
  let tokens = 0;
  const models = usage.map(({ model, calls, inputTokens, outputTokens }): JsonRecord => {
    const price = prices.models.get(model) ?? prices.models.get("*");
    const cost =
      price === undefined ? null : (inputTokens * price.inputPerMillion + outputTokens * price.outputPerMillion) / 1e6;
    if (cost === null) unpriced.push(model);
    else tokens += cost;
    return { model, calls, inputTokens, outputTokens, cost };
  });
  const unknown: Json[] = unpriced.map((model) => `no price of the model ${model}`);
  if (prices.approverMinute === null && approverMinutes > 0) unknown.push("no price of an approver's minute");
  const approvers = approverMinutes * (prices.approverMinute ?? 0);
  const known = unknown.length === 0 && decisions > 0;
  return {
    perDecision: known ? (tokens + approvers) / decisions : null,
    tokens: unpriced.length === 0 ? tokens : null,
    approvers: prices.approverMinute === null && approverMinutes > 0 ? null : approvers,
    approverMinutes,
    models,
    unknown,
  };
}
