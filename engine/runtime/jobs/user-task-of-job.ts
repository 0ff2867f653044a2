/**
 * What a task listener's job tells of its user task: the task as the table has it, because listeners may have changed
 * it, and over it what is pending, because that is what the listener is asked to judge.
 */
import type { Queryable } from "../../../store/index.ts";
import type { UserTaskListening } from "../../core/instance.ts";
import type { JsonObject, Key } from "../../core/json.ts";
import type { JobUserTask } from "../contract/jobs.ts";

interface Row {
  key: Key;
  assignee: string | null;
  candidate_groups: string[];
  candidate_users: string[];
  due_date: string | null;
  follow_up_date: string | null;
  form_key: Key | null;
  priority: number;
}

export async function userTasksOf(database: Queryable, keys: readonly Key[]): Promise<ReadonlyMap<Key, JobUserTask>> {
  if (keys.length === 0) return new Map();
  const rows = await database.query<Row>(
    "select key, assignee, candidate_groups, candidate_users, due_date, follow_up_date, form_key, priority from user_task where key = any($1::bigint[])",
    [keys],
  );
  return new Map(
    rows.map((row) => [
      row.key,
      {
        action: "",
        assignee: row.assignee,
        candidateGroups: row.candidate_groups,
        candidateUsers: row.candidate_users,
        changedAttributes: [],
        dueDate: row.due_date,
        followUpDate: row.follow_up_date,
        formKey: row.form_key,
        priority: row.priority,
        userTaskKey: row.key,
      },
    ]),
  );
}

const attributes = ["assignee", "candidateGroups", "candidateUsers", "dueDate", "followUpDate", "priority"] as const;

/** The task as it will be when the transition under way is agreed to, and which of its attributes that changes. */
export function withPending(task: JobUserTask, listening: UserTaskListening | undefined): JobUserTask {
  if (!listening) return task;
  const { pending, eventType } = listening;
  // Until it has been created nobody has it: an assignment of its own follows.
  const changed = attributes.filter(
    (name) => Object.hasOwn(pending, name) && !(eventType === "CREATING" && name === "assignee"),
  );
  return {
    ...task,
    ...Object.fromEntries(changed.map((name) => [name, pending[name]])),
    action: typeof pending.action === "string" ? pending.action : "",
    changedAttributes: changed,
  };
}

/** What the completion brings along: a completing listener judges it before it is written. */
export function pendingVariables(listening: UserTaskListening | undefined): JsonObject {
  return listening?.eventType === "COMPLETING" ? ((listening.pending.variables ?? {}) as JsonObject) : {};
}
