/**
 * Pattern 3: questions that are judged off the hot path while a default holds. When the answer differs from the
 * default it is corrected: what ran is compensated, what was held back is released or put before people. Rows, not
 * memory: a crash delays an answer and loses none. Requirements C17–C19.
 */
import type { Database, GroupCommit, RowObject, TableWrite } from "../../../store/index.ts";
import type { LateAnswer } from "../answers.ts";
import { cancelledWrites } from "../approvals/approval-records.ts";
import { canonicalHash } from "../audit/canonical.ts";
import { timeOrderedId } from "../audit/identifier.ts";
import { recordWrite } from "../audit/records.ts";
import type { Clock } from "../ports.ts";
import type { LateQuestion } from "../requests.ts";
import { tenantOfRequest } from "../tenants.ts";
import type { ActionRequest, Json, JsonRecord } from "../types.ts";
import type { Decider } from "./decide.ts";
import type { DecisionTrace } from "./trace.ts";
import type { TraceWriter } from "./trace-writes.ts";

export const queueStatement = "plane.insertLateQuestion";
export const answerStatement = "plane.answerLateQuestion";

export const insertQueueSql = `
insert into decision_queue (queue_id, decision_id, default_determination, request, element_instance_key, queued_at_ms, next_at_ms)
select queue_id, decision_id, default_determination, request, element_instance_key, queued_at_ms, queued_at_ms
from jsonb_to_recordset($1::jsonb) as r(queue_id text, decision_id text, default_determination text, request jsonb, element_instance_key text, queued_at_ms bigint)`;

export const answerQueueSql = `
update decision_queue q set answer = r.answer, done_at_ms = case when q.element_instance_key is null then r.at_ms else null end
from jsonb_to_recordset($1::jsonb) as r(queue_id text, answer jsonb, at_ms bigint) where q.queue_id = r.queue_id and q.answer is null`;

/** Rows that queue a question. */
export function lateWrites(later: LateQuestion): readonly TableWrite[] {
  const row: RowObject = {
    queue_id: timeOrderedId(later.request.now),
    decision_id: later.decisionId,
    default_determination: later.defaultDetermination,
    request: later.request,
    element_instance_key: later.elementInstanceKey,
    queued_at_ms: later.request.now,
  };
  return [{ statement: queueStatement, rows: [row] }];
}

interface QueueRow {
  readonly queue_id: string;
  readonly decision_id: string;
  readonly default_determination: "ALLOW" | "DENY";
  readonly request: ActionRequest;
  readonly element_instance_key: string | null;
  readonly answer: LateAnswer | null;
}

export interface LateQueue {
  /** Judges what is waiting and tells what is answered; resolves with how many were worked on. */
  drain(): Promise<number>;
  onAnswer(handler: Handler): void;
}

type Handler = (answer: LateAnswer) => Promise<"done" | "over">;

const takenMax = 100;
const retryMs = 5_000;

export function createLateQueue(options: {
  readonly database: Database;
  readonly groupCommit: GroupCommit;
  readonly decide: Decider;
  readonly traces: TraceWriter;
  readonly clock: Clock;
  readonly corrected: (decisionId: string, tenantId: string | null) => void;
  /** The action ran, was denied since, and the process has nothing to undo it with. */
  readonly notCorrected: (decisionId: string, answer: LateAnswer, tenantId: string | null) => void;
}): LateQueue {
  const { database, groupCommit, decide, traces, clock } = options;
  let handler: Handler | null = null;

  const take = (now: number) =>
    database.query<QueueRow>(
      `update decision_queue set attempts = attempts + 1, next_at_ms = $1::bigint + $2
       where queue_id in (select queue_id from decision_queue where done_at_ms is null and next_at_ms <= $1 order by next_at_ms limit $3 for update skip locked)
       returning queue_id, decision_id, default_determination, request, element_instance_key, answer`,
      [now, retryMs, takenMax],
    );

  const judge = async (row: QueueRow): Promise<LateAnswer> => {
    const now = clock.now();
    const trace = decide({ ...row.request, now }, "async").trace as DecisionTrace;
    const answer = answerOf(row, trace);
    const { correction } = answer;
    const writes: TableWrite[] = [
      ...traces.writes(trace, correction === "approval"),
      { statement: answerStatement, rows: [{ queue_id: row.queue_id, answer, at_ms: now }] },
    ];
    if (correction !== null) writes.push(correctionWrite(row, trace, correction, now));
    await groupCommit.submit({ writes });
    if (correction !== null) options.corrected(row.decision_id, tenantOfRequest(row.request));
    return answer;
  };

  const tell = async (row: QueueRow, answer: LateAnswer): Promise<void> => {
    if (row.element_instance_key === null || handler === null) return;
    const taken = await handler(answer);
    if (taken === "over" && answer.correction === "compensate")
      options.notCorrected(row.decision_id, answer, tenantOfRequest(row.request));
    if (taken === "over" && answer.correction === "approval")
      await groupCommit.submit({ writes: [...cancelledWrites(row.element_instance_key, clock.now())] });
    await database.query("update decision_queue set done_at_ms = $2 where queue_id = $1", [row.queue_id, clock.now()]);
  };

  return {
    onAnswer(next) {
      handler = next;
    },
    async drain() {
      const rows = await take(clock.now());
      const settled = await Promise.allSettled(rows.map(async (row) => tell(row, row.answer ?? (await judge(row)))));
      // A failed one is taken again after the pause that `take` has set.
      return settled.filter(({ status }) => status === "fulfilled").length;
    },
  };
}

/** The answer against the default. Whoever must be asked first has not been: for what runs already, that is a denial. */
function answerOf(row: QueueRow, { decision, enforcedArgs, request }: DecisionTrace): LateAnswer {
  const { decisionId, reasonCodes, constraints, permit } = decision;
  const standing = row.default_determination;
  const untouched = permit !== null && canonicalHash(enforcedArgs) === canonicalHash(request.args);
  const common = { elementInstanceKey: row.element_instance_key ?? "", decisionId, reasonCodes };
  if (standing === "DENY" && decision.determination === "REQUIRE_APPROVAL" && decision.approval !== null)
    return {
      ...common,
      determination: "REQUIRE_APPROVAL",
      constraints,
      permit: null,
      approval: decision.approval,
      requester: request.actor,
      correction: "approval",
    };
  const released = standing === "DENY" && permit !== null;
  const determination = untouched ? "ALLOW" : released ? "ALLOW_WITH_CONSTRAINTS" : "DENY";
  return {
    ...common,
    determination,
    constraints: released && !untouched ? constraints : [],
    permit: released ? permit : null,
    correction: released ? "release" : standing === "ALLOW" && determination === "DENY" ? "compensate" : null,
  };
}

/** Linked to the decision under which the default was given. */
function correctionWrite(
  row: QueueRow,
  trace: DecisionTrace,
  correction: NonNullable<LateAnswer["correction"]>,
  at: number,
): TableWrite {
  const body: Record<string, Json> = {
    schema: "correction/1",
    decisionId: row.decision_id,
    correctedBy: trace.decision.decisionId,
    correction,
    defaultDetermination: row.default_determination,
    determination: trace.decision.determination,
    reasonCodes: trace.decision.reasonCodes,
    approvalId: trace.decision.approval?.approvalId ?? null,
    permit: null,
    at: new Date(at).toISOString(),
  };
  return recordWrite({
    kind: "correction",
    recordId: timeOrderedId(at),
    decisionId: row.decision_id,
    at,
    body: body as JsonRecord,
    columns: { actionType: row.request.action.type, determination: correction },
  });
}
