/** /governance/v1/forms: the deployed forms by their id, for those who edit them. /v2 reaches a form through its user only. */
import { z } from "zod";
import { onSingle } from "../auth/resource-permissions.ts";
import { type Operation, operation } from "../http/operation.ts";
import { keyText } from "../http/search.ts";
import { contextOf } from "../v2/context.ts";
import { formItem } from "../v2/forms.ts";
import { ok, okReply } from "../v2/replies.ts";

const versionsMax = 1000;

export const formOperations: readonly Operation[] = [
  operation({
    id: "searchForms",
    method: "get",
    path: "/forms",
    group: "Form",
    summary: "List deployed forms, all versions, newest first per form; without their schemas",
    access: "definition:read",
    grants: onSingle("RESOURCE", "READ"),
    query: z.strictObject({ formId: z.string().min(1).max(255).optional() }),
    replies: okReply(z.object({ items: z.array(formItem.omit({ schema: true }).meta({ id: "FormVersion" })) })),
    async handle({ query, services, caller }) {
      const { items } = await services.engine.queries.searchForms(
        {
          filter: query.formId === undefined ? {} : { formId: query.formId },
          sort: [
            { field: "formId", order: "ASC" },
            { field: "version", order: "DESC" },
          ],
          page: { limit: versionsMax },
        },
        contextOf(caller),
      );
      return ok({ items: items.map(({ schema: _schema, ...form }) => form) });
    },
  }),
  operation({
    id: "getForm",
    method: "get",
    path: "/forms/{formKey}",
    group: "Form",
    summary: "Get a version of a form with its schema",
    access: "definition:read",
    grants: onSingle("RESOURCE", "READ"),
    params: z.strictObject({ formKey: keyText }),
    replies: okReply(formItem),
    handle: async ({ params, services, caller }) =>
      ok(await services.engine.queries.getForm(params.formKey, contextOf(caller))),
  }),
];
