/** The engine's searches, put together from resources. */
import type { Database, Queryable } from "../../../store/index.ts";
import type { Key } from "../../core/json.ts";
import type { CallContext } from "../contract/context.ts";
import { EngineError } from "../contract/errors.ts";
import type * as Items from "../contract/items.ts";
import type { Queries } from "../contract/search.ts";
import { withoutScope, withProcess } from "../scope.ts";
import * as batch from "./batch-resources.ts";
import * as definition from "./definition-resources.ts";
import * as instance from "./instance-resources.ts";
import * as message from "./message-resources.ts";
import type { Resource } from "./resource.ts";
import { getOne, keyIs, search } from "./search.ts";
import { callHierarchy, definitionStatistics, elementStatistics, sequenceFlows } from "./summaries.ts";
import * as work from "./work-resources.ts";

type Get<Item> = (key: Key, context: CallContext) => Promise<Item>;

export function createQueries(database: Database): Queries {
  const get =
    <Item>(resource: Resource<Item>, what: string): Get<Item> =>
    (key, context) =>
      getOne(database, resource, keyIs(resource.key.sql, key), `${what} with the key ${shorten(key)}`, context);
  const find =
    <Item>(resource: Resource<Item>) =>
    (request: Parameters<typeof search>[2], context: CallContext) =>
      search(database, resource, request, context);

  const cutVariables = instance.variablesResource(true);
  const wholeVariables = instance.variablesResource(false);
  const variables = (options?: { readonly truncate?: boolean }): Resource<Items.VariableItem> =>
    options?.truncate === false ? wholeVariables : cutVariables;
  const getProcessInstance = get(instance.processInstances, "a process instance");
  const getUserTask = get(work.userTasks, "a user task");
  const getProcessDefinition = get(definition.processDefinitions, "a process definition");
  const getElementInstance = get(instance.elementInstances, "an element instance");

  const own = (context: CallContext): Queryable => database.forTenants(context.tenantIds);

  async function content(sql: string, key: Key, what: string, context: CallContext): Promise<Uint8Array> {
    const rows = await own(context).query<{ content: Uint8Array }>(sql, [key]);
    if (!rows[0]) throw new EngineError("notFound", `Expected ${what} with the key ${shorten(key)}, but there is none`);
    return rows[0].content;
  }
  const asText = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

  /** Keys of the scopes that a user task sees, innermost first. */
  async function scopesOf(task: Items.UserTaskItem, context: CallContext): Promise<readonly Key[]> {
    const rows = await own(context).query<{ key: Key }>(
      `with recursive scope(key, scope_key, depth) as (
         select key, scope_key, 0 from all_element_instance where root_key = $1 and key = $2
         union all select e.key, e.scope_key, s.depth + 1 from scope s join all_element_instance e on e.root_key = $1 and e.key = s.scope_key)
       select key from scope order by depth`,
      [task.rootProcessInstanceKey, task.elementInstanceKey],
    );
    return rows.map((row) => row.key);
  }

  async function formOf(
    reference: { formId?: string; schema?: string } | null,
    key: Key,
    tenantId: string,
    context: CallContext,
  ): Promise<Items.FormItem | null> {
    if (!reference) return null;
    if (reference.schema !== undefined)
      return { tenantId, formId: "", schema: reference.schema, version: 1, formKey: key };
    const rows = await own(context).query<{ key: Key }>(
      "select key from form where tenant_id = $1 and form_id = $2 and is_latest",
      [tenantId, reference.formId ?? ""],
    );
    return rows[0]
      ? getOne(database, definition.forms, keyIs("f.key", rows[0].key), "a form", withoutScope(context))
      : null;
  }

  return {
    searchProcessDefinitions: find(definition.processDefinitions),
    getProcessDefinition,
    async getProcessDefinitionXml(key, context) {
      await getProcessDefinition(key, context);
      return asText(
        await content(
          "select r.content from process_definition d join resource r on r.key = d.resource_key where d.key = $1",
          key,
          "a process definition",
          context,
        ),
      );
    },
    async getStartForm(key, context) {
      const item = await getProcessDefinition(key, context);
      const rows = await own(context).query<{ start_form: { formId?: string; schema?: string } | null }>(
        "select start_form from process_definition where key = $1",
        [key],
      );
      return formOf(rows[0]?.start_form ?? null, key, item.tenantId, context);
    },
    searchProcessInstances: find(instance.processInstances),
    getProcessInstance,
    async getCallHierarchy(key, context) {
      return callHierarchy(own(context), await getProcessInstance(key, context), context);
    },
    async getSequenceFlows(key, context) {
      return sequenceFlows(own(context), await getProcessInstance(key, context));
    },
    async getElementStatistics(key, context) {
      const { rootProcessInstanceKey } = await getProcessInstance(key, context);
      return elementStatistics(own(context), "e.root_key = $1 and e.instance_key = $2", [rootProcessInstanceKey, key]);
    },
    async getDefinitionElementStatistics(key, filter, context) {
      await getProcessDefinition(key, context);
      const matching = await search(
        database,
        instance.processInstances,
        { filter: { ...filter, processDefinitionKey: key } as object, page: { limit: 10_000 } },
        context,
      );
      return elementStatistics(
        own(context),
        "(e.root_key, e.instance_key) in (select * from unnest($1::bigint[], $2::bigint[]))",
        [
          matching.items.map((item) => item.rootProcessInstanceKey),
          matching.items.map((item) => item.processInstanceKey),
        ],
      );
    },
    getDefinitionStatistics: (context) => definitionStatistics(own(context), context),
    searchElementInstances: find(instance.elementInstances),
    getElementInstance,
    searchVariables: (request, context, options) => search(database, variables(options), request, context),
    getVariable: get(wholeVariables, "a variable"),
    searchJobs: find(work.jobs),
    getJob: get(work.jobs, "a job"),
    searchUserTasks: find(work.userTasks),
    getUserTask,
    async getUserTaskForm(key, context) {
      const task = await getUserTask(key, context);
      return task.formKey === null
        ? null
        : getOne(
            database,
            definition.forms,
            keyIs("f.key", task.formKey),
            `a form with the key ${task.formKey}`,
            withoutScope(context),
          );
    },
    async searchUserTaskVariables(key, request, context, options) {
      const task = await getUserTask(key, context);
      const scopes = await scopesOf(task, context);
      return search(database, variables(options), request, withProcess(context, task.processDefinitionId), (add) => [
        `v.root_key = ${add(task.rootProcessInstanceKey, "bigint")}`,
        `v.scope_key = any(${add(scopes, "bigint[]")})`,
      ]);
    },
    async searchUserTaskEffectiveVariables(key, request, context, options) {
      const task = await getUserTask(key, context);
      const scopes = await scopesOf(task, context);
      return search(database, variables(options), request, withProcess(context, task.processDefinitionId), (add) => {
        const root = add(task.rootProcessInstanceKey, "bigint");
        const list = add(scopes, "bigint[]");
        // Of each name the innermost: no scope further in has it.
        const inner = `select 1 from variable w where w.root_key = v.root_key and w.name = v.name and w.scope_key = any(${list}) and array_position(${list}, w.scope_key) < array_position(${list}, v.scope_key)`;
        return [`v.root_key = ${root}`, `v.scope_key = any(${list})`, `not exists (${inner})`];
      });
    },
    searchIncidents: find(work.incidents),
    getIncident: get(work.incidents, "an incident"),
    async searchProcessInstanceIncidents(key, request, context) {
      const { rootProcessInstanceKey } = await getProcessInstance(key, context);
      return search(database, work.incidents, request, context, (add) => [
        `i.root_key = ${add(rootProcessInstanceKey, "bigint")}`,
        `${add(key, "bigint")} = any(i.path)`,
      ]);
    },
    async searchElementInstanceIncidents(key, request, context) {
      const { rootProcessInstanceKey } = await getElementInstance(key, context);
      return search(database, work.incidents, request, context, (add) => [
        `i.root_key = ${add(rootProcessInstanceKey, "bigint")}`,
        `${add(key, "bigint")} = any(i.path)`,
      ]);
    },
    searchDecisionDefinitions: find(definition.decisionDefinitions),
    getDecisionDefinition: get(definition.decisionDefinitions, "a decision definition"),
    async getDecisionDefinitionXml(key, context) {
      const { decisionRequirementsKey } = await getOne(
        database,
        definition.decisionDefinitions,
        keyIs("d.key", key),
        `a decision definition with the key ${shorten(key)}`,
        context,
      );
      return asText(
        await content(
          "select r.content from decision_requirements d join resource r on r.key = d.resource_key where d.key = $1",
          decisionRequirementsKey,
          "decision requirements",
          context,
        ),
      );
    },
    searchDecisionRequirements: find(definition.decisionRequirements),
    getDecisionRequirements: get(definition.decisionRequirements, "decision requirements"),
    async getDecisionRequirementsXml(key, context) {
      await getOne(
        database,
        definition.decisionRequirements,
        keyIs("r.key", key),
        `decision requirements with the key ${shorten(key)}`,
        context,
      );
      return asText(
        await content(
          "select r.content from decision_requirements d join resource r on r.key = d.resource_key where d.key = $1",
          key,
          "decision requirements",
          context,
        ),
      );
    },
    searchDecisionInstances: find(definition.decisionInstances),
    getDecisionInstance(id, context) {
      const match = /^(\d{1,18})-(\d{1,6})$/.exec(id);
      return getOne(
        database,
        definition.decisionInstances,
        (add) =>
          match
            ? [`n.evaluation_key = ${add(match[1], "bigint")}`, `n.position = ${add(Number(match[2]), "integer")}`]
            : ["false"],
        `a decision instance with the key ${shorten(id)}`,
        context,
      );
    },
    searchMessageSubscriptions: find(message.messageSubscriptions),
    searchCorrelatedMessages: find(message.correlatedMessages),
    searchMessages: find(message.messages),
    searchForms: find(definition.forms),
    getForm: get(definition.forms, "a form"),
    searchResources: find(definition.resources),
    getResource: get(definition.resources, "a resource"),
    async getResourceContent(key, context) {
      await getOne(
        database,
        definition.resources,
        keyIs("r.key", key),
        `a resource with the key ${shorten(key)}`,
        context,
      );
      return content("select content from resource where key = $1", key, "a resource", context);
    },
    searchBatchOperations: find(batch.batchOperations),
    getBatchOperation: get(batch.batchOperations, "a batch operation"),
    searchBatchOperationItems: find(batch.batchOperationItems),
  };
}

function shorten(key: string): string {
  return key.slice(0, 40);
}
