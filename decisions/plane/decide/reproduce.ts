/**
 * A recorded decision, made a second time (requirement H12): the recorded question to the recorded versions of the
 * policies, whose content must still have the recorded hash. Same determination, rules and risk, or it says what differs.
 */
import type { Database } from "../../../store/index.ts";
import type { DecisionReproduction } from "../answers.ts";
import { NotFoundError } from "../errors.ts";
import type { Registry } from "../policies/registry.ts";
import { findDecisionRecord, vaultOf } from "../sql/decisions.ts";
import { readsOf, tenantsOf } from "../tenants.ts";
import type { Reader } from "../types.ts";
import { evaluatePolicy } from "./evaluate.ts";
import { requestContext } from "./facts.ts";
import { type RecordedDecision, readRecorded, requestOf } from "./recorded.ts";

export function createReproduction(database: Database, registry: Registry) {
  /** Throws NotFoundError when there is no such decision for the reader. */
  return async (decisionId: string, by?: Reader): Promise<DecisionReproduction> => {
    const reads = readsOf(database, by);
    const row = await findDecisionRecord(reads, decisionId, tenantsOf(by));
    if (row === undefined)
      throw new NotFoundError(`Expected the decision ${decisionId.slice(0, 100)}, but there is none`);
    const recorded = readRecorded(row.record);
    const differences = await differencesOf(recorded, await vaultOf(reads, [decisionId]));
    return { decisionId, recordHash: row.recordHash, reproduced: differences.length === 0, differences };
  };

  async function differencesOf(
    recorded: RecordedDecision,
    vault: Parameters<typeof requestOf>[1],
  ): Promise<readonly string[]> {
    const request = requestOf(recorded, vault);
    if (request === undefined) return ["Expected all facts, but personal values have been erased"];
    const prepared = requestContext(request);
    // Such a question never reached a policy.
    if (!prepared.ok) return same("reason", prepared.verdict.reasonCodes, recorded.evaluation.reasonCodes);
    const found: string[] = [];
    for (const { policyId, version, contentHash, determination, riskScore, matchedRules } of recorded.policies) {
      const compiled = await registry.version(policyId, version);
      if (compiled === undefined) {
        found.push(`Expected the version ${policyId}@${version}, but it cannot be read`);
        continue;
      }
      const { verdict, matchedRules: rules } = evaluatePolicy(compiled, request, prepared.context);
      const name = `${policyId}@${version}`;
      found.push(
        ...same(`content of ${name}`, compiled.contentHash, contentHash),
        ...same(`determination of ${name}`, verdict.determination, determination),
        ...same(`risk score of ${name}`, verdict.riskScore, riskScore),
        ...same(
          `rules of ${name}`,
          rules.map(({ ruleId }) => ruleId),
          matchedRules.map(({ ruleId }) => ruleId),
        ),
      );
    }
    return found;
  }
}

function same(what: string, now: unknown, then: unknown): readonly string[] {
  const [one, other] = [JSON.stringify(now), JSON.stringify(then)];
  return one === other ? [] : [`Expected the ${what} to be ${other} as recorded, but it is ${one}`];
}
