/**
 * How often decisions were right (K01), and what was retrieved was relevant (K05), for all and per process (K12). A
 * decision is judged by a person's label, or else by what became of it: overridden by an approver, run outside its terms,
 * corrected afterwards. Retrievals are judged by samples. What nobody has judged counts neither way.
 */
import type { Queryable } from "../../../store/index.ts";
import { visible } from "../tenants.ts";

export interface Judged {
  /** Process definition id; null: decisions outside of processes. */
  readonly processId: string | null;
  readonly decisions: number;
  readonly automatic: number;
  readonly judged: number;
  readonly wrong: number;
}
export interface Retrieved {
  readonly processId: string | null;
  readonly samples: number;
  readonly retrieved: number;
  readonly relevant: number;
}

type Numbers<Row> = { readonly [Name in keyof Row]: Row[Name] extends number ? string : Row[Name] };

export async function judgedDecisions(
  db: Queryable,
  [fromMs, toMs]: readonly [number, number],
  tenantIds: readonly string[] | null,
): Promise<readonly Judged[]> {
  const rows = await db.query<Numbers<Judged>>(
    `with d as (
       select decision_id, determination, process_id from plane_record
       where kind = 'decision' and at_ms >= $1 and at_ms <= $2 and ${visible("tenant_id", "$3")}
     ), label as (
       select distinct on (decision_id) decision_id, determination = 'incorrect' as wrong from plane_record
       where kind = 'judgement' and decision_id is not null order by decision_id, at_ms desc, seq desc
     ), outcome as (
       select decision_id, bool_or(coalesce(determination = 'OUTSIDE_TERMS', false)) as wrong from plane_record
       where kind = 'outcome' and at_ms >= $1 group by 1
     ), correction as (
       select distinct decision_id from plane_record where kind = 'correction' and at_ms >= $1
     ), vote as (
       select decision_id, bool_or(state in ('rejected', 'edited')) as wrong from approval
       where resolved_at_ms is not null and created_at_ms >= $1 group by 1
     )
     select d.process_id as "processId", count(*) as decisions,
       count(*) filter (where d.determination <> 'REQUIRE_APPROVAL') as automatic,
       count(*) filter (where coalesce(label.decision_id, outcome.decision_id, correction.decision_id, vote.decision_id) is not null) as judged,
       count(*) filter (where coalesce(label.wrong, coalesce(outcome.wrong, false) or correction.decision_id is not null or coalesce(vote.wrong, false))) as wrong
     from d left join label using (decision_id) left join outcome using (decision_id) left join correction using (decision_id) left join vote using (decision_id)
     group by 1 order by 2 desc limit 200`,
    [fromMs, toMs, tenantIds],
  );
  return rows.map(({ processId, ...counts }) => ({ processId, ...numbers(counts) }));
}

/** The latest sample of each retrieval counts. */
export async function judgedRetrievals(
  db: Queryable,
  [fromMs, toMs]: readonly [number, number],
  tenantIds: readonly string[] | null,
): Promise<readonly Retrieved[]> {
  const rows = await db.query<Numbers<Retrieved>>(
    `select body ->> 'processId' as "processId", count(*) as samples, sum((body -> 'retrieved')::bigint) as retrieved, sum((body -> 'relevant')::bigint) as relevant
     from (
       select distinct on (process_instance_key, element_id) record::jsonb as body from plane_record
       where kind = 'judgement' and decision_id is null and at_ms >= $1 and at_ms <= $2 and ${visible("tenant_id", "$3")}
       order by process_instance_key, element_id, at_ms desc, seq desc
     ) latest group by 1 order by 2 desc limit 200`,
    [fromMs, toMs, tenantIds],
  );
  return rows.map(({ processId, ...counts }) => ({ processId, ...numbers(counts) }));
}

function numbers<Row extends object>(row: Row): { readonly [Name in keyof Row]: number } {
  return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, Number(value)])) as never;
}

/** Part of whole; null of nothing. */
export function shareOf<Row>(
  rows: readonly Row[],
  part: (row: Row) => number,
  whole: (row: Row) => number,
): number | null {
  const total = rows.reduce((sum, row) => sum + whole(row), 0);
  return total === 0 ? null : rows.reduce((sum, row) => sum + part(row), 0) / total;
}
