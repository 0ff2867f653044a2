/**
 * A model that defines a decision id takes it over from the model that had it: who is limited to single resources may do
 * so only among theirs. Asked under the lock of the deployment, so that nobody deploys the id meanwhile.
 */
import type { Queryable } from "../../../store/index.ts";
import type { CallContext } from "../contract/context.ts";
import { assertNamed } from "../scope.ts";
import type { ReadResource } from "./read-resources.ts";

/** @throws {EngineError} `forbidden` */
export async function refuseForeignDecisions(
  tx: Queryable,
  resources: readonly ReadResource[],
  tenantId: string,
  context: CallContext,
): Promise<void> {
  if (context.scope === undefined) return;
  const ids = resources
    .flatMap((resource) => (resource.kind === "decision" ? [resource.model] : []))
    .flatMap(({ decisions, decisionServices }) => [...decisions.values(), ...decisionServices.values()])
    .map(({ id }) => id);
  const owners = await tx.query<{ requirements_id: string }>(
    `select distinct r.requirements_id from decision_definition d join decision_requirements r on r.key = d.requirements_key
      where d.tenant_id = $1 and d.decision_id = any($2) and d.is_latest order by 1`,
    [tenantId, ids],
  );
  for (const { requirements_id } of owners) assertNamed(context, "resourceIds", requirements_id);
}
