/**
 * Continuous evaluation: the tests of what is active are run again on a schedule (a rule can rot without being
 * changed: a shared facts model, a new build), and facts and answers are compared with the baseline of the promotion.
 * Both only tell; nothing is changed without a person. Requirement J06.
 */
import type { Database } from "../../../store/index.ts";
import { findVersion } from "../sql/policy-versions.ts";
import type { JsonRecord } from "../types.ts";
import type { Registry } from "./registry.ts";
import { readTests, runPolicyTests } from "./run-tests.ts";

export interface ContinuousOptions {
  readonly database: Database;
  readonly registry: Registry;
  readonly drift: (policyId: string) => Promise<JsonRecord>;
  readonly raise: (rule: string, message: string, body: JsonRecord, policyId: string, version: number) => void;
  /** What was told is over. */
  readonly over: (rules: readonly string[], policyId: string, version: number) => Promise<void>;
}

export function createContinuousEvaluation({
  database,
  registry,
  drift,
  raise,
  over,
}: ContinuousOptions): () => Promise<void> {
  /** Told once per promotion, not at every turn. */
  const told = new Set<string>();
  const tell = (
    rule: string,
    message: string,
    body: JsonRecord,
    policyId: string,
    version: number,
    epoch: number,
  ): void => {
    const id = `${rule}|${policyId}|${epoch}|${message}`;
    if (told.has(id)) return;
    told.add(id);
    raise(rule, message, body, policyId, version);
  };

  /** May be told again when it comes back. */
  const forget = async (rules: readonly string[], policyId: string, version: number): Promise<void> => {
    for (const id of told) if (rules.some((rule) => id.startsWith(`${rule}|${policyId}|`))) told.delete(id);
    await over(rules, policyId, version);
  };

  return async () => {
    for (const { policyId, active, epoch } of registry.picture().policies.values()) {
      if (active === null) continue;
      const { version } = active;
      const [row, compiled] = [
        await findVersion(database, policyId, version),
        await registry.version(policyId, version),
      ];
      if (row === undefined || compiled === undefined) continue;
      const gone: string[] = [];
      const { passed, problems } = runPolicyTests(compiled, readTests(row.tests));
      if (!passed)
        tell(
          "EVALUATION_FAILED",
          `${problems.length} tests of the active version ${version} fail`,
          { problems: problems.slice(0, 20) as unknown as JsonRecord[] },
          policyId,
          version,
          epoch,
        );
      else gone.push("EVALUATION_FAILED");
      const found = await drift(policyId);
      const facts = (found.facts as unknown as { name: string; drifted: boolean }[])
        .filter(({ drifted }) => drifted)
        .map(({ name }) => name);
      if (facts.length > 0)
        tell(
          "FACT_DRIFT",
          `facts have drifted since the promotion: ${facts.join(", ")}`,
          { facts },
          policyId,
          version,
          epoch,
        );
      else gone.push("FACT_DRIFT");
      if ((found.determinations as { drifted?: boolean }).drifted === true)
        tell(
          "ANSWER_DRIFT",
          "the mix of answers has drifted since the promotion",
          { determinations: found.determinations ?? null },
          policyId,
          version,
          epoch,
        );
      else gone.push("ANSWER_DRIFT");
      await forget(gone, policyId, version);
    }
  };
}
