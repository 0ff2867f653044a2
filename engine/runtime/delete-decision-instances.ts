/** Deletion of evaluations: all rows of one, recorded with who wanted it gone. */
import type { Key } from "../core/json.ts";
import type { CallContext } from "./contract/context.ts";
import { EngineError } from "./contract/errors.ts";
import type { Deps } from "./deps.ts";
import { recordDeed } from "./operator-record.ts";
import { assertNamed } from "./scope.ts";

/**
 * @throws {EngineError} `notFound` when there is none, or another tenant has it; `forbidden` when one of the decisions
 * that it went through is out of the caller's scope.
 */
export async function deleteDecisionInstance(deps: Deps, evaluationKey: Key, context: CallContext): Promise<void> {
  await deps.keys.ensure();
  const deleted = /^\d{1,18}$/.test(evaluationKey)
    ? await deps.database.transaction(async (tx) => {
        const rows = await tx.query<{ decision_id: string; tenant_id: string }>(
          "delete from decision_instance where evaluation_key = $1 and ($2::text[] is null or tenant_id = any($2)) returning decision_id, tenant_id",
          [evaluationKey, context.tenantIds ? [...context.tenantIds] : null],
        );
        const [first] = rows;
        if (!first) return false;
        for (const row of rows) assertNamed(context, "decisionIds", row.decision_id);
        await recordDeed(deps, tx, context, {
          command: "deleteDecisionInstance",
          operation: "DELETE",
          entityType: "DECISION",
          entityKey: evaluationKey,
          description: first.decision_id,
          tenantId: first.tenant_id,
        });
        return true;
      })
    : false;
  if (!deleted)
    throw new EngineError(
      "notFound",
      `Expected a decision instance with the key ${evaluationKey.slice(0, 40)}, but there is none`,
    );
}
