/** /v2/process-definitions: what is deployed, its source, its start form, how its instances stand. */
import { z } from "zod";
import type { ProcessInstanceFilter } from "../../engine/index.ts";
import { onProcess } from "../auth/resource-permissions.ts";
import { operation } from "../http/operation.ts";
import { keyFilter, keyText, searchAnswer, sortList, tenantText, textFilter } from "../http/search.ts";
import { contextOf } from "./context.ts";
import { formItem } from "./forms.ts";
import { elementStatistics, instanceFilterFields } from "./process-instance-filter.ts";
import { noContent, ok, okReply, searchOperation } from "./replies.ts";
import { pageOf, slicePage } from "./slice-page.ts";

const group = "Process definition";
const params = z.strictObject({ processDefinitionKey: keyText });

export const processDefinitionItem = z
  .object({
    name: z.string().nullable(),
    resourceName: z.string(),
    version: z.int(),
    versionTag: z.string().nullable(),
    processDefinitionId: z.string(),
    tenantId: z.string(),
    processDefinitionKey: z.string(),
    hasStartForm: z.boolean(),
    state: z.enum(["ACTIVE", "DRAINING", "DELETED"]),
  })
  .meta({ id: "ProcessDefinition" });

const versionStatistics = z.object({
  processDefinitionId: z.string(),
  processDefinitionKey: z.string(),
  processDefinitionName: z.string().nullable(),
  tenantId: z.string(),
  processDefinitionVersion: z.int(),
  activeInstancesWithIncidentCount: z.int(),
  activeInstancesWithoutIncidentCount: z.int(),
});

const definitionStatistics = z.object({
  processDefinitionId: z.string(),
  tenantId: z.string(),
  latestProcessDefinitionName: z.string().nullable(),
  hasMultipleVersions: z.boolean(),
  activeInstancesWithIncidentCount: z.int(),
  activeInstancesWithoutIncidentCount: z.int(),
});

export const processDefinitionOperations = [
  searchOperation({
    id: "searchProcessDefinitions",
    path: "/process-definitions/search",
    group,
    summary: "Search process definitions",
    access: "definition:read",
    grants: onProcess("READ_PROCESS_DEFINITION"),
    filter: z.strictObject({
      name: textFilter.optional(),
      isLatestVersion: z.boolean().optional(),
      resourceName: z.string().optional(),
      version: z.int().optional(),
      versionTag: z.string().optional(),
      processDefinitionId: textFilter.optional(),
      tenantId: tenantText.optional(),
      processDefinitionKey: keyFilter.optional(),
      hasStartForm: z.boolean().optional(),
      state: z.enum(["ACTIVE", "DRAINING", "DELETED"]).optional(),
    }),
    sorts: ["processDefinitionKey", "name", "resourceName", "version", "versionTag", "processDefinitionId", "tenantId"],
    item: processDefinitionItem,
    run: (request, { engine, context }) => engine.queries.searchProcessDefinitions(request, context),
  }),
  operation({
    id: "getProcessDefinition",
    method: "get",
    path: "/process-definitions/{processDefinitionKey}",
    group,
    summary: "Get a process definition",
    access: "definition:read",
    grants: onProcess("READ_PROCESS_DEFINITION"),
    params,
    replies: okReply(processDefinitionItem),
    handle: async ({ params, services, caller }) =>
      ok(await services.engine.queries.getProcessDefinition(params.processDefinitionKey, contextOf(caller))),
  }),
  operation({
    id: "getProcessDefinitionXML",
    method: "get",
    path: "/process-definitions/{processDefinitionKey}/xml",
    group,
    summary: "Get the BPMN source of a process definition",
    access: "definition:read",
    grants: onProcess("READ_PROCESS_DEFINITION"),
    params,
    replies: { 200: { description: "BPMN 2.0 XML as deployed.", content: "text/xml" } },
    handle: async ({ params, services, caller }) => ({
      status: 200,
      type: "text/xml; charset=utf-8",
      content: await services.engine.queries.getProcessDefinitionXml(params.processDefinitionKey, contextOf(caller)),
    }),
  }),
  operation({
    id: "getStartProcessForm",
    method: "get",
    path: "/process-definitions/{processDefinitionKey}/form",
    group,
    summary: "Get the form of the start event",
    access: "definition:read",
    grants: onProcess("READ_PROCESS_DEFINITION"),
    params,
    replies: { ...okReply(formItem, "The form."), 204: { description: "The process has no start form." } },
    async handle({ params, services, caller }) {
      const form = await services.engine.queries.getStartForm(params.processDefinitionKey, contextOf(caller));
      return form === null ? noContent : ok(form);
    },
  }),
  operation({
    id: "getProcessDefinitionStatistics",
    method: "post",
    path: "/process-definitions/{processDefinitionKey}/statistics/element-instances",
    group,
    summary: "Count element instances per element over all instances of a definition",
    access: "instance:read",
    grants: onProcess("READ_PROCESS_INSTANCE"),
    params,
    body: {
      kind: "json",
      optional: true,
      schema: z.strictObject({
        filter: z
          .strictObject({
            ...instanceFilterFields,
            $or: z.array(z.strictObject(instanceFilterFields)).max(100).optional(),
          })
          .optional(),
      }),
    },
    replies: okReply(z.object({ items: z.array(elementStatistics) })),
    async handle({ params, body, services, caller }) {
      return ok({
        items: await services.engine.queries.getDefinitionElementStatistics(
          params.processDefinitionKey,
          (body.filter ?? {}) as ProcessInstanceFilter,
          contextOf(caller),
        ),
      });
    },
  }),
  operation({
    id: "getProcessDefinitionInstanceVersionStatistics",
    method: "post",
    path: "/process-definitions/statistics/process-instances-by-version",
    group,
    summary: "Count active instances per version of a process",
    access: "instance:read",
    grants: onProcess("READ_PROCESS_INSTANCE"),
    body: {
      kind: "json",
      optional: false,
      schema: z.strictObject({
        filter: z.strictObject({ processDefinitionId: z.string().min(1), tenantId: tenantText.optional() }),
        page: pageOf.optional(),
        sort: sortList([
          "processDefinitionId",
          "processDefinitionKey",
          "processDefinitionName",
          "processDefinitionVersion",
          "activeInstancesWithIncidentCount",
          "activeInstancesWithoutIncidentCount",
        ]).optional(),
      }),
    },
    replies: okReply(searchAnswer(versionStatistics)),
    async handle({ body, services, caller }) {
      const all = await services.engine.queries.getDefinitionStatistics(contextOf(caller));
      const { processDefinitionId, tenantId } = body.filter;
      return ok(
        slicePage(
          all.filter(
            (item) =>
              item.processDefinitionId === processDefinitionId &&
              (tenantId === undefined || item.tenantId === tenantId),
          ),
          body,
        ),
      );
    },
  }),
  operation({
    id: "getProcessDefinitionInstanceStatistics",
    method: "post",
    path: "/process-definitions/statistics/process-instances",
    group,
    summary: "Count active instances per process",
    access: "instance:read",
    grants: onProcess("READ_PROCESS_INSTANCE"),
    body: {
      kind: "json",
      optional: true,
      schema: z.strictObject({
        page: pageOf.optional(),
        sort: sortList([
          "processDefinitionId",
          "activeInstancesWithIncidentCount",
          "activeInstancesWithoutIncidentCount",
        ]).optional(),
      }),
    },
    replies: okReply(searchAnswer(definitionStatistics)),
    async handle({ body, services, caller }) {
      return ok(slicePage(perProcess(await services.engine.queries.getDefinitionStatistics(contextOf(caller))), body));
    },
  }),
];

type VersionStatistics = z.output<typeof versionStatistics>;

/** Sums the versions of each process; its name is that of the latest. */
function perProcess(versions: readonly VersionStatistics[]): z.output<typeof definitionStatistics>[] {
  const byProcess = new Map<string, VersionStatistics[]>();
  for (const version of versions) {
    const id = `${version.tenantId} ${version.processDefinitionId}`;
    byProcess.set(id, [...(byProcess.get(id) ?? []), version]);
  }
  return [...byProcess.values()].map((group) => {
    const latest = group.reduce((a, b) => (b.processDefinitionVersion > a.processDefinitionVersion ? b : a));
    return {
      processDefinitionId: latest.processDefinitionId,
      tenantId: latest.tenantId,
      latestProcessDefinitionName: latest.processDefinitionName,
      hasMultipleVersions: group.length > 1,
      activeInstancesWithIncidentCount: group.reduce((sum, item) => sum + item.activeInstancesWithIncidentCount, 0),
      activeInstancesWithoutIncidentCount: group.reduce(
        (sum, item) => sum + item.activeInstancesWithoutIncidentCount,
        0,
      ),
    };
  });
}
