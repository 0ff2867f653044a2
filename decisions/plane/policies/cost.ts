/**
 * What decisions cost (K10): tokens of the model calls times their prices, and minutes of approvers times theirs. The
 * calls stand in `model_usage`, which the engine writes with each recorded step. A model without a price makes the whole
 * unknown, and is named.
 */
import type { Queryable } from "../../../store/index.ts";
import { visible } from "../tenants.ts";
import type { Json, JsonRecord } from "../types.ts";

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

interface Usage {
  readonly model: string;
  readonly calls: string;
  readonly input: string;
  readonly output: string;
}

/** @param decisions number of decisions of the period, @param approverMinutes minutes that approvals of it took */
export async function costOf(
  db: Queryable,
  [fromMs, toMs]: readonly [number, number],
  tenantIds: readonly string[] | null,
  prices: Prices,
  { decisions, approverMinutes }: { readonly decisions: number; readonly approverMinutes: number },
): Promise<JsonRecord> {
  const rows = await db.query<Usage>(
    `select model, count(*) as calls, sum(input_tokens) as input, sum(output_tokens) as output from model_usage
     where at >= $1 and at <= $2 and ${visible("tenant_id", "$3")} group by model order by model`,
    [fromMs, toMs, tenantIds],
  );
  const unpriced: string[] = [];
  let tokens = 0;
  const models = rows.map(({ model, calls, input, output }): JsonRecord => {
    const price = prices.models.get(model) ?? prices.models.get("*");
    const cost =
      price === undefined
        ? null
        : (Number(input) * price.inputPerMillion + Number(output) * price.outputPerMillion) / 1e6;
    if (cost === null) unpriced.push(model);
    else tokens += cost;
    return { model, calls: Number(calls), inputTokens: Number(input), outputTokens: Number(output), cost };
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
