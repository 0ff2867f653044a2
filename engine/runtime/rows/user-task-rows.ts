/** Rows of user tasks. Columns that may become null again have statements of their own: absent means unchanged elsewhere. */
import type { TableWrite } from "../../../store/index.ts";
import type { Event } from "../../core/event.ts";
import type { EpochMs, Key } from "../../core/json.ts";
import { RowSet } from "./row-set.ts";
import { statementName, type WriteName } from "./tables.ts";

type Row = Record<string, unknown>;
type EventOf<Type extends Event["type"]> = Extract<Event, { type: Type }>;

function epoch(date: unknown): number | null {
  if (typeof date !== "string") return null;
  const time = Date.parse(date);
  return Number.isNaN(time) ? null : time;
}

export class UserTaskRows {
  readonly #rootKey: Key;
  readonly #tenantId: string;
  readonly #tasks: RowSet;
  readonly #assignees = new Map<Key, Row>();
  readonly #dueDates = new Map<Key, Row>();
  readonly #followUpDates = new Map<Key, Row>();

  constructor(rootKey: Key, tenantId: string) {
    this.#rootKey = rootKey;
    this.#tenantId = tenantId;
    this.#tasks = new RowSet(rootKey);
  }

  writes(out: TableWrite[]): void {
    this.#tasks.writes("userTaskInsert", "userTaskState", out);
    const apart: readonly (readonly [WriteName, Map<Key, Row>])[] = [
      ["userTaskAssignee", this.#assignees],
      ["userTaskDueDate", this.#dueDates],
      ["userTaskFollowUpDate", this.#followUpDates],
    ];
    for (const [name, rows] of apart)
      if (rows.size > 0) out.push({ statement: statementName(name), rows: [...rows.values()] });
  }

  /** `definitionOf`: definition of a process instance. */
  add(event: Event, at: EpochMs, definitionOf: (instanceKey: Key) => Key): void {
    switch (event.type) {
      case "userTaskCreated":
        this.#tasks.insert(event.key, {
          instance_key: event.instance,
          definition_key: definitionOf(event.instance),
          element_key: event.element,
          element_id: event.elementId,
          name: event.name,
          state: "CREATED",
          assignee: event.assignee,
          candidate_groups: event.candidateGroups,
          candidate_users: event.candidateUsers,
          due_date: event.dueDate,
          due_at: epoch(event.dueDate),
          follow_up_date: event.followUpDate,
          follow_up_at: epoch(event.followUpDate),
          priority: event.priority,
          form_key: event.formKey,
          external_form_reference: event.externalFormReference,
          headers:
            event.approvalId === null ? event.headers : { ...event.headers, "interlock:approvalId": event.approvalId },
          approval_id: event.approvalId,
          created_at: at,
          ended_at: null,
          tenant_id: this.#tenantId,
        });
        return;
      case "userTaskAssigned":
        this.#changeTask(event.key, { state: "CREATED" });
        this.#changeApart(this.#assignees, event.key, { assignee: event.assignee });
        return;
      case "userTaskUpdated":
        this.#userTaskUpdated(event);
        return;
      case "userTaskCreating":
      case "userTaskAssigning":
      case "userTaskUpdating":
      case "userTaskCompleting":
      case "userTaskCanceling":
        this.#changeTask(event.key, { state: event.type.slice("userTask".length).toUpperCase() });
        return;
      case "userTaskDenied":
        this.#changeTask(event.key, { state: "CREATED" });
        return;
      case "userTaskCompleted":
        this.#changeTask(event.key, { state: "COMPLETED", ended_at: at });
        return;
      case "userTaskCanceled":
        this.#changeTask(event.key, { state: "CANCELED", ended_at: at });
        return;
    }
  }

  #changeTask(key: Key, columns: Row): void {
    this.#tasks.change(key, columns);
  }

  /** Columns that may become null have statements of their own. */
  #changeApart(rows: Map<Key, Row>, key: Key, columns: Row): void {
    const inserted = this.#tasks.inserted(key);
    if (inserted) Object.assign(inserted, columns);
    else rows.set(key, { root_key: this.#rootKey, key, ...columns });
  }

  #userTaskUpdated(event: EventOf<"userTaskUpdated">): void {
    const { changes, key } = event;
    const columns: Row = { state: "CREATED" };
    if (changes.candidateGroups !== undefined) columns.candidate_groups = changes.candidateGroups;
    if (changes.candidateUsers !== undefined) columns.candidate_users = changes.candidateUsers;
    if (changes.priority !== undefined) columns.priority = changes.priority;
    this.#changeTask(key, columns);
    if (changes.assignee !== undefined) this.#changeApart(this.#assignees, key, { assignee: changes.assignee });
    if (changes.dueDate !== undefined) {
      this.#changeApart(this.#dueDates, key, {
        due_date: changes.dueDate,
        due_at: epoch(changes.dueDate),
      });
    }
    if (changes.followUpDate !== undefined) {
      this.#changeApart(this.#followUpDates, key, {
        follow_up_date: changes.followUpDate,
        follow_up_at: epoch(changes.followUpDate),
      });
    }
  }
}
