/** /v2/cluster-variables: what every process may read, of the installation and of one tenant. */
import { z } from "zod";
import type { ClusterVariableId, JsonValue } from "../../engine/index.ts";
import { on } from "../auth/resource-permissions.ts";
import { type Operation, operation } from "../http/operation.ts";
import { enumFilter, tenantText, textFilter } from "../http/search.ts";
import { contextOf } from "./context.ts";
import { emptyReply, noContent, ok, okReply, searchOperation } from "./replies.ts";
import { truncateOption, truncateQuery } from "./variables.ts";

const group = "Cluster variable";
const scopes = ["GLOBAL", "TENANT"] as const;
const nameText = z.string().min(1).max(256);
const freeValue = z
  .unknown()
  .refine((value) => value !== undefined, { message: "Expected a value, but there is none" })
  .meta({ description: "Any JSON; in answers it is JSON text." }) as z.ZodType<JsonValue>;

const base = {
  name: z.string(),
  scope: z.enum(scopes),
  tenantId: z.string().nullable(),
  value: z.string().meta({ description: "JSON text: a string stands in its quotes." }),
};
const clusterVariable = z.object(base).meta({ id: "ClusterVariable" });
const clusterVariableItem = z.object({ ...base, isTruncated: z.boolean() }).meta({ id: "ClusterVariableItem" });

/** One alone is always whole. */
function whole<Item extends { readonly isTruncated: boolean }>({ isTruncated: _, ...variable }: Item): object {
  return variable;
}

/** The five calls of one scope; where the tenant comes from is all that differs. */
function callsOf<Params extends z.ZodRawShape>(
  word: "Global" | "Tenant",
  path: string,
  shape: Params,
  tenantIdOf: (params: Record<string, unknown>) => string | null,
): Operation[] {
  const ofScope = z.strictObject(shape);
  const ofOne = z.strictObject({ ...shape, name: nameText });
  const idOf = (params: unknown, name?: string): ClusterVariableId => {
    const given = params as Record<string, unknown>;
    return { tenantId: tenantIdOf(given), name: name ?? String(given.name) };
  };
  const what = word === "Global" ? "a variable of the installation" : "a variable of a tenant";
  return [
    operation({
      id: `create${word}ClusterVariable`,
      method: "post",
      path,
      group,
      summary: `Create ${what}`,
      access: "cluster:administer",
      grants: on("CLUSTER_VARIABLE", "CREATE", "body.name"),
      params: ofScope,
      body: { kind: "json", optional: false, schema: z.strictObject({ name: nameText, value: freeValue }) },
      replies: okReply(clusterVariable),
      handle: async ({ params, body, services, caller }) =>
        ok(
          whole(await services.engine.clusterVariables.create(idOf(params, body.name), body.value, contextOf(caller))),
        ),
    }),
    operation({
      id: `get${word}ClusterVariable`,
      method: "get",
      path: `${path}/{name}`,
      group,
      summary: `Get ${what}, whole`,
      access: "cluster:read",
      grants: on("CLUSTER_VARIABLE", "READ", "params.name"),
      params: ofOne,
      replies: okReply(clusterVariable),
      handle: async ({ params, services, caller }) =>
        ok(whole(await services.engine.clusterVariables.get(idOf(params), contextOf(caller)))),
    }),
    operation({
      id: `update${word}ClusterVariable`,
      method: "put",
      path: `${path}/{name}`,
      group,
      summary: `Replace the value of ${what}`,
      access: "cluster:administer",
      grants: on("CLUSTER_VARIABLE", "UPDATE", "params.name"),
      params: ofOne,
      body: { kind: "json", optional: false, schema: z.strictObject({ value: freeValue }) },
      replies: okReply(clusterVariable),
      handle: async ({ params, body, services, caller }) =>
        ok(whole(await services.engine.clusterVariables.update(idOf(params), body.value, contextOf(caller)))),
    }),
    operation({
      id: `delete${word}ClusterVariable`,
      method: "delete",
      path: `${path}/{name}`,
      group,
      summary: `Delete ${what}`,
      access: "cluster:administer",
      grants: on("CLUSTER_VARIABLE", "DELETE", "params.name"),
      params: ofOne,
      replies: emptyReply,
      async handle({ params, services, caller }) {
        await services.engine.clusterVariables.delete(idOf(params), contextOf(caller));
        return noContent;
      },
    }),
  ];
}

export const clusterVariableOperations: readonly Operation[] = [
  ...callsOf("Global", "/cluster-variables/global", {}, () => null),
  ...callsOf("Tenant", "/cluster-variables/tenants/{tenantId}", { tenantId: tenantText }, ({ tenantId }) =>
    String(tenantId),
  ),
  searchOperation({
    id: "searchClusterVariables",
    path: "/cluster-variables/search",
    group,
    summary: "Search variables of the installation and of the caller's tenants",
    access: "cluster:read",
    grants: on("CLUSTER_VARIABLE", "READ"),
    query: truncateQuery,
    filter: z.strictObject({
      name: textFilter.optional(),
      value: textFilter.optional(),
      scope: enumFilter(scopes).optional(),
      tenantId: textFilter.optional(),
      isTruncated: z.boolean().optional(),
    }),
    sorts: ["name", "value", "tenantId", "scope"],
    item: clusterVariableItem,
    run: (request, { engine, context, query }) =>
      engine.clusterVariables.search(request, context, truncateOption(query)),
  }),
];
