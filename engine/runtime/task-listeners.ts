/**
 * Task listeners of the installation: rows in the store, and in the memory of every node the list that a transition of a
 * user task asks for when it begins. The list goes into the transition's event, so a replay never asks again.
 */
import type { Database } from "../../store/index.ts";
import type { ListenerEventType } from "../core/event.ts";
import type { PinnedListener } from "../core/instance.ts";
import { admitName } from "./admit-input.ts";
import type { CallContext } from "./contract/context.ts";
import { EngineError } from "./contract/errors.ts";
import type { TaskListenerItem, TaskListeners } from "./contract/task-listeners.ts";
import type { Deps } from "./deps.ts";
import { type Deed, recordedChange } from "./operator-record.ts";
import { getOne, search } from "./queries/search.ts";
import { taskListenerResource } from "./queries/task-listener-resource.ts";

const idLengthMax = 256;
/** Each adds a job to every transition of every user task. */
const listenersMax = 100;
const defaults = { retries: 3, afterNonGlobal: false, priority: 50 };
const operations = { create: "CREATE", update: "UPDATE", delete: "DELETE" } as const;

const transitions = ["CREATING", "ASSIGNING", "UPDATING", "COMPLETING", "CANCELING"];

function transitionsOf(eventTypes: readonly string[]): readonly string[] {
  return eventTypes.includes("all")
    ? transitions
    : transitions.filter((transition) => eventTypes.includes(transition.toLowerCase()));
}

/** The list as transitions ask for it. */
export class TaskListenerList {
  readonly #database: Database;
  #byEvent: ReadonlyMap<string, readonly PinnedListener[]> = new Map();

  constructor(database: Database) {
    this.#database = database;
  }

  async refresh(): Promise<void> {
    const rows = await this.#database.query<{
      type: string;
      retries: number;
      event_types: readonly string[];
      after_model: boolean;
    }>("select type, retries, event_types, after_model from task_listener order by priority desc, id");
    const byEvent = new Map<string, PinnedListener[]>();
    for (const row of rows) {
      const listener = { type: row.type, retries: Number(row.retries), last: row.after_model };
      for (const event of transitionsOf(row.event_types)) byEvent.set(event, [...(byEvent.get(event) ?? []), listener]);
    }
    this.#byEvent = byEvent;
  }

  of(transition: ListenerEventType): readonly PinnedListener[] {
    return this.#byEvent.get(transition) ?? [];
  }
}

export function taskListenerCalls(deps: Deps): TaskListeners {
  const { database } = deps;
  const get = (id: string, context: CallContext): Promise<TaskListenerItem> =>
    getOne(
      database,
      taskListenerResource,
      (add) => [`l.id = ${add(admitName(id, "an id", { lengthMax: idLengthMax }), "text")}`],
      `a task listener '${id.slice(0, 100)}'`,
      everywhere(context),
    );
  return {
    get,
    search: (request, context) => search(database, taskListenerResource, request, everywhere(context)),
    async create(listener, context) {
      const item: TaskListenerItem = { ...defaults, ...listener, source: "API" };
      const row = rowOf(deps, item, context);
      const made = await recordedChange(deps, context, deedOn("create", item.id), async (tx) => {
        const [count] = await tx.query<{ n: string }>("select count(*) as n from task_listener");
        if (Number(count?.n) >= listenersMax)
          throw new EngineError(
            "exhausted",
            `Expected at most ${listenersMax} task listeners, but there are as many already`,
          );
        return tx.query(
          "insert into task_listener (id, type, retries, event_types, after_model, priority, updated_at, actor) values ($1, $2, $3, $4::jsonb, $5, $6, $7, $8::jsonb) on conflict do nothing returning id",
          row,
        );
      });
      if (!made)
        throw new EngineError("alreadyExists", `Expected no task listener '${item.id}', but there is one already`);
      return item;
    },
    async update(id, changes, context) {
      const item: TaskListenerItem = { ...(await get(id, context)), ...changes };
      const row = rowOf(deps, item, context);
      const changed = await recordedChange(deps, context, deedOn("update", id), (tx) =>
        tx.query(
          "update task_listener set type = $2, retries = $3, event_types = $4::jsonb, after_model = $5, priority = $6, updated_at = $7, actor = $8::jsonb where id = $1 returning id",
          row,
        ),
      );
      if (!changed) throw missing(id);
      return item;
    },
    async delete(id, context) {
      const which = [admitName(id, "an id", { lengthMax: idLengthMax })];
      const deleted = await recordedChange(deps, context, deedOn("delete", id), (tx) =>
        tx.query("delete from task_listener where id = $1 returning id", which),
      );
      if (!deleted) throw missing(id);
    },
  };
}

/** They are everybody's: no tenant limits who sees them. */
function everywhere({ tenantIds: _tenantIds, ...context }: CallContext): CallContext {
  return context;
}

function deedOn(verb: "create" | "update" | "delete", id: string): Deed {
  return {
    command: `${verb}TaskListener`,
    operation: operations[verb],
    entityType: "RESOURCE",
    entityKey: id,
    description: "task listener of the installation",
  };
}

function rowOf({ clock }: Deps, item: TaskListenerItem, context: CallContext) {
  const { id, type } = context.actor;
  return [
    admitName(item.id, "an id", { lengthMax: idLengthMax }),
    admitName(item.type, "a job type"),
    item.retries,
    JSON.stringify(item.eventTypes),
    item.afterNonGlobal,
    item.priority,
    clock.now(),
    JSON.stringify({ id, type }),
  ];
}

function missing(id: string): EngineError {
  return new EngineError("notFound", `Expected a task listener '${id.slice(0, 100)}', but there is none`);
}
