/**
 * Measurement over the records: KPIs (group K) and drift against the baseline of the promotion (J06). Figures that
 * need something the plane has not been told (prices, judged samples) are null and say so; nothing is estimated.
 */
import type { Database, SqlValue } from "../../../store/index.ts";
import { type RecordedDecision, readRecorded } from "../decide/recorded.ts";
import { InvalidInputError, NotFoundError } from "../errors.ts";
import type { Clock } from "../ports.ts";
import { recordPage } from "../sql/decisions.ts";
import { promotionsOf } from "../sql/promotions.ts";
import { readsOf, tenantsOf, visible } from "../tenants.ts";
import type { Json, JsonRecord, Reader } from "../types.ts";
import { determinations } from "../types.ts";
import { type Judged, judgedDecisions, judgedRetrievals, type Retrieved, shareOf } from "./accuracy.ts";
import { costOf, noPrices, type Prices, type ReadModelUsage } from "./cost.ts";
import type { Registry } from "./registry.ts";
import { chiSquare, kolmogorovSmirnov, stabilityIndex } from "./statistics.ts";

interface Range {
  readonly from?: string;
  readonly to?: string;
}

const sampleMax = 2000;
const driftSampleMin = 50;

export interface Costs {
  readonly prices?: Prices;
  /** Default: no model is called. */
  readonly modelUsage?: ReadModelUsage;
}

export function createMeasurement(database: Database, registry: Registry, clock: Clock, costs: Costs = {}) {
  const kpis = async (range: Range, by?: Reader): Promise<JsonRecord> => {
    const reads = readsOf(database, by);
    const one = async (sql: string, parameters: readonly SqlValue[]): Promise<JsonRecord> =>
      (await reads.query<JsonRecord>(sql, parameters))[0] ?? {};
    const span = readRange(range, clock.now());
    const tenantIds = tenantsOf(by);
    const own = [...span, tenantIds];
    const decisions = await one(
      `select count(*) as total, count(*) filter (where determination <> 'REQUIRE_APPROVAL') as automatic, count(*) filter (where determination = 'DENY') as denied,
         percentile_disc(0.5) within group (order by duration_us) as p50, percentile_disc(0.95) within group (order by duration_us) as p95,
         percentile_disc(0.99) within group (order by duration_us) as p99, avg(duration_us) as mean
       from plane_record where kind = 'decision' and at_ms >= $1 and at_ms <= $2 and ${visible("tenant_id", "$3")}`,
      own,
    );
    const outcomes = await one(
      `select count(*) as total, count(*) filter (where o.determination = 'OUTSIDE_TERMS') as outside,
         count(*) filter (where d.decision_id is null) as ungoverned
       from plane_record o left join plane_record d on d.decision_id = o.decision_id and d.kind = 'decision'
       where o.kind = 'outcome' and o.at_ms >= $1 and o.at_ms <= $2 and ${visible("d.tenant_id", "$3")}`,
      own,
    );
    const corrections = await one(
      `select count(*) as total from plane_record c left join plane_record d on d.decision_id = c.decision_id and d.kind = 'decision'
       where c.kind = 'correction' and c.at_ms >= $1 and c.at_ms <= $2 and ${visible("d.tenant_id", "$3")}`,
      own,
    );
    const approvals = await one(
      `select count(*) filter (where resolved_at_ms is not null) as resolved, count(*) filter (where state = 'approved') as approved, count(*) filter (where state in ('rejected', 'edited')) as overridden,
         count(*) filter (where due_at_ms is not null and resolved_at_ms is not null) as with_sla,
         count(*) filter (where due_at_ms is not null and resolved_at_ms is not null and not escalated and state in ('approved', 'rejected', 'edited') and resolved_at_ms <= due_at_ms) as in_time,
         count(*) filter (where state in ('approved', 'rejected', 'edited')) as voted,
         avg(resolved_at_ms - created_at_ms) filter (where state in ('approved', 'rejected', 'edited')) as mean_ms
       from approval where created_at_ms >= $1 and created_at_ms <= $2 and ${visible("tenant_id", "$3")}`,
      own,
    );
    const promotions = await one(
      "select count(*) filter (where rollback) as rollbacks, count(*) as total from policy_promotion where at_ms >= $1 and at_ms <= $2",
      span,
    );
    const alerts = await one(
      `select avg(resolved_at_ms - at_ms) as mean_ms, count(*) as total, count(*) filter (where resolved_at_ms is null) as open from plane_alert
       where at_ms >= $1 and at_ms <= $2 and (tenant_id is null or ${visible("tenant_id", "$3")})`,
      own,
    );
    const cases = await reads.query<{ action_type: string; total: string }>(
      `select action_type, count(*) as total from plane_record where kind = 'decision' and at_ms >= $1 and at_ms <= $2 and ${visible("tenant_id", "$3")}
       group by action_type order by count(*) desc limit 50`,
      own,
    );
    const total = num(decisions.total);
    const approverMinutes = (num(approvals.mean_ms) * num(approvals.voted)) / 60_000;
    const judged = await judgedDecisions(reads, span, tenantIds);
    const retrieved = await judgedRetrievals(reads, span, tenantIds);
    const usage = (await costs.modelUsage?.(reads, ...span, tenantIds)) ?? [];
    const cost = costOf(usage, costs.prices ?? noPrices, { decisions: total, approverMinutes });
    const precision = shareOf(
      retrieved,
      (row) => row.relevant,
      (row) => row.retrieved,
    );
    return {
      from: new Date(span[0]).toISOString(),
      to: new Date(span[1]).toISOString(),
      decisions: total,
      K01_decisionAccuracy: shareOf(
        judged,
        (row) => row.judged - row.wrong,
        (row) => row.judged,
      ),
      K02_meanTimeToDecisionMs: { evaluation: orNull(decisions.mean, 1000), approval: orNull(approvals.mean_ms, 1) },
      K03_auditCoverage: share(num(outcomes.total) - num(outcomes.ungoverned) + total, num(outcomes.total) + total),
      K04_dataFreshnessMs: await freshness(span, tenantIds),
      K05_retrievalPrecision: precision,
      K06_latencyUs: { p50: orNull(decisions.p50, 1), p95: orNull(decisions.p95, 1), p99: orNull(decisions.p99, 1) },
      K07_automationRate: share(num(decisions.automatic), total),
      K08_rollbackIncidents: num(promotions.rollbacks),
      K09_slaAdherence: share(num(approvals.in_time), num(approvals.with_sla)),
      K10_approverMinutesPerDecision: total === 0 ? null : approverMinutes / total,
      K10_costPerDecision: cost.perDecision ?? null,
      K10_cost: cost,
      K11_meanTimeToResolveMs: orNull(alerts.mean_ms, 1),
      K12_useCases: useCases(judged, retrieved),
      K12_decisionsByAction: Object.fromEntries(cases.map((row) => [row.action_type, Number(row.total)])),
      overrideRate: share(num(approvals.overridden), num(approvals.resolved)),
      correctionRate: share(num(corrections.total), total),
      deniedRate: share(num(decisions.denied), total),
      ungovernedActions: num(outcomes.ungoverned),
      openAlerts: num(alerts.open),
      unknown: {
        ...(precision === null && { K05_retrievalPrecision: "no judged sample is recorded" }),
        ...(cost.perDecision === null && { K10_costPerDecision: cost.unknown ?? null }),
      },
    };
  };

  /** Age of facts whose source said when it observed them. */
  const freshness = async (
    [fromMs, toMs]: readonly [number, number],
    tenantIds: readonly string[] | null,
  ): Promise<number | null> => {
    const page = await recordPage(database, { fromMs, toMs, kind: "decision", tenantIds }, null, sampleMax);
    const ages = page.flatMap((row) =>
      Object.values(readRecorded(row.record).facts).flatMap(({ observedAt }) =>
        typeof observedAt === "string" && !Number.isNaN(Date.parse(observedAt))
          ? [Math.max(0, row.atMs - Date.parse(observedAt))]
          : [],
      ),
    );
    return ages.length === 0 ? null : ages.reduce((sum, age) => sum + age, 0) / ages.length;
  };

  const drift = async (policyId: string, range: Range = {}, by?: Reader): Promise<JsonRecord> => {
    const state = registry.stageState(policyId);
    if (state?.active === undefined || state.active === null)
      throw new NotFoundError(`Expected an active version of ${policyId.slice(0, 100)}, but there is none`);
    const promoted =
      (await promotionsOf(database, policyId))
        .filter(({ row }) => row.version === state.active && row.to === "active")
        .at(-1)?.row.atMs ?? 0;
    const [from, to] = readRange(range, clock.now());
    const baseline = await sample(policyId, [promoted, to], by, "asc");
    const recent = await sample(policyId, [Math.max(from, promoted), to], by, "desc");
    const enough = baseline.length >= driftSampleMin && recent.length >= driftSampleMin;
    const mix = (records: readonly RecordedDecision[]): number[] =>
      determinations.map((name) => records.filter(({ evaluation }) => evaluation.determination === name).length);
    const chi = chiSquare(mix(baseline), mix(recent));
    const facts = factNames(baseline, recent).map((name) =>
      factDrift(name, valuesOf(baseline, name), valuesOf(recent, name)),
    );
    return {
      policyId,
      version: state.active,
      baseline: { from: new Date(promoted).toISOString(), decisions: baseline.length },
      recent: { decisions: recent.length },
      enough,
      determinations: { statistic: chi.statistic, degrees: chi.degrees, p: chi.p, drifted: enough && chi.p < 0.001 },
      facts: facts.map((fact) => ({ ...fact, drifted: enough && fact.drifted === true })),
    };
  };

  /** Oldest first or newest first. */
  const sample = async (
    policyId: string,
    [fromMs, toMs]: readonly [number, number],
    by: Reader | undefined,
    order: "asc" | "desc",
  ): Promise<RecordedDecision[]> => {
    const rows = await readsOf(database, by).query<{ record: string }>(
      `select record from plane_record where kind = 'decision' and policy_id = $1 and at_ms >= $2 and at_ms <= $3 and ${visible("tenant_id", "$4")}
       order by at_ms ${order} limit ${sampleMax}`,
      [policyId, fromMs, toMs, tenantsOf(by)],
    );
    return rows.map(({ record }) => readRecorded(record));
  };

  return { kpis, drift };
}

/** One row a process: how much ran by itself, how right it was, how good what it retrieved. */
function useCases(judged: readonly Judged[], retrieved: readonly Retrieved[]): JsonRecord[] {
  const ids = new Set([...judged, ...retrieved].map(({ processId }) => processId));
  return [...ids].map((processId) => {
    const decided = judged.filter((row) => row.processId === processId);
    const found = retrieved.filter((row) => row.processId === processId);
    return {
      processId,
      decisions: decided.reduce((sum, row) => sum + row.decisions, 0),
      automationRate: shareOf(
        decided,
        (row) => row.automatic,
        (row) => row.decisions,
      ),
      decisionAccuracy: shareOf(
        decided,
        (row) => row.judged - row.wrong,
        (row) => row.judged,
      ),
      retrievalPrecision: shareOf(
        found,
        (row) => row.relevant,
        (row) => row.retrieved,
      ),
    };
  });
}

/** Numbers by Kolmogorov–Smirnov, everything else by the stability index over its values. */
function factDrift(name: string, before: readonly Json[], after: readonly Json[]): JsonRecord {
  const numbers = [...before, ...after].every((value) => typeof value === "number");
  if (numbers) {
    const { distance, p } = kolmogorovSmirnov(before as number[], after as number[]);
    return { name, test: "kolmogorov-smirnov", statistic: distance, p, drifted: p < 0.001 };
  }
  const classes = [...new Set([...before, ...after].map((value) => JSON.stringify(value)))];
  const counts = (values: readonly Json[]): number[] =>
    classes.map((one) => values.filter((value) => JSON.stringify(value) === one).length);
  const index = stabilityIndex(counts(before), counts(after));
  return { name, test: "population-stability-index", statistic: index, p: null, drifted: index > 0.25 };
}

function factNames(...samples: readonly (readonly RecordedDecision[])[]): string[] {
  const names = new Set<string>();
  for (const records of samples)
    for (const { facts, args } of records)
      for (const name of [...Object.keys(facts), ...Object.keys(args).map((arg) => `args.${arg}`)]) names.add(name);
  return [...names].slice(0, 100);
}

function valuesOf(records: readonly RecordedDecision[], name: string): Json[] {
  return records.flatMap(({ facts, args }) => {
    const value = facts[name]?.value ?? (name.startsWith("args.") ? args[name.slice(5)] : undefined);
    return value === undefined || value === null || typeof value === "object" ? [] : [value];
  });
}

function readRange({ from, to }: Range, now: number): readonly [number, number] {
  const values = [from === undefined ? 0 : Date.parse(from), to === undefined ? now : Date.parse(to)] as const;
  if (values.some(Number.isNaN))
    throw new InvalidInputError("Expected from and to to be instants, but they are not", [
      { code: "INSTANT_INVALID", message: "from, to", place: "from" },
    ]);
  return values;
}

function num(value: Json | undefined): number {
  return value === null || value === undefined ? 0 : Number(value);
}

function orNull(value: Json | undefined, divisor: number): number | null {
  return value === null || value === undefined ? null : Number(value) / divisor;
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}
