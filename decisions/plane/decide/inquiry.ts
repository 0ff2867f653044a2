/**
 * Questions about the past: the whole record of a decision with everything linked to it, searches, what a shadow
 * version would have said, what another version would have answered. H01–H05, D11, D13, D18.
 */
import type { Database } from "../../../store/index.ts";
import type { Candidate, ChangeReport, DecisionDetail, DecisionSummary, PromotionRecord } from "../answers.ts";
import { detailOf } from "../approvals/register.ts";
import { InvalidInputError, NotFoundError } from "../errors.ts";
import type { CompiledVersion, Registry } from "../policies/registry.ts";
import type { DecisionSearch } from "../requests.ts";
import { searchApprovals } from "../sql/approvals.ts";
import {
  bodyOf,
  cursorOf,
  findDecisionRecord,
  type RecordRow,
  recordPage,
  recordsOfDecision,
  searchDecisionRecords,
  vaultOf,
} from "../sql/decisions.ts";
import { findVersion } from "../sql/policy-versions.ts";
import { promotionsOf } from "../sql/promotions.ts";
import { readsOf, tenantsOf, visible } from "../tenants.ts";
import type { Determination, Json, JsonRecord, Reader } from "../types.ts";
import { ChangeCounter, samplesMax } from "./change-counter.ts";
import { evaluatePolicy } from "./evaluate.ts";
import { requestContext } from "./facts.ts";
import { reasonTexts } from "./reasons.ts";
import { answeredBy, type RecordedDecision, readRecorded, requestOf, termsOf } from "./recorded.ts";
import { type Answered, termsDiffer, widens } from "./widening.ts";

const replayedMax = 100_000;

export function createInquiry(database: Database, registry: Registry) {
  const policyOf = async (
    recorded: RecordedDecision["policies"][number],
    decidedAt: number,
  ): Promise<DecisionDetail["policies"][number]> => {
    const { policyId, version, contentHash, owner, stage } = recorded;
    const row = await findVersion(database, policyId, version);
    const promotion =
      (await promotionsOf(database, policyId))
        .filter((one) => one.row.version === version && one.row.atMs <= decidedAt)
        .at(-1)?.record ?? null;
    const compiled = await registry.version(policyId, version);
    return {
      policyId,
      version,
      contentHash,
      owner,
      stage,
      stillActive: registry.picture().policies.get(policyId)?.active?.version === version,
      approvedBy: (promotion as PromotionRecord | null)?.promotedBy ?? null,
      promotion,
      dmn: row?.dmn ?? "",
      text: compiled?.model.text() ?? "",
    };
  };

  const decision = async (decisionId: string, by?: Reader): Promise<DecisionDetail> => {
    const reads = readsOf(database, by);
    const main = await findDecisionRecord(reads, decisionId, tenantsOf(by));
    if (main === undefined)
      throw new NotFoundError(`Expected the decision ${decisionId.slice(0, 100)}, but there is none`);
    const rows = await recordsOfDecision(reads, decisionId);
    const recorded = readRecorded(main.record);
    const of = (kind: string): JsonRecord[] => rows.filter((row) => row.kind === kind).map(bodyOf);
    const [approval] = await searchApprovals(reads, { decisionId, limit: 1 });
    const policies: DecisionDetail["policies"][number][] = [];
    for (const policy of recorded.policies) policies.push(await policyOf(policy, main.atMs));
    return {
      decisionId,
      record: bodyOf(main),
      place: {
        stream: main.stream,
        seq: main.seq,
        prevHash: main.prevHash,
        recordHash: main.recordHash,
        hash: main.hash,
      },
      policies,
      approval: approval === undefined ? null : detailOf(approval, registry.picture()),
      outcome: withTerms(of("outcome").at(-1) ?? null, recorded),
      corrections: of("correction"),
      shadows: of("shadow"),
      candidates: [...recorded.policies.map(enforcedCandidate), ...of("shadow").map(shadowCandidate)],
      reasons: reasonTexts(
        recorded.evaluation.reasonCodes,
        registry.picture(),
        recorded.policies.map(({ policyId }) => policyId),
      ),
    };
  };

  const search = async (
    query: DecisionSearch,
    by?: Reader,
  ): Promise<{ readonly items: readonly DecisionSummary[]; readonly next: string | null }> => {
    for (const name of ["from", "to"] as const)
      if (query[name] !== undefined && Number.isNaN(Date.parse(query[name])))
        throw new InvalidInputError(`Expected ${name} to be an instant, but it is not`, [
          { code: "INSTANT_INVALID", message: name, place: name },
        ]);
    const limit = Math.min(Math.max(query.limit ?? 50, 1), 1000);
    const rows = await searchDecisionRecords(readsOf(database, by), query, tenantsOf(by), limit + 1);
    const page = rows.slice(0, limit);
    return {
      items: page.map(summaryOf),
      next: rows.length > limit ? cursorOf(page[page.length - 1] as RecordRow) : null,
    };
  };

  /** What a version in shadow has answered, beside what was enforced. */
  const shadowReport = async (policyId: string, version: number, by?: Reader): Promise<ChangeReport> => {
    await known(policyId, version);
    const rows = await readsOf(database, by).query<{
      enforced_determination: Determination;
      determination: Determination;
      widens: boolean;
      terms_changed: boolean | null;
      count: string;
      samples: string[];
      first: string;
      last: string;
    }>(
      `select enforced_determination, determination, (record::jsonb->'widens')::boolean as widens, (record::jsonb->'termsChanged')::boolean as terms_changed,
         count(*) as count, (array_agg(decision_id order by at_ms desc))[1:${samplesMax}] as samples, min(at_ms) as first, max(at_ms) as last
       from plane_record where kind = 'shadow' and policy_id = $1 and policy_version = $2 and ${visible("tenant_id", "$3")}
       group by 1, 2, 3, 4`,
      [policyId, version, tenantsOf(by)],
    );
    const counter = new ChangeCounter();
    for (const { enforced_determination: from, determination: to, widens, terms_changed, count, samples } of rows)
      counter.add({ from, to, widens, termsChanged: terms_changed === true }, samples, Number(count));
    const instants = rows.flatMap(({ first, last }) => [Number(first), Number(last)]);
    return counter.report(policyId, version, Math.min(...instants, Date.now()), Math.max(...instants, 0));
  };

  /** Judges recorded questions again with another version of one policy. */
  const replay = async (
    policyId: string,
    version: number,
    range: { readonly from?: string; readonly to?: string },
    by?: Reader,
  ): Promise<ChangeReport> => {
    const candidate = await known(policyId, version);
    const fromMs = readInstant(range.from, 0, "from");
    const toMs = readInstant(range.to, Number.MAX_SAFE_INTEGER, "to");
    const counter = new ChangeCounter();
    let after: { readonly atMs: number; readonly recordId: string } | null = null;
    for (let seen = 0; seen < replayedMax; ) {
      const page: RecordRow[] = await recordPage(
        readsOf(database, by),
        { fromMs, toMs, kind: "decision", policyId, tenantIds: tenantsOf(by) },
        after,
        500,
      );
      const vault = await vaultOf(
        readsOf(database, by),
        page.map(({ recordId }) => recordId),
      );
      for (const row of page) replayOne(candidate, readRecorded(row.record), vault, counter);
      const last = page[page.length - 1];
      if (last === undefined || page.length < 500) break;
      after = { atMs: last.atMs, recordId: last.recordId };
      seen += page.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    return counter.report(policyId, version, fromMs, Math.min(toMs, Date.now()));
  };

  const known = async (policyId: string, version: number): Promise<CompiledVersion> => {
    const compiled = await registry.version(policyId, version);
    if (compiled === undefined)
      throw new NotFoundError(`Expected the policy version ${policyId.slice(0, 100)}@${version}, but there is none`);
    return compiled;
  };

  const countEvaluations = async (policyId: string, version: number, stage: "shadow" | "canary"): Promise<number> => {
    const rows = await database.query<{ count: string }>(
      "select count(*) as count from plane_record where policy_id = $1 and policy_version = $2 and policy_stage = $3",
      [policyId, version, stage],
    );
    return Number(rows[0]?.count ?? 0);
  };

  return { decision, search, shadowReport, replay, countEvaluations };
}

function replayOne(
  candidate: CompiledVersion,
  recorded: RecordedDecision,
  vault: ReadonlyMap<string, Json>,
  counter: ChangeCounter,
): void {
  const policy = recorded.policies.find(({ policyId }) => policyId === candidate.policyId);
  const request = requestOf(recorded, vault);
  if (policy === undefined) return;
  if (request === undefined) {
    counter.skipped++;
    return;
  }
  const prepared = requestContext(request);
  const before = answeredBy(policy, recorded);
  const after: Answered = prepared.ok ? evaluatePolicy(candidate, request, prepared.context).verdict : prepared.verdict;
  counter.add(
    {
      from: before.determination,
      to: after.determination,
      widens: widens(before, after),
      termsChanged: termsDiffer(before, after),
    },
    [recorded.decisionId],
    1,
  );
}

/** An outcome that was recorded where the decision was not at hand is compared with its terms when it is read. */
function withTerms(outcome: JsonRecord | null, recorded: RecordedDecision): JsonRecord | null {
  if (outcome === null || outcome.withinTerms !== null || outcome.executedArgsHash === null) return outcome;
  const { determination, enforcedArgsHash } = termsOf(recorded);
  const permitted = determination === "ALLOW" || determination === "ALLOW_WITH_CONSTRAINTS";
  return {
    ...outcome,
    withinTerms: permitted && (enforcedArgsHash === null || outcome.executedArgsHash === enforcedArgsHash),
  };
}

function summaryOf(row: RecordRow): DecisionSummary {
  const recorded = readRecorded(row.record);
  return {
    decisionId: recorded.decisionId,
    decidedAt: recorded.decidedAt,
    agentId: (recorded.agent?.id as string | undefined) ?? null,
    actorId: (recorded.actor.id as string | undefined) ?? null,
    actionType: recorded.action.type,
    determination: recorded.evaluation.determination,
    reasonCodes: recorded.evaluation.reasonCodes,
    riskScore: recorded.evaluation.riskScore,
    policies: recorded.policies.map(({ policyId, version, stage, matchedRules }) => ({
      policyId,
      version,
      stage,
      matchedRules: matchedRules.map(({ ruleId }) => ruleId),
    })),
    processInstanceKey: (recorded.process?.processInstanceKey as string | undefined) ?? null,
    elementId: (recorded.process?.elementId as string | undefined) ?? null,
    toolCallId: recorded.action.toolCallId,
    recordHash: row.recordHash,
  };
}

function readInstant(text: string | undefined, otherwise: number, name: string): number {
  if (text === undefined) return otherwise;
  const value = Date.parse(text);
  if (Number.isNaN(value))
    throw new InvalidInputError(`Expected ${name} to be an instant, but it is not`, [
      { code: "INSTANT_INVALID", message: name, place: name },
    ]);
  return value;
}

function enforcedCandidate(policy: RecordedDecision["policies"][number]): Candidate {
  const { policyId, version, stage, determination, riskScore, matchedRules } = policy;
  return {
    policyId,
    version,
    stage,
    enforced: true,
    determination,
    riskScore,
    reasonCodes: [],
    matchedRules: matchedRules.map(({ ruleId }) => ruleId),
  };
}

function shadowCandidate(shadow: JsonRecord): Candidate {
  const rules = Array.isArray(shadow.matchedRules) ? shadow.matchedRules : [];
  return {
    policyId: String(shadow.policyId),
    version: Number(shadow.version),
    stage: "shadow",
    enforced: false,
    determination: shadow.determination as Determination,
    riskScore: (shadow.riskScore as number | null | undefined) ?? null,
    reasonCodes: (shadow.reasonCodes as readonly string[] | undefined) ?? [],
    matchedRules: rules.map((rule) => String((rule as JsonRecord).ruleId ?? rule)),
  };
}
