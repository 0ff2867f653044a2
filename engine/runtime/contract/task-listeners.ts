/** Task listeners of the installation. Camunda 8.9 REST, "Global listener". */
import type { CallContext } from "./context.ts";
import type { FieldFilter, SearchRequest, SearchResult } from "./filter.ts";

export type TaskListenerEventType = "all" | "creating" | "assigning" | "updating" | "completing" | "canceling";

export interface TaskListenerItem {
  readonly id: string;
  /** Job type of its workers. */
  readonly type: string;
  readonly retries: number;
  readonly eventTypes: readonly TaskListenerEventType[];
  /** Works after the listeners of the model, not before. */
  readonly afterNonGlobal: boolean;
  /** The higher works first; among equals the id decides. */
  readonly priority: number;
  /** All are made by calls; the contract also knows those of a configuration file. */
  readonly source: "API";
}

export type TaskListenerChanges = Partial<Omit<TaskListenerItem, "id" | "source">>;
export type NewTaskListener = Pick<TaskListenerItem, "id" | "type" | "eventTypes"> & TaskListenerChanges;
export type TaskListenerFilter = FieldFilter<Omit<TaskListenerItem, "eventTypes">> & {
  /** Each condition is fulfilled by one of the listener's event types. */
  readonly eventTypes?: readonly unknown[];
};

export interface TaskListeners {
  /** @throws {EngineError} `alreadyExists` when there is one with that id. */
  create(listener: NewTaskListener, context: CallContext): Promise<TaskListenerItem>;
  /** What is absent stays as it is. @throws {EngineError} `notFound` */
  update(id: string, changes: TaskListenerChanges, context: CallContext): Promise<TaskListenerItem>;
  /** Transitions under way keep it to their end. @throws {EngineError} `notFound` */
  delete(id: string, context: CallContext): Promise<void>;
  get(id: string, context: CallContext): Promise<TaskListenerItem>;
  search(
    request: SearchRequest<TaskListenerFilter, "id" | "type" | "afterNonGlobal" | "priority" | "source">,
    context: CallContext,
  ): Promise<SearchResult<TaskListenerItem>>;
}
