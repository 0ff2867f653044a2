/**
 * Numbers of jobs in a window of time, from the rows of the jobs themselves: nothing is counted twice, nothing has to be
 * kept up to date at each command, and deleting an instance takes its jobs out of the numbers. A job happens up to three
 * times: when it was created, completed, and (as it stands now) failed.
 */
import type { Database } from "../../../store/index.ts";
import { durationMs } from "../../triggers/iso-8601.ts";
import type { CallContext } from "../contract/context.ts";
import { EngineError } from "../contract/errors.ts";
import type { JobMetrics, Statistics, StatusMetric, TimeWindow } from "../contract/statistics.ts";
import { scopeSql } from "../scope.ts";
import { fieldCondition } from "./conditions.ts";
import { forwardPage } from "./forward-page.ts";
import { type Parameters as Given, parameters } from "./parameters.ts";
import { isoDate, isoDateOrNull, text } from "./resource.ts";

type Row = Readonly<Record<string, unknown>>;

const failed = "('FAILED', 'ERROR_THROWN')";
const happenings = `job j join process_definition d on d.key = j.definition_key cross join lateral (values
  ('created', j.created_at),
  ('completed', case when j.state = 'COMPLETED' then j.ended_at end),
  ('failed', case when j.state in ${failed} then j.updated_at end)) as e(kind, at)`;
const metrics = ["created", "completed", "failed"]
  .map(
    (kind) =>
      `count(*) filter (where e.kind = '${kind}') as ${kind}, max(e.at) filter (where e.kind = '${kind}') as ${kind}_last`,
  )
  .join(", ");
/** Workers inside a node are not named at each job. */
const worker = "(case when j.worker = '' and j.node_id is not null then 'interlock' else j.worker end)";
const workers = `count(distinct ${worker}) filter (where ${worker} <> '')`;

const intervalsMax = 10_000;
const stepsMs = [60_000, 300_000, 900_000, 3_600_000, 21_600_000, 86_400_000, 604_800_000, 2_592_000_000] as const;

/** A window as times; from before to. */
export function timesOf(window: TimeWindow): { readonly from: number; readonly to: number } {
  const [from, to] = [Date.parse(window.from), Date.parse(window.to)];
  if (Number.isNaN(from) || Number.isNaN(to))
    throw new EngineError("invalid", "Expected ISO 8601 dates and times as window, but got something else");
  if (from > to) throw new EngineError("invalid", "Expected a window whose start is before its end, but it is not");
  return { from, to };
}

/** Conditions of a window and of what the caller may see. */
function conditions(
  { add }: Given,
  window: TimeWindow & { readonly jobType?: unknown },
  context: CallContext,
): string[] {
  const { from, to } = timesOf(window);
  const all = [`e.at >= ${add(from, "bigint")}`, `e.at < ${add(to, "bigint")}`];
  if (window.jobType !== undefined) all.push(fieldCondition("jobType", text("j.type"), window.jobType, add));
  if (context.tenantIds) all.push(`j.tenant_id = any(${add([...context.tenantIds], "text[]")})`);
  if (context.scope) all.push(scopeSql({ process: "d.process_id" }, context.scope, add));
  return all;
}

function metricOf(row: Row | undefined, kind: string): StatusMetric {
  return { count: Number(row?.[kind] ?? 0), lastUpdatedAt: isoDateOrNull(row?.[`${kind}_last`]) };
}
function metricsOf(row: Row | undefined): JobMetrics {
  return { created: metricOf(row, "created"), completed: metricOf(row, "completed"), failed: metricOf(row, "failed") };
}

type Arguments<Name extends keyof JobStatistics> = Parameters<JobStatistics[Name]>;
type JobStatistics = Pick<Statistics, "ofJobs" | "ofJobTypes" | "ofJobWorkers" | "ofJobIntervals" | "ofJobErrors">;

export function jobStatistics(database: Database): JobStatistics {
  return {
    async ofJobs(window, context) {
      const given = parameters();
      const where = conditions(given, window, context).join(" and ");
      const rows = await database
        .forTenants(context.tenantIds)
        .query<Row>(`select ${metrics} from ${happenings} where ${where}`, given.values);
      return metricsOf(rows[0]);
    },
    ofJobTypes(window, page, context) {
      const given = parameters();
      const where = conditions(given, window, context).join(" and ");
      const grouped = `select j.type collate "C" as name, ${workers} as workers, ${metrics} from ${happenings} where ${where} group by 1`;
      return forwardPage(database.forTenants(context.tenantIds), grouped, given.values, page, (row) => ({
        jobType: String(row.name),
        ...metricsOf(row),
        workers: Number(row.workers),
      }));
    },
    ofJobWorkers(window, page, context) {
      const given = parameters();
      const where = [...conditions(given, window, context), `${worker} <> ''`].join(" and ");
      const grouped = `select ${worker} collate "C" as name, ${metrics} from ${happenings} where ${where} group by 1`;
      return forwardPage(database.forTenants(context.tenantIds), grouped, given.values, page, (row) => ({
        worker: String(row.name),
        ...metricsOf(row),
      }));
    },
    ofJobIntervals: async (window, page, context) => intervals(database, window, page, context),
    ofJobErrors: async (window, page, context) => errors(database, window, page, context),
  };
}

function intervals(database: Database, ...[window, page, context]: Arguments<"ofJobIntervals">) {
  const { from, to } = timesOf(window);
  const stepMs = resolutionMs(window.resolution, from, to);
  const given = parameters();
  const where = conditions(given, window, context).join(" and ");
  const [start, step] = [given.add(from, "bigint"), given.add(stepMs, "bigint")];
  // Numbers of intervals in digits of equal length: the order of the texts is that of the times.
  const name = `lpad(((e.at - ${start}) / ${step})::text, 16, '0')`;
  const grouped = `select ${name} collate "C" as name, ${metrics} from ${happenings} where ${where} group by 1`;
  return forwardPage(database.forTenants(context.tenantIds), grouped, given.values, page, (row) => ({
    time: isoDate(from + Number(row.name) * stepMs),
    ...metricsOf(row),
  }));
}

function errors(database: Database, ...[window, page, context]: Arguments<"ofJobErrors">) {
  const given = parameters();
  const all = [...conditions(given, window, context), "e.kind = 'failed'"];
  const code = "coalesce(j.error_code, '')";
  const message = "coalesce(j.error_message, '')";
  if (window.errorCode !== undefined) all.push(fieldCondition("errorCode", text(code), window.errorCode, given.add));
  if (window.errorMessage !== undefined)
    all.push(fieldCondition("errorMessage", text(message), window.errorMessage, given.add));
  const grouped = `select (${code} || chr(10) || ${message}) collate "C" as name, ${code} as code, ${message} as message, ${workers} as workers from ${happenings} where ${all.join(" and ")} group by 1, 2, 3`;
  return forwardPage(database.forTenants(context.tenantIds), grouped, given.values, page, (row) => ({
    errorCode: String(row.code),
    errorMessage: String(row.message),
    workers: Number(row.workers),
  }));
}

function resolutionMs(resolution: string | undefined, from: number, to: number): number {
  if (resolution === undefined) return stepsMs.find((stepMs) => (to - from) / stepMs <= 100) ?? stepsMs.at(-1)!;
  const stepMs = durationMs(resolution, from) ?? 0;
  if (!(stepMs >= 1_000))
    throw new EngineError("invalid", "Expected a resolution of at least PT1S, as an ISO 8601 duration, but it is not");
  if ((to - from) / stepMs > intervalsMax)
    throw new EngineError(
      "invalid",
      `Expected a resolution that gives at most ${intervalsMax} intervals, but it gives more`,
    );
  return stepMs;
}
