/** Which models were called, how often and with how many tokens: what the decision plane prices (K10). */
import type { Queryable } from "../../../store/index.ts";
import type { EpochMs } from "../../core/json.ts";

export interface ModelUsage {
  readonly model: string;
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

type Row = { readonly [Name in keyof ModelUsage]: string };

/** Recorded calls from `fromMs` to `toMs`, of the tenants given or of all. */
export async function modelUsage(
  db: Queryable,
  fromMs: EpochMs,
  toMs: EpochMs,
  tenantIds: readonly string[] | null,
): Promise<readonly ModelUsage[]> {
  const rows = await db.query<Row>(
    `select model, count(*) as calls, sum(input_tokens) as "inputTokens", sum(output_tokens) as "outputTokens" from model_usage
      where at >= $1 and at <= $2 and ($3::text[] is null or tenant_id = any($3)) group by model order by model`,
    [fromMs, toMs, tenantIds],
  );
  return rows.map(({ model, calls, inputTokens, outputTokens }) => ({
    model,
    calls: Number(calls),
    inputTokens: Number(inputTokens),
    outputTokens: Number(outputTokens),
  }));
}
