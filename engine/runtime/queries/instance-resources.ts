/** Searchable resources of running and ended instances. */
import type { ElementInstanceItem, ProcessInstanceItem, VariableItem } from "../contract/items.ts";
import {
  boolean,
  date,
  fieldsOf,
  integer,
  isoDate,
  isoDateOrNull,
  key,
  longText,
  type Resource,
  text,
  textOrNull,
} from "./resource.ts";
import { existsText, flag, incidentErrorHashCode, tags, variables } from "./special-filters.ts";

const activeIncident = (table: string): string =>
  `exists (select 1 from incident i where i.root_key = ${table}.root_key and i.state = 'ACTIVE' and ${table}.key = any(i.path))`;
type Row = Readonly<Record<string, unknown>>;
const str = (row: Row, name: string): string => String(row[name]);

export const processInstances: Resource<ProcessInstanceItem> = {
  name: "process instances",
  from: "process_instance p join process_definition d on d.key = p.definition_key",
  key: { sql: "p.key", type: "key" },
  tenant: "p.tenant_id",
  members: { process: "d.process_id" },
  fields: fieldsOf({
    processInstanceKey: key("p.key"),
    processDefinitionKey: key("p.definition_key"),
    processDefinitionId: text("d.process_id"),
    processDefinitionName: text("d.name"),
    processDefinitionVersion: integer("d.version"),
    processDefinitionVersionTag: text("d.version_tag"),
    parentProcessInstanceKey: key("p.parent_key"),
    parentElementInstanceKey: key("p.parent_element_key"),
    rootProcessInstanceKey: key("p.root_key"),
    startDate: date("p.started_at"),
    endDate: date("p.ended_at"),
    state: text("p.state"),
    suspended: boolean("p.suspended"),
    hasIncident: boolean(activeIncident("p")),
    tenantId: text("p.tenant_id"),
    businessId: text("p.business_id"),
  }),
  special: new Map([
    ["variables", variables("v.root_key = p.root_key and v.instance_key = p.key")],
    ["tags", tags("p.tags")],
    [
      "elementId",
      existsText(
        "element_instance e where e.root_key = p.root_key and e.instance_key = p.key",
        "elementId",
        "e.element_id",
      ),
    ],
    [
      "elementInstanceState",
      existsText(
        "element_instance e where e.root_key = p.root_key and e.instance_key = p.key",
        "elementInstanceState",
        "e.state",
      ),
    ],
    ["hasElementInstanceIncident", flag("hasElementInstanceIncident", activeIncident("p"))],
    [
      "errorMessage",
      existsText(
        "incident i where i.root_key = p.root_key and i.state = 'ACTIVE' and p.key = any(i.path)",
        "errorMessage",
        "i.message",
      ),
    ],
    ["incidentErrorHashCode", incidentErrorHashCode],
    [
      "hasRetriesLeft",
      flag(
        "hasRetriesLeft",
        "exists (select 1 from job j where j.root_key = p.root_key and j.instance_key = p.key and j.state = 'FAILED' and j.retries > 0)",
      ),
    ],
    [
      "batchOperationKey",
      existsText("batch_operation_item b where b.instance_key = p.key", "batchOperationKey", "b.batch_key::text"),
    ],
    [
      "batchOperationId",
      existsText("batch_operation_item b where b.instance_key = p.key", "batchOperationId", "b.batch_key::text"),
    ],
  ]),
  columns: {
    root_key: "p.root_key",
    key: "p.key",
    definition_key: "p.definition_key",
    process_id: "d.process_id",
    name: "d.name",
    version: "d.version",
    version_tag: "d.version_tag",
    parent_key: "p.parent_key",
    parent_element_key: "p.parent_element_key",
    started_at: "p.started_at",
    ended_at: "p.ended_at",
    state: "p.state",
    suspended: "p.suspended",
    has_incident: activeIncident("p"),
    tenant_id: "p.tenant_id",
    tags: "p.tags",
    business_id: "p.business_id",
  },
  toItem: (row) => ({
    processDefinitionId: str(row, "process_id"),
    processDefinitionName: textOrNull(row.name),
    processDefinitionVersion: Number(row.version),
    processDefinitionVersionTag: textOrNull(row.version_tag),
    startDate: isoDate(row.started_at),
    endDate: isoDateOrNull(row.ended_at),
    state: row.state as ProcessInstanceItem["state"],
    suspended: row.suspended === true,
    hasIncident: row.has_incident === true,
    tenantId: str(row, "tenant_id"),
    processInstanceKey: str(row, "key"),
    processDefinitionKey: str(row, "definition_key"),
    parentProcessInstanceKey: textOrNull(row.parent_key),
    parentElementInstanceKey: textOrNull(row.parent_element_key),
    rootProcessInstanceKey: str(row, "root_key"),
    tags: row.tags as string[],
    businessId: textOrNull(row.business_id),
  }),
};

const elementIncident =
  "(select min(i.key) from incident i where i.root_key = e.root_key and i.state = 'ACTIVE' and i.element_key = e.key)";

export const elementInstances: Resource<ElementInstanceItem> = {
  name: "element instances",
  from: "all_element_instance e join process_definition d on d.key = e.definition_key left join process_element n on n.definition_key = e.definition_key and n.element_id = e.element_id",
  key: { sql: "e.key", type: "key" },
  tenant: "e.tenant_id",
  root: { sql: "e.root_key", fields: ["processInstanceKey", "elementInstanceKey", "elementInstanceScopeKey"] },
  members: { process: "d.process_id" },
  fields: fieldsOf({
    elementInstanceKey: key("e.key"),
    processInstanceKey: key("e.instance_key"),
    rootProcessInstanceKey: key("e.root_key"),
    processDefinitionKey: key("e.definition_key"),
    processDefinitionId: text("d.process_id"),
    startDate: date("e.started_at"),
    endDate: date("e.ended_at"),
    elementId: text("e.element_id"),
    elementName: text("coalesce(n.name, e.element_id)"),
    type: text("e.type"),
    state: text("e.state"),
    incidentKey: key(elementIncident),
    hasIncident: boolean(activeIncident("e")),
    tenantId: text("e.tenant_id"),
    elementInstanceScopeKey: key("e.scope_key"),
  }),
  columns: {
    root_key: "e.root_key",
    key: "e.key",
    instance_key: "e.instance_key",
    definition_key: "e.definition_key",
    process_id: "d.process_id",
    started_at: "e.started_at",
    ended_at: "e.ended_at",
    element_id: "e.element_id",
    element_name: "coalesce(n.name, e.element_id)",
    type: "e.type",
    state: "e.state",
    scope_key: "e.scope_key",
    incident_key: elementIncident,
    has_incident: activeIncident("e"),
    tenant_id: "e.tenant_id",
  },
  toItem: (row) => ({
    processDefinitionId: str(row, "process_id"),
    startDate: isoDate(row.started_at),
    endDate: isoDateOrNull(row.ended_at),
    elementId: str(row, "element_id"),
    elementName: str(row, "element_name"),
    type: str(row, "type"),
    state: row.state as ElementInstanceItem["state"],
    hasIncident: row.has_incident === true,
    tenantId: str(row, "tenant_id"),
    elementInstanceKey: str(row, "key"),
    processInstanceKey: str(row, "instance_key"),
    rootProcessInstanceKey: str(row, "root_key"),
    processDefinitionKey: str(row, "definition_key"),
    incidentKey: textOrNull(row.incident_key),
    elementInstanceScopeKey: textOrNull(row.scope_key),
  }),
};

const valueLengthMax = 8_191;

/** `truncate`: values are cut as REST v2 does in searches. */
export function variablesResource(truncate: boolean): Resource<VariableItem> {
  return {
    name: "variables",
    from: "variable v join process_instance p on p.root_key = v.root_key and p.key = v.instance_key join process_definition d on d.key = p.definition_key",
    key: { sql: "v.key", type: "key" },
    tenant: "v.tenant_id",
    root: { sql: "v.root_key", fields: ["processInstanceKey", "scopeKey"] },
    members: { process: "d.process_id" },
    fields: fieldsOf({
      variableKey: key("v.key"),
      name: text("v.name"),
      value: longText("v.value"),
      isTruncated: boolean(`(length(v.value) > ${valueLengthMax})`),
      tenantId: text("v.tenant_id"),
      scopeKey: key("v.scope_key"),
      processInstanceKey: key("v.instance_key"),
      rootProcessInstanceKey: key("v.root_key"),
    }),
    columns: {
      root_key: "v.root_key",
      key: "v.key",
      name: "v.name",
      value: truncate ? `left(v.value, ${valueLengthMax})` : "v.value",
      truncated: truncate ? `length(v.value) > ${valueLengthMax}` : "false",
      tenant_id: "v.tenant_id",
      scope_key: "v.scope_key",
      instance_key: "v.instance_key",
    },
    toItem: (row) => ({
      name: str(row, "name"),
      value: str(row, "value"),
      isTruncated: row.truncated === true,
      tenantId: str(row, "tenant_id"),
      variableKey: str(row, "key"),
      scopeKey: str(row, "scope_key"),
      processInstanceKey: str(row, "instance_key"),
      rootProcessInstanceKey: str(row, "root_key"),
    }),
  };
}
