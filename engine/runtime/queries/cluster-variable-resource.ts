/** Searchable resource of cluster variables. The empty tenant is the whole installation. */
import type { ClusterVariableItem } from "../contract/cluster-variables.ts";
import { boolean, fieldsOf, longText, type Resource, text } from "./resource.ts";

const valueLengthMax = 8_191;
const scope = "(case when c.tenant_id = '' then 'GLOBAL' else 'TENANT' end)";

export function clusterVariableResource(truncate: boolean): Resource<ClusterVariableItem> {
  return {
    name: "cluster variables",
    from: "cluster_variable c",
    key: { sql: "c.name", type: "text" },
    keyRest: [{ sql: "c.tenant_id", type: "text" }],
    tenant: "c.tenant_id",
    fields: fieldsOf({
      name: text("c.name"),
      value: longText("c.value"),
      scope: text(scope),
      tenantId: text("nullif(c.tenant_id, '')"),
      isTruncated: boolean(`(length(c.value) > ${valueLengthMax})`),
    }),
    columns: {
      name: "c.name",
      tenant_id: "c.tenant_id",
      value: truncate ? `left(c.value, ${valueLengthMax})` : "c.value",
      truncated: truncate ? `length(c.value) > ${valueLengthMax}` : "false",
    },
    toItem: (row) => ({
      name: String(row.name),
      scope: row.tenant_id === "" ? "GLOBAL" : "TENANT",
      tenantId: row.tenant_id === "" ? null : String(row.tenant_id),
      value: String(row.value),
      isTruncated: row.truncated === true,
    }),
  };
}
