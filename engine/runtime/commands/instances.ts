/** Calls about process instances and what is in them. */
import type { Command } from "../../core/command.ts";
import type { JsonObject, JsonValue, Key } from "../../core/json.ts";
import { admitJson, admitName, admitObject, tenantOf } from "../admit-input.ts";
import type { CreatedInstance, CreateInstanceInput } from "../contract/commands.ts";
import type { CallContext } from "../contract/context.ts";
import type { Engine } from "../contract/engine.ts";
import { EngineError } from "../contract/errors.ts";
import type { DefinitionEntry } from "../definitions.ts";
import type { Deps } from "../deps.ts";
import { type Located, locate, locateAggregate } from "../locate.ts";
import { recordDeed } from "../operator-record.ts";
import { assertNamed } from "../scope.ts";

const tagsMax = 10;
const elementIdLengthMax = 1024;

type InstanceCalls = Pick<
  Engine,
  | "createInstance"
  | "cancelInstance"
  | "modifyInstance"
  | "migrateInstance"
  | "suspendInstance"
  | "resumeInstance"
  | "deleteInstance"
  | "setVariables"
  | "resolveIncident"
  | "activateAdHocElements"
  | "changeAgentBudget"
  | "interruptAgent"
>;

export function instanceCalls(deps: Deps): InstanceCalls {
  const { database, intake, limits } = deps;

  async function onInstance(key: Key, context: CallContext, command: (located: Located) => Command): Promise<void> {
    const located = await locate(database, "processInstance", key, context);
    await intake.run(located.rootKey, located.tenantId, command(located), { actor: context.actor });
  }
  async function onElement(key: Key, context: CallContext, command: Command): Promise<void> {
    const located = await locate(database, "element", key, context);
    await intake.run(located.rootKey, located.tenantId, command, { actor: context.actor });
  }

  return {
    createInstance: (input, context) => createInstance(deps, input, context),
    cancelInstance: (processInstanceKey, context) =>
      onInstance(processInstanceKey, context, () => ({ type: "cancelInstance", processInstanceKey })),
    suspendInstance: (processInstanceKey, context) =>
      onInstance(processInstanceKey, context, () => ({ type: "suspendInstance", processInstanceKey })),
    resumeInstance: (processInstanceKey, context) =>
      onInstance(processInstanceKey, context, () => ({ type: "resumeInstance", processInstanceKey })),

    async modifyInstance(processInstanceKey, input, context) {
      const { activate = [], terminate = [], move = [] } = input;
      if (activate.length + terminate.length + move.length === 0)
        throw new EngineError("invalid", "Expected at least one instruction, but there is none");
      admitJson({ activate, terminate, move } as unknown as JsonValue, "instructions", limits.variablesBytesMax);
      await onInstance(processInstanceKey, context, () => ({
        type: "modifyInstance",
        processInstanceKey,
        activate,
        terminate,
        move,
      }));
    },

    async migrateInstance(processInstanceKey, input, context) {
      const target = await knownDefinition(deps, input.targetProcessDefinitionKey, context);
      await deps.catalog.definitions.load(target.key);
      await onInstance(processInstanceKey, context, ({ tenantId }) => {
        assertOfTenant(target, tenantId);
        return {
          type: "migrateInstance",
          processInstanceKey,
          targetDefinitionKey: target.key,
          mappings: input.mappings,
        };
      });
    },

    async deleteInstance(processInstanceKey, context) {
      const located = await locateAggregate(database, processInstanceKey, context);
      if (located.row.parent_key !== null)
        throw new EngineError(
          "invalidState",
          `Expected a root process instance, but ${processInstanceKey} was called by ${String(located.row.parent_key)}: delete its root`,
        );
      if (located.row.state === "ACTIVE")
        throw new EngineError(
          "invalidState",
          `Expected an ended process instance, but ${processInstanceKey} is running: cancel it first`,
        );
      await deleteEnded(deps, located.rootKey, located.tenantId, context);
    },

    async setVariables(elementInstanceKey, { variables, local = false }, context) {
      const admitted = admitObject(variables, "variables", limits.variablesBytesMax);
      await onElement(elementInstanceKey, context, {
        type: "setVariables",
        scopeKey: elementInstanceKey,
        variables: admitted,
        local,
      });
    },

    async resolveIncident(incidentKey, { retries }, context) {
      const located = await locate(database, "incident", incidentKey, context);
      await intake.run(
        located.rootKey,
        located.tenantId,
        { type: "resolveIncident", incidentKey, ...(retries === undefined ? {} : { retries }) },
        { actor: context.actor },
      );
    },

    async activateAdHocElements(adHocKey, input, context) {
      const elements = input.elements.map(({ elementId, variables }) => ({
        elementId: admitName(elementId, "an element id", { lengthMax: elementIdLengthMax }),
        variables: admitObject(variables, "variables", limits.variablesBytesMax),
      }));
      await onElement(adHocKey, context, {
        type: "activateAdHocElements",
        adHocKey,
        elements,
        cancelRemainingInstances: input.cancelRemainingInstances ?? false,
      });
    },

    changeAgentBudget: (elementInstanceKey, budget, context) =>
      onElement(elementInstanceKey, context, { type: "changeAgentBudget", elementInstanceKey, budget }),
    interruptAgent: async (elementInstanceKey, { mode, reason }, context) =>
      onElement(elementInstanceKey, context, {
        type: "interruptAgent",
        elementInstanceKey,
        mode,
        reason: admitName(reason, "a reason", { lengthMax: 4_000 }),
      }),
  };
}

/** @throws {EngineError} `notFound`; `forbidden` when it is out of the caller's scope. */
export async function knownDefinition(deps: Deps, key: Key, context: CallContext): Promise<DefinitionEntry> {
  const { definitions } = deps.catalog;
  if (!definitions.entry(key)) await definitions.refresh();
  const entry = definitions.entry(key);
  if (!entry || (context.tenantIds && !context.tenantIds.includes(entry.tenantId)))
    throw new EngineError(
      "notFound",
      `Expected a process definition with the key ${String(key).slice(0, 40)}, but there is none`,
    );
  assertNamed(context, "processIds", entry.processId);
  return entry;
}

/** An instance stays in its tenant, whatever else its operator may see. @throws {EngineError} `invalid` */
export function assertOfTenant(target: DefinitionEntry, tenantId: string): void {
  if (target.tenantId === tenantId) return;
  throw new EngineError(
    "invalid",
    `Expected a process definition of tenant "${tenantId}" as the instance is, but ${target.key} belongs to "${target.tenantId}"`,
  );
}

async function definitionFor(deps: Deps, input: CreateInstanceInput, context: CallContext): Promise<DefinitionEntry> {
  if (input.processDefinitionKey !== undefined) return knownDefinition(deps, input.processDefinitionKey, context);
  const { processDefinitionId, processDefinitionVersion } = input;
  if (processDefinitionId === undefined)
    throw new EngineError("invalid", "Expected a processDefinitionKey or a processDefinitionId, but got neither");
  const tenantId = tenantOf(input.tenantId, context);
  const version =
    processDefinitionVersion === undefined || processDefinitionVersion < 0 ? undefined : processDefinitionVersion;
  const { definitions } = deps.catalog;
  let entry = definitions.find(tenantId, processDefinitionId, version);
  if (!entry) {
    await definitions.refresh();
    entry = definitions.find(tenantId, processDefinitionId, version);
  }
  if (!entry) {
    const which = version === undefined ? "" : ` in version ${version}`;
    throw new EngineError(
      "notFound",
      `Expected a deployed process with the id '${processDefinitionId.slice(0, 200)}'${which}, but there is none`,
    );
  }
  assertNamed(context, "processIds", entry.processId);
  return entry;
}

/** How an instance that somebody waits for has ended. Variables: null when this node does not have them. */
export interface InstanceEnd {
  readonly state: "COMPLETED" | "TERMINATED";
  readonly variables: ReadonlyMap<string, JsonValue> | null;
}

function checkTags(tags: readonly string[]): readonly string[] {
  if (tags.length > tagsMax)
    throw new EngineError("invalid", `Expected at most ${tagsMax} tags, but got ${tags.length}`);
  return [...new Set(tags.map((tag) => admitName(tag, "a tag", { lengthMax: 100 })))];
}

async function createInstance(deps: Deps, input: CreateInstanceInput, context: CallContext): Promise<CreatedInstance> {
  const { limits, keys, intake, awaiting, database } = deps;
  const entry = await definitionFor(deps, input, context);
  const variables = admitObject(input.variables, "variables", limits.variablesBytesMax);
  const tags = checkTags(input.tags ?? []);
  const businessId =
    input.businessId === undefined || input.businessId === null
      ? null
      : admitName(input.businessId, "a business id", { lengthMax: 256 });
  if (!deps.catalog.definitions.compiled(entry.key)) await deps.catalog.definitions.load(entry.key);
  const shortage = keys.ensure();
  if (shortage) await shortage;
  const key = keys.next();
  const created = {
    processDefinitionId: entry.processId,
    processDefinitionVersion: entry.version,
    processDefinitionKey: entry.key,
    processInstanceKey: key,
    tenantId: entry.tenantId,
    tags,
    businessId,
  };
  const waiter = input.awaitCompletion ? awaiting.register<InstanceEnd>("instance", key) : null;
  try {
    await intake.create(
      {
        type: "createInstance",
        key,
        definitionKey: entry.key,
        variables,
        tags,
        businessId,
        ...(input.startInstructions?.length ? { startInstructions: input.startInstructions } : {}),
        ...(input.terminateAfter?.length ? { terminateAfter: input.terminateAfter } : {}),
      },
      entry.tenantId,
      { actor: context.actor },
    );
  } catch (error) {
    waiter?.cancel();
    throw error;
  }
  if (!waiter) return { ...created, variables: {} };
  const timeoutMs = Math.min(
    input.requestTimeoutMs && input.requestTimeoutMs > 0 ? input.requestTimeoutMs : limits.longPollMsDefault,
    limits.longPollMsMax,
  );
  const end = await waiter.wait(timeoutMs, async () => {
    const rows = await database.query<{ state: string }>(
      "select state from process_instance where key = $1 and state <> 'ACTIVE'",
      [key],
    );
    return rows[0] && ({ state: rows[0].state as InstanceEnd["state"], variables: null } satisfies InstanceEnd);
  });
  if (end === undefined)
    throw new EngineError(
      "timeout",
      `Expected process instance ${key} to end within ${timeoutMs} ms, but it is still running`,
    );
  if (end.state === "TERMINATED")
    throw new EngineError("notFound", `Expected process instance ${key} to complete, but it was terminated`);
  const { fetchVariables } = input;
  return {
    ...created,
    variables: end.variables ? chosen(end.variables, fetchVariables) : await rootVariables(deps, key, fetchVariables),
  };
}

function chosen(variables: ReadonlyMap<string, JsonValue>, names: readonly string[] | undefined): JsonObject {
  const wanted = names && names.length > 0 ? new Set(names) : null;
  return Object.fromEntries([...variables].filter(([name]) => !wanted || wanted.has(name)));
}

async function rootVariables(deps: Deps, key: Key, names: readonly string[] | undefined): Promise<JsonObject> {
  const rows = await deps.database.query<{ name: string; value: string }>(
    "select name, value from variable where root_key = $1 and scope_key = $1 and ($2::text[] is null or name = any($2)) order by name",
    [key, names && names.length > 0 ? names : null],
  );
  return Object.fromEntries(rows.map((row) => [row.name, JSON.parse(row.value) as JsonValue]));
}

const rootedTables = [
  "history",
  "instance_snapshot",
  "element_instance",
  "variable",
  "job",
  "user_task",
  "incident",
  "timer",
  "message_subscription",
  "message_correlation",
  "signal_subscription",
  "decision_instance",
  "process_instance",
];

/** Everything of an ended aggregate. What the decision plane has recorded of it stays: that record is not the engine's. */
export async function deleteEnded(deps: Deps, rootKey: Key, tenantId: string, context: CallContext): Promise<void> {
  await deps.keys.ensure();
  await deps.database.transaction(async (tx) => {
    await recordDeed(deps, tx, context, {
      command: "deleteInstance",
      operation: "DELETE",
      entityType: "PROCESS_INSTANCE",
      entityKey: rootKey,
      tenantId,
    });
    for (const table of rootedTables) await tx.query(`delete from ${table} where root_key = $1`, [rootKey]);
    for (const table of ["agent_usage", "agent_limit"])
      await tx.query(`delete from ${table} where scope = 'instance' and id = $1`, [rootKey]);
  });
}
