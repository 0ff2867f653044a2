/** /v2/variables: values are JSON text, long ones cut in searches and whole when asked for one. */
import { z } from "zod";
import { onProcess } from "../auth/resource-permissions.ts";
import { operation } from "../http/operation.ts";
import { keyFilter, keyText, tenantText, textFilter } from "../http/search.ts";
import { contextOf } from "./context.ts";
import { ok, okReply, searchOperation } from "./replies.ts";

const group = "Variable";

export const variableSorts = ["value", "name", "tenantId", "variableKey", "scopeKey", "processInstanceKey"] as const;

const base = {
  name: z.string(),
  value: z.string().meta({ description: "JSON text." }),
  tenantId: z.string(),
  variableKey: z.string(),
  scopeKey: z.string(),
  processInstanceKey: z.string(),
  rootProcessInstanceKey: z.string().nullable(),
};
export const variableItem = z.object({ ...base, isTruncated: z.boolean() }).meta({ id: "Variable" });

/** Query parameters are text. */
export const truncateQuery = z.strictObject({ truncateValues: z.enum(["true", "false"]).optional() });

export function truncateOption(query: z.output<typeof truncateQuery>): { readonly truncate: boolean } {
  return { truncate: query.truncateValues !== "false" };
}

export const variableOperations = [
  searchOperation({
    id: "searchVariables",
    path: "/variables/search",
    group,
    summary: "Search variables",
    access: "instance:read",
    grants: onProcess("READ_PROCESS_INSTANCE"),
    query: truncateQuery,
    filter: z.strictObject({
      name: textFilter.optional(),
      value: textFilter.optional(),
      tenantId: tenantText.optional(),
      isTruncated: z.boolean().optional(),
      variableKey: keyFilter.optional(),
      scopeKey: keyFilter.optional(),
      processInstanceKey: keyFilter.optional(),
      rootProcessInstanceKey: keyFilter.optional(),
    }),
    sorts: variableSorts,
    item: variableItem,
    run: (request, { engine, context, query }) =>
      engine.queries.searchVariables(request, context, truncateOption(query)),
  }),
  operation({
    id: "getVariable",
    method: "get",
    path: "/variables/{variableKey}",
    group,
    summary: "Get a variable with its whole value",
    access: "instance:read",
    grants: onProcess("READ_PROCESS_INSTANCE"),
    params: z.strictObject({ variableKey: keyText }),
    replies: okReply(z.object(base)),
    async handle({ params, services, caller }) {
      const { isTruncated: _, ...whole } = await services.engine.queries.getVariable(
        params.variableKey,
        contextOf(caller),
      );
      return ok(whole);
    },
  }),
];
