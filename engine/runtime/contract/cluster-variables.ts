/** Variables of the installation and of its tenants. Camunda 8.9 REST, "Cluster Variable". */
import type { JsonValue } from "../../core/json.ts";
import type { CallContext } from "./context.ts";
import type { FieldFilter, SearchRequest, SearchResult } from "./filter.ts";

export interface ClusterVariableItem {
  readonly name: string;
  readonly scope: "GLOBAL" | "TENANT";
  /** Null: of the whole installation. */
  readonly tenantId: string | null;
  /** JSON text. */
  readonly value: string;
  readonly isTruncated: boolean;
}
export type ClusterVariableFilter = FieldFilter<ClusterVariableItem>;

/** Which one: a name, and null or the tenant that it belongs to. */
export interface ClusterVariableId {
  readonly tenantId: string | null;
  readonly name: string;
}

/** FEEL reads `camunda.vars.cluster.NAME`, `camunda.vars.tenant.NAME` and, tenant before cluster, `camunda.vars.env.NAME`. */
export interface ClusterVariables {
  /** @throws {EngineError} `conflict` when there is one of that name already. */
  create(id: ClusterVariableId, value: JsonValue, context: CallContext): Promise<ClusterVariableItem>;
  /** @throws {EngineError} `notFound` */
  update(id: ClusterVariableId, value: JsonValue, context: CallContext): Promise<ClusterVariableItem>;
  /** @throws {EngineError} `notFound` */
  delete(id: ClusterVariableId, context: CallContext): Promise<void>;
  get(id: ClusterVariableId, context: CallContext): Promise<ClusterVariableItem>;
  /** Values are cut at 8,191 characters unless `truncate` is false. */
  search(
    request: SearchRequest<ClusterVariableFilter, "name" | "value" | "tenantId" | "scope">,
    context: CallContext,
    options?: { readonly truncate?: boolean },
  ): Promise<SearchResult<ClusterVariableItem>>;
}
