/** Searchable resource of the installation's task listeners. They belong to no tenant. */
import type { TaskListenerItem } from "../contract/task-listeners.ts";
import { invalid } from "./conditions.ts";
import { boolean, fieldsOf, integer, type Resource, text } from "./resource.ts";
import { anyOf } from "./special-filters.ts";

const hasEventType = anyOf("l.event_types", "eventTypes");

export const taskListenerResource: Resource<TaskListenerItem> = {
  name: "task listeners",
  from: "task_listener l",
  key: { sql: "l.id", type: "text" },
  tenant: "'<default>'",
  fields: fieldsOf({
    id: text("l.id"),
    type: text("l.type"),
    retries: integer("l.retries"),
    afterNonGlobal: boolean("l.after_model"),
    priority: integer("l.priority"),
    source: text("'API'::text"),
  }),
  special: new Map([
    [
      "eventTypes",
      (value, parameter) => {
        if (!Array.isArray(value) || value.length > 20)
          throw invalid("Expected a list of at most 20 event types, but got something else");
        return value.length === 0
          ? "true"
          : `(${value.map((condition) => hasEventType(condition, parameter)).join(" and ")})`;
      },
    ],
  ]),
  columns: {
    id: "l.id",
    type: "l.type",
    retries: "l.retries",
    event_types: "l.event_types",
    after_model: "l.after_model",
    priority: "l.priority",
  },
  toItem: (row) => ({
    id: String(row.id),
    type: String(row.type),
    retries: Number(row.retries),
    eventTypes: row.event_types as TaskListenerItem["eventTypes"],
    afterNonGlobal: row.after_model === true,
    priority: Number(row.priority),
    source: "API",
  }),
};
