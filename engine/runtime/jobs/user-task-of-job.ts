/** What a task listener's job tells of its user task; read from the table, because listeners may have changed it. */
import type { Queryable } from "../../../store/index.ts";
import type { Key } from "../../core/json.ts";
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
