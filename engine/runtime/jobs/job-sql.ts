/** Jobs in the table: which are free, and how they are taken and let go. */
import type { Queryable } from "../../../store/index.ts";
import type { EpochMs } from "../../core/json.ts";
import { type JobRow, jobColumns } from "./job-row.ts";
import { type Poll, workerOf } from "./poll.ts";

/** `available` is the predicate of the index; the rest is looked at in its rows. */
export function availableSql(now: string): string {
  return `available and node_id is null and (deadline is null or deadline < ${now}) and retry_at <= ${now}`;
}

/** Lets go of jobs that a node has: free for everybody if they may be taken at all. */
export const releaseSql =
  "update job set node_id = null, available = (retries > 0 and not suspended and state <> 'ERROR_THROWN')";

export interface Taking {
  readonly now: EpochMs;
  readonly deadline: EpochMs;
  readonly jobsMax: number;
}

/** Locks free jobs that the poll sees; the most urgent first, then the oldest. */
export async function takeFree(
  database: Queryable,
  poll: Poll,
  { now, deadline, jobsMax }: Taking,
): Promise<readonly (JobRow & { readonly priority: number })[]> {
  const { input, tenantIds, processIds } = poll;
  const ofProcesses =
    processIds === null
      ? ""
      : " and definition_key in (select d.key from process_definition d where d.process_id = any($7::text[]))";
  const rows = await database.query<JobRow & { priority: number }>(
    `update job set deadline = $1, worker = $2, updated_at = $3
      where (root_key, key) in (
        select root_key, key from job where type = $4 and ${availableSql("$3")} and ($5::text[] is null or tenant_id = any($5))${ofProcesses}
         order by priority desc, key limit $6 for update skip locked)
     returning ${jobColumns}, priority`,
    [deadline, workerOf(poll), now, input.type, tenantIds, jobsMax, ...(processIds === null ? [] : [processIds])],
  );
  // An update returns its rows in no order.
  return rows.sort((left, right) => right.priority - left.priority || Number(left.key) - Number(right.key));
}
