/**
 * Events of one instance's commands → the rows that the unit writes: history, read model, waits. Knows tables, not
 * meaning: everything stands in the events and in the instance they were applied to.
 */

import type { TableWrite } from "../../../store/index.ts";
import type { Event } from "../../core/event.ts";
import type { Instance } from "../../core/instance.ts";
import type { EpochMs, JsonValue, Key } from "../../core/json.ts";
import type { JobLock } from "../jobs/hand-over.ts";
import { messageMatch } from "../match.ts";
import { restTypeOf } from "./element-type.ts";
import { RowSet } from "./row-set.ts";
import { migrationWrites, statementName, type WriteName } from "./tables.ts";
import { UserTaskRows } from "./user-task-rows.ts";

export interface RowContext {
  nextKey(): Key;
  /** This node when a worker inside it takes the job type; else null. */
  nodeFor(jobType: string): number | null;
  /** The lock of a remote worker that waits for this very job; else null. */
  lockFor(jobKey: Key, jobType: string, tenantId: string, processId: string): JobLock | null;
  /** The jobs were not written after all. */
  unlock(jobKeys: readonly Key[]): void;
}

type Row = Record<string, unknown>;
type EventOf<Type extends Event["type"]> = Extract<Event, { type: Type }>;

/** What rows say about the process instance that they belong to. */
export interface ProcessPlace {
  readonly definition: Key;
  readonly processId: string;
}

/** Collects one unit. `add` each command's events after they were applied, then take `writes`. */
export class UnitRows {
  readonly #rootKey: Key;
  readonly #tenantId: string;
  readonly #context: RowContext;
  readonly #processes: RowSet;
  readonly #elements: RowSet;
  readonly #jobs: RowSet;
  #userTasks: UserTaskRows | null = null;
  readonly #incidents: RowSet;
  readonly #timers: RowSet;
  readonly #messageSubscriptions: RowSet;
  readonly #signalSubscriptions: RowSet;
  readonly #variables = new Map<string, Row>();
  readonly #lockedJobs: Key[] = [];
  readonly #jobReleases: RowSet;
  readonly #history: Row[] = [];
  readonly #other: TableWrite[] = [];
  /** Kept from unit to unit with the instance: a process instance that ends in a step is no longer in the state after it. */
  readonly #places: Map<Key, ProcessPlace>;
  readonly #scopes = new Map<Key, Key | null>();
  #suspended: boolean | null = null;
  /** Message subscriptions that the command under way has correlated. */
  #correlated: Set<Key> | null = null;

  constructor(rootKey: Key, tenantId: string, places: Map<Key, ProcessPlace>, context: RowContext) {
    this.#rootKey = rootKey;
    this.#places = places;
    this.#tenantId = tenantId;
    this.#context = context;
    this.#processes = new RowSet(rootKey);
    this.#elements = new RowSet(rootKey);
    this.#jobs = new RowSet(rootKey);
    this.#jobReleases = new RowSet(rootKey);
    this.#incidents = new RowSet(rootKey);
    this.#timers = new RowSet(rootKey);
    this.#messageSubscriptions = new RowSet(rootKey);
    this.#signalSubscriptions = new RowSet(rootKey);
  }

  /** One command's row of the record and what its events mean for the tables. */
  add(sequence: number, at: EpochMs, command: JsonValue, events: readonly Event[], instance: Instance): void {
    this.#history.push({
      root_key: this.#rootKey,
      sequence,
      at,
      command: JSON.stringify(command),
      events: JSON.stringify(events),
    });
    this.#correlated = null;
    for (const event of events) this.#addEvent(event, at, instance);
    for (const event of events) {
      if (event.type === "processInstanceCompleted" || event.type === "processInstanceTerminated")
        this.#places.delete(event.key);
    }
  }

  /** Rows of tables that are not derived from events. */
  addWrites(writes: readonly TableWrite[]): void {
    this.#other.push(...writes);
  }

  addRow(name: WriteName, row: Row): void {
    this.#other.push({ statement: statementName(name), rows: [row] });
  }

  /** The unit will not be written. */
  abandon(): void {
    if (this.#lockedJobs.length > 0) this.#context.unlock(this.#lockedJobs);
  }

  writes(): TableWrite[] {
    const out: TableWrite[] = [{ statement: statementName("history"), rows: this.#history }];
    this.#processes.writes("processInstanceInsert", "processInstanceUpdate", out);
    this.#elements.writes("elementInsert", "elementUpdate", out);
    if (this.#variables.size > 0)
      out.push({ statement: statementName("variable"), rows: [...this.#variables.values()] });
    this.#jobs.writes("jobInsert", "jobUpdate", out);
    this.#userTasks?.writes(out);
    this.#incidents.writes("incidentInsert", "incidentUpdate", out);
    this.#timers.writes("timerInsert", "timerDelete", out);
    this.#messageSubscriptions.writes("messageSubscriptionInsert", "messageSubscriptionUpdate", out);
    this.#signalSubscriptions.writes("signalSubscriptionInsert", "signalSubscriptionDelete", out);
    this.#jobReleases.writes("jobRelease", "jobRelease", out);
    if (this.#suspended !== null)
      out.push({
        statement: statementName("jobsSuspend"),
        rows: [{ root_key: this.#rootKey, suspended: this.#suspended }],
      });
    return merged(out.concat(this.#other));
  }

  #place(instanceKey: Key): ProcessPlace {
    const place = this.#places.get(instanceKey);
    if (!place)
      throw new Error(`Expected process instance ${instanceKey} in the aggregate ${this.#rootKey}, but it is not`);
    return place;
  }

  /** The element instance and everything around it, innermost first. */
  #path(elementKey: Key, instance: Instance): Key[] {
    const path: Key[] = [];
    let key: Key | null = elementKey;
    while (key !== null && path.length < 10_000) {
      path.push(key);
      const scope: Key | null | undefined = this.#scopes.get(key);
      if (scope !== undefined) key = scope;
      else key = instance.elements.get(key)?.parent?.key ?? null;
    }
    return path;
  }

  #addEvent(event: Event, at: EpochMs, instance: Instance): void {
    switch (event.type) {
      case "processInstanceCreated":
        this.#processCreated(event, at);
        break;
      case "processInstanceCompleted":
        this.#processes.change(event.key, { state: "COMPLETED", ended_at: at });
        break;
      case "processInstanceTerminated":
        this.#processes.change(event.key, { state: "TERMINATED", ended_at: at });
        break;
      case "processInstanceMigrated":
        this.#processes.change(event.key, { definition_key: event.definition });
        this.#migrated(event);
        break;
      case "processInstanceSuspended":
      case "processInstanceResumed":
        this.#suspended = event.type === "processInstanceSuspended";
        this.#processes.change(event.key, { suspended: this.#suspended });
        break;
      case "elementActivated":
        this.#elementActivated(event, at);
        break;
      case "elementCompleted":
        this.#elementEnded(event.key, "COMPLETED", at);
        break;
      case "elementTerminated":
        this.#elementEnded(event.key, "TERMINATED", at);
        break;
      case "variablesSet":
        this.#variablesSet(event);
        break;
      case "jobCreated":
        this.#jobCreated(event, at, instance);
        break;
      case "jobCompleted":
        this.#jobs.change(event.key, { state: "COMPLETED", available: false, updated_at: at, ended_at: at });
        break;
      case "jobCanceled":
        this.#jobs.change(event.key, { state: "CANCELED", available: false, updated_at: at, ended_at: at });
        break;
      case "jobErrorThrown":
        this.#jobs.change(event.key, {
          state: "ERROR_THROWN",
          available: false,
          error_code: event.errorCode,
          error_message: event.errorMessage,
          updated_at: at,
          // Nobody caught the error: the job waits for its incident to be resolved.
          ...(instance.waits.has(event.key) ? {} : { ended_at: at }),
        });
        break;
      case "jobFailed":
        this.#release(event.key);
        this.#jobs.change(event.key, {
          state: "FAILED",
          available: event.retries > 0,
          retries: event.retries,
          error_message: event.errorMessage,
          retry_at: event.retryAt,
          updated_at: at,
        });
        break;
      case "jobUpdated":
        this.#jobs.change(event.key, {
          ...(event.retries === undefined
            ? {}
            : { retries: event.retries, state: "RETRIES_UPDATED", available: event.retries > 0 && !event.held }),
          ...(event.priority === undefined ? {} : { priority: event.priority }),
          updated_at: at,
        });
        break;
      case "timerScheduled":
        this.#timers.insert(event.key, { due_at: event.dueAt });
        break;
      case "timerFired":
      case "timerCanceled":
        this.#timers.remove(event.key);
        break;
      case "messageSubscriptionOpened":
        this.#messageSubscriptionOpened(event, at);
        break;
      case "messageCorrelated":
        this.#correlated ??= new Set();
        this.#correlated.add(event.key);
        this.#messageSubscriptions.change(event.key, { updated_at: at });
        break;
      case "messageSubscriptionClosed":
        this.#messageSubscriptions.change(event.key, {
          state: this.#correlated?.has(event.key) ? "CORRELATED" : "DELETED",
          updated_at: at,
        });
        break;
      case "signalSubscriptionOpened":
        this.#signalSubscriptions.insert(event.key, {
          signal_name: event.signalName,
          opened_at: at,
          tenant_id: this.#tenantId,
        });
        break;
      case "signalSubscriptionClosed":
        this.#signalSubscriptions.remove(event.key);
        break;
      case "incidentCreated":
        this.#incidentCreated(event, at, instance);
        break;
      case "incidentResolved":
        this.#incidents.change(event.key, { state: "RESOLVED", ended_at: at });
        break;
      case "agentTurnCompleted":
      case "agentTurnFailed":
        this.#modelCalled(event, at);
        break;
      default:
        if (event.type.startsWith("userTask")) {
          this.#userTasks ??= new UserTaskRows(this.#rootKey, this.#tenantId);
          this.#userTasks.add(event, at, (key) => this.#place(key).definition);
        }
    }
  }

  #modelCalled({ type, element, step }: EventOf<"agentTurnCompleted"> | EventOf<"agentTurnFailed">, at: EpochMs): void {
    this.#other.push({
      statement: statementName("modelUsage"),
      rows: [
        {
          root_key: this.#rootKey,
          at,
          element_key: element,
          model: step.model,
          input_tokens: step.usage.inputTokens,
          output_tokens: step.usage.outputTokens,
          failed: type === "agentTurnFailed",
          tenant_id: this.#tenantId,
        },
      ],
    });
  }

  /** Everything open of the process instance moves along. */
  #migrated(event: EventOf<"processInstanceMigrated">): void {
    this.#places.set(event.key, { definition: event.definition, processId: event.processId });
    const mappings = Object.fromEntries(event.mappings.map(({ from, to }) => [from, to]));
    const row = {
      root_key: this.#rootKey,
      instance_key: event.key,
      definition_key: event.definition,
      process_id: event.processId,
      mappings,
    };
    for (const name of migrationWrites) this.#other.push({ statement: statementName(name), rows: [row] });
  }

  // Columns of a new row that are null stay away: it means the same to the writer, and nobody has to read them.

  #processCreated(event: EventOf<"processInstanceCreated">, at: EpochMs): void {
    this.#places.set(event.key, { definition: event.definition, processId: event.processId });
    if (event.parentElement !== null) this.#scopes.set(event.key, event.parentElement);
    this.#processes.insert(event.key, {
      definition_key: event.definition,
      parent_key: event.parent ?? undefined,
      parent_element_key: event.parentElement ?? undefined,
      state: "ACTIVE",
      suspended: false,
      started_at: at,
      business_id: event.businessId ?? undefined,
      tags: event.tags,
      tenant_id: event.tenantId,
    });
  }

  #elementActivated(event: EventOf<"elementActivated">, at: EpochMs): void {
    if (event.scope !== null || !this.#scopes.has(event.key)) this.#scopes.set(event.key, event.scope);
    // A process's own element instance is its process instance.
    if (event.elementType === "process") return;
    this.#elements.insert(event.key, {
      instance_key: event.instance,
      definition_key: this.#place(event.instance).definition,
      element_id: event.elementId,
      type: restTypeOf(event.elementType),
      scope_key: event.scope ?? undefined,
      state: "ACTIVE",
      started_at: at,
      tenant_id: this.#tenantId,
    });
  }

  #elementEnded(key: Key, state: "COMPLETED" | "TERMINATED", at: EpochMs): void {
    if (!this.#places.has(key)) this.#elements.change(key, { state, ended_at: at });
  }

  #variablesSet(event: EventOf<"variablesSet">): void {
    for (const [name, value] of Object.entries(event.values)) {
      const id = `${event.scope} ${name}`;
      const row = this.#variables.get(id);
      if (row) row.value = JSON.stringify(value);
      else {
        this.#variables.set(id, {
          root_key: this.#rootKey,
          scope_key: event.scope,
          name,
          key: this.#context.nextKey(),
          instance_key: event.instance,
          value: JSON.stringify(value),
          tenant_id: this.#tenantId,
        });
      }
    }
  }

  #jobCreated(event: EventOf<"jobCreated">, at: EpochMs, instance: Instance): void {
    const node = this.#context.nodeFor(event.jobType);
    const { definition, processId } = this.#place(event.instance);
    const lock = node === null ? this.#lockFor(event, processId, instance) : null;
    this.#jobs.insert(event.key, {
      instance_key: event.instance,
      definition_key: definition,
      element_key: event.element,
      element_id: event.elementId,
      type: event.jobType,
      kind: event.kind,
      listener_event_type: event.listenerEventType,
      state: "CREATED",
      retries: event.retries,
      priority: event.priority,
      headers: event.headers,
      guard: event.guard,
      user_task_key: event.userTask,
      worker: lock?.worker ?? "",
      deadline: lock?.deadline,
      node_id: node ?? undefined,
      retry_at: 0,
      suspended: false,
      available: node === null && event.retries > 0,
      created_at: at,
      updated_at: at,
      tenant_id: this.#tenantId,
    });
  }

  /**
   * Jobs of task listeners are shown with their user task, which stands in the table, and those of guarded actions pass
   * the door of their permit, which asks the store: both are polled for.
   */
  #lockFor(event: EventOf<"jobCreated">, processId: string, instance: Instance): JobLock | null {
    if (event.retries <= 0 || event.userTask != null || event.guard || instance.suspended) return null;
    const lock = this.#context.lockFor(event.key, event.jobType, this.#tenantId, processId);
    if (lock) this.#lockedJobs.push(event.key);
    return lock;
  }

  #release(key: Key): void {
    if (this.#jobs.creates(key)) this.#jobs.change(key, { deadline: null, node_id: null });
    else this.#jobReleases.change(key, {});
  }

  #messageSubscriptionOpened(event: EventOf<"messageSubscriptionOpened">, at: EpochMs): void {
    const place = this.#place(event.instance);
    this.#messageSubscriptions.insert(event.key, {
      instance_key: event.instance,
      definition_key: place.definition,
      process_id: place.processId,
      element_key: event.element,
      element_id: event.elementId,
      message_name: event.messageName,
      correlation_key: event.correlationKey,
      match: messageMatch(this.#tenantId, event.messageName, event.correlationKey),
      state: "CREATED",
      opened_at: at,
      updated_at: at,
      tenant_id: this.#tenantId,
    });
  }

  #incidentCreated(event: EventOf<"incidentCreated">, at: EpochMs, instance: Instance): void {
    this.#incidents.insert(event.key, {
      instance_key: event.instance,
      definition_key: this.#place(event.instance).definition,
      element_key: event.element,
      element_id: event.elementId,
      path: this.#path(event.element, instance),
      error_type: event.errorType,
      message: event.message,
      job_key: event.job,
      state: "ACTIVE",
      created_at: at,
      tenant_id: this.#tenantId,
    });
  }
}

/** The places of an instance that was just loaded. */
export function placesOf(instance: Instance): Map<Key, ProcessPlace> {
  const places = new Map<Key, ProcessPlace>();
  for (const process of instance.processes.values()) {
    const { key, processId } = process.definition.process;
    places.set(process.key, { definition: key, processId });
  }
  return places;
}

/** One entry a statement: the writer's batch has one parameter a table. */
function merged(writes: readonly TableWrite[]): TableWrite[] {
  const byStatement = new Map<string, TableWrite>();
  for (const write of writes) {
    const known = byStatement.get(write.statement);
    byStatement.set(
      write.statement,
      known ? { statement: write.statement, rows: [...known.rows, ...write.rows] } : write,
    );
  }
  return [...byStatement.values()];
}
