/**
 * Every call of the engine, on something that is there: what it does for a caller whose scope names nothing. A call of
 * the contract that has no row here fails the test.
 */
import type { CallContext, Engine } from "../../../engine/index.ts";
import type { Department, World } from "./scope-world.ts";

type Call = (engine: Engine, of: Department, context: CallContext, world: World) => Promise<unknown>;

/** Without a caller: the process around the engine starts, stops and feeds it, or tells it what it has seen itself. */
export const callerless: readonly string[] = [
  "auditLog.prepare",
  "auditLog.record",
  "health",
  "registerWorker",
  "start",
  "state",
  "stop",
  // Ids only; whoever passes notices on filters them.
  "subscribe",
  "wallets.reserve",
  "wallets.settle",
];

const window = { from: "2020-01-01T00:00:00Z", to: "2100-01-01T00:00:00Z" };
const limits = { modelCallsMax: 1, tokensMax: 1, toolCallsMax: 1 };
const cancelAll = { type: "CANCEL_PROCESS_INSTANCE", filter: { state: "ACTIVE" } } as const;
const file = (content: string) => ({ name: "a.txt", content: new TextEncoder().encode(content) });

/** Refused as forbidden. */
export const refused: Readonly<Record<string, Call>> = {
  deploy: (engine, _of, context) => engine.deploy([file("a")], {}, context),
  checkResources: (engine, _of, context) => engine.checkResources([file("a")], "<default>", context),
  deleteResource: (engine, of, context) => engine.deleteResource(of.text, context),
  createInstance: (engine, of, context) => engine.createInstance({ processDefinitionKey: of.definition }, context),
  cancelInstance: (engine, of, context) => engine.cancelInstance(of.instance, context),
  modifyInstance: (engine, of, context) =>
    engine.modifyInstance(of.instance, { activate: [{ elementId: "work", variableInstructions: [] }] }, context),
  migrateInstance: (engine, of, context) =>
    engine.migrateInstance(of.instance, { targetProcessDefinitionKey: of.definition, mappings: [] }, context),
  suspendInstance: (engine, of, context) => engine.suspendInstance(of.instance, context),
  resumeInstance: (engine, of, context) => engine.resumeInstance(of.instance, context),
  deleteInstance: (engine, of, context) => engine.deleteInstance(of.ended, context),
  activateJobs: async (engine, _of, context) =>
    engine.activateJobs({ type: "work", timeoutMs: 1_000, maxJobsToActivate: 9, requestTimeoutMs: -1 }, context),
  completeJob: (engine, of, context) => engine.completeJob(of.job, {}, context),
  failJob: (engine, of, context) => engine.failJob(of.job, {}, context),
  throwJobError: (engine, of, context) => engine.throwJobError(of.job, { errorCode: "E" }, context),
  updateJob: (engine, of, context) => engine.updateJob(of.job, { retries: 9, timeoutMs: 9 }, context),
  publishMessage: (engine, _of, context) =>
    engine.publishMessage({ name: "payroll-come", correlationKey: "payroll" }, context),
  correlateMessage: (engine, _of, context) =>
    engine.correlateMessage({ name: "payroll-come", correlationKey: "payroll" }, context),
  broadcastSignal: (engine, _of, context) => engine.broadcastSignal({ signalName: "bell" }, context),
  assignUserTask: (engine, of, context) => engine.assignUserTask(of.userTask, { assignee: "eve" }, context),
  unassignUserTask: (engine, of, context) => engine.unassignUserTask(of.userTask, context),
  updateUserTask: (engine, of, context) => engine.updateUserTask(of.userTask, { priority: 1 }, context),
  completeUserTask: (engine, of, context) => engine.completeUserTask(of.userTask, {}, context),
  voteOnApproval: (engine, of, context) => engine.voteOnApproval(of.userTask, { verdict: "approve" }, context),
  setVariables: (engine, of, context) => engine.setVariables(of.element, { variables: { who: "eve" } }, context),
  resolveIncident: (engine, of, context) => engine.resolveIncident(of.incident, {}, context),
  resolveIncidentsOf: (engine, of, context) => engine.resolveIncidentsOf(of.instance, context),
  activateAdHocElements: (engine, of, context) =>
    engine.activateAdHocElements(of.adHoc, { elements: [{ elementId: "tool" }] }, context),
  changeAgentBudget: (engine, of, context) => engine.changeAgentBudget(of.adHoc, { modelCallsMax: 1 }, context),
  interruptAgent: (engine, of, context) => engine.interruptAgent(of.adHoc, { mode: "terminate", reason: "x" }, context),
  evaluateDecision: (engine, of, context) => engine.evaluateDecision({ decisionDefinitionKey: of.decision }, context),
  evaluateConditionals: (engine, _of, context) =>
    engine.evaluateConditionals({ variables: { again: "payroll" } }, context),
  evaluateExpression: (engine, _of, context) =>
    engine.evaluateExpression({ expression: "=camunda.vars.cluster.rate" }, context),
  suspendBatchOperation: (engine, of, context) => engine.suspendBatchOperation(of.batch, context),
  resumeBatchOperation: (engine, of, context) => engine.resumeBatchOperation(of.batch, context),
  cancelBatchOperation: (engine, of, context) => engine.cancelBatchOperation(of.batch, context),
  pinClock: (engine, _of, context) => engine.pinClock(0, context),
  deleteDecisionInstance: (engine, of, context) => engine.deleteDecisionInstance(of.evaluation, context),
  "clusterVariables.create": (engine, _of, context) =>
    engine.clusterVariables.create({ tenantId: null, name: "new" }, 1, context),
  "clusterVariables.update": (engine, _of, context) =>
    engine.clusterVariables.update({ tenantId: null, name: "rate" }, 2, context),
  "clusterVariables.delete": (engine, _of, context) =>
    engine.clusterVariables.delete({ tenantId: null, name: "rate" }, context),
  "clusterVariables.get": (engine, _of, context) =>
    engine.clusterVariables.get({ tenantId: null, name: "rate" }, context),
  "taskListeners.create": (engine, _of, context) =>
    engine.taskListeners.create({ id: "new", type: "listen", eventTypes: ["all"] }, context),
  "taskListeners.update": (engine, _of, context) => engine.taskListeners.update("listener", { retries: 9 }, context),
  "taskListeners.delete": (engine, _of, context) => engine.taskListeners.delete("listener", context),
  "taskListeners.get": (engine, _of, context) => engine.taskListeners.get("listener", context),
  "auditLog.get": (engine, _of, context, world) => engine.auditLog.get(world.auditLogKey, context),
  "auditLog.ofUserTask": (engine, of, context) => engine.auditLog.ofUserTask(of.userTask, {}, context),
  "wallets.ofInstance": (engine, of, context) => engine.wallets.ofInstance(of.instance, context),
  "wallets.ofTenant": (engine, _of, context) => engine.wallets.ofTenant("<default>", context),
  "wallets.changeInstance": (engine, of, context) => engine.wallets.changeInstance(of.instance, limits, context),
  "wallets.changeTenant": (engine, _of, context) => engine.wallets.changeTenant("<default>", limits, context),
  history: (engine, of, context) => engine.history(of.instance, {}, context),
  agentTrajectory: (engine, of, context) => engine.agentTrajectory(of.instance, context),
  replay: (engine, of, context) => engine.replay(of.instance, context),
  "trail.artifacts": (engine, of, context) => engine.trail.artifacts(of.instance, context),
  "trail.artifact": (engine, of, context) => engine.trail.artifact(of.instance, "sha256:0", context),
  "trail.reproduce": (engine, of, context) => engine.trail.reproduce(of.instance, "sha256:0", context),
  "trail.failures": (engine, of, context) => engine.trail.failures(of.instance, context),
  "trail.checkpoints": (engine, of, context) => engine.trail.checkpoints(of.instance, context),
  "trail.stateAt": (engine, of, context) => engine.trail.stateAt(of.instance, 1, context),
  "trail.sealed": (engine, of, context) => engine.trail.sealed(of.instance, context),
  "statistics.ofUsage": (engine, _of, context) => engine.statistics.ofUsage(window, context),
  "queries.getProcessDefinition": (engine, of, context) => engine.queries.getProcessDefinition(of.definition, context),
  "queries.getProcessDefinitionXml": (engine, of, context) =>
    engine.queries.getProcessDefinitionXml(of.definition, context),
  "queries.getStartForm": (engine, of, context) => engine.queries.getStartForm(of.definition, context),
  "queries.getProcessInstance": (engine, of, context) => engine.queries.getProcessInstance(of.instance, context),
  "queries.getCallHierarchy": (engine, of, context) => engine.queries.getCallHierarchy(of.instance, context),
  "queries.getSequenceFlows": (engine, of, context) => engine.queries.getSequenceFlows(of.instance, context),
  "queries.getElementStatistics": (engine, of, context) => engine.queries.getElementStatistics(of.instance, context),
  "queries.getDefinitionElementStatistics": (engine, of, context) =>
    engine.queries.getDefinitionElementStatistics(of.definition, {}, context),
  "queries.getElementInstance": (engine, of, context) => engine.queries.getElementInstance(of.element, context),
  "queries.getVariable": (engine, of, context) => engine.queries.getVariable(of.variable, context),
  "queries.getJob": (engine, of, context) => engine.queries.getJob(of.job, context),
  "queries.getUserTask": (engine, of, context) => engine.queries.getUserTask(of.userTask, context),
  "queries.getUserTaskForm": (engine, of, context) => engine.queries.getUserTaskForm(of.userTask, context),
  "queries.searchUserTaskVariables": (engine, of, context) =>
    engine.queries.searchUserTaskVariables(of.userTask, {}, context),
  "queries.searchUserTaskEffectiveVariables": (engine, of, context) =>
    engine.queries.searchUserTaskEffectiveVariables(of.userTask, {}, context),
  "queries.getIncident": (engine, of, context) => engine.queries.getIncident(of.incident, context),
  "queries.searchProcessInstanceIncidents": (engine, of, context) =>
    engine.queries.searchProcessInstanceIncidents(of.instance, {}, context),
  "queries.searchElementInstanceIncidents": (engine, of, context) =>
    engine.queries.searchElementInstanceIncidents(of.element, {}, context),
  "queries.getDecisionDefinition": (engine, of, context) => engine.queries.getDecisionDefinition(of.decision, context),
  "queries.getDecisionDefinitionXml": (engine, of, context) =>
    engine.queries.getDecisionDefinitionXml(of.decision, context),
  "queries.getDecisionRequirements": (engine, of, context) =>
    engine.queries.getDecisionRequirements(of.requirements, context),
  "queries.getDecisionRequirementsXml": (engine, of, context) =>
    engine.queries.getDecisionRequirementsXml(of.requirements, context),
  "queries.getDecisionInstance": (engine, of, context) =>
    engine.queries.getDecisionInstance(`${of.evaluation}-1`, context),
  "queries.getForm": (engine, of, context) => engine.queries.getForm(of.form, context),
  "queries.getResource": (engine, of, context) => engine.queries.getResource(of.file, context),
  "queries.getResourceContent": (engine, of, context) => engine.queries.getResourceContent(of.file, context),
  "queries.getBatchOperation": (engine, of, context) => engine.queries.getBatchOperation(of.batch, context),
};

/** Answered with nothing. */
export const empty: Readonly<Record<string, Call>> = {
  latestResources: (engine, _of, context) =>
    engine.latestResources(["payroll.txt", "payroll.bpmn"], "<default>", context),
  "clusterVariables.search": (engine, _of, context) => engine.clusterVariables.search({}, context),
  "taskListeners.search": (engine, _of, context) => engine.taskListeners.search({}, context),
  "auditLog.search": (engine, _of, context) => engine.auditLog.search({}, context),
  "statistics.ofJobs": (engine, _of, context) => engine.statistics.ofJobs(window, context),
  "statistics.ofJobTypes": (engine, _of, context) => engine.statistics.ofJobTypes(window, {}, context),
  "statistics.ofJobWorkers": (engine, _of, context) =>
    engine.statistics.ofJobWorkers({ ...window, jobType: "broken" }, {}, context),
  "statistics.ofJobIntervals": (engine, _of, context) =>
    engine.statistics.ofJobIntervals({ ...window, jobType: "broken" }, {}, context),
  "statistics.ofJobErrors": (engine, _of, context) =>
    engine.statistics.ofJobErrors({ ...window, jobType: "broken" }, {}, context),
  "statistics.ofIncidentErrors": (engine, _of, context) => engine.statistics.ofIncidentErrors(context),
  "statistics.ofIncidentDefinitions": async (engine, _of, context) => {
    const [error] = await engine.statistics.ofIncidentErrors({ actor: context.actor });
    return engine.statistics.ofIncidentDefinitions(error?.errorHashCode ?? 0, context);
  },
  "statistics.ofMessageSubscriptions": (engine, _of, context) =>
    engine.statistics.ofMessageSubscriptions({}, {}, context),
  "queries.getDefinitionStatistics": (engine, _of, context) => engine.queries.getDefinitionStatistics(context),
  "queries.searchProcessDefinitions": (engine, _of, context) => engine.queries.searchProcessDefinitions({}, context),
  "queries.searchProcessInstances": (engine, _of, context) => engine.queries.searchProcessInstances({}, context),
  "queries.searchElementInstances": (engine, _of, context) => engine.queries.searchElementInstances({}, context),
  "queries.searchVariables": (engine, _of, context) => engine.queries.searchVariables({}, context),
  "queries.searchJobs": (engine, _of, context) => engine.queries.searchJobs({}, context),
  "queries.searchUserTasks": (engine, _of, context) => engine.queries.searchUserTasks({}, context),
  "queries.searchIncidents": (engine, _of, context) => engine.queries.searchIncidents({}, context),
  "queries.searchDecisionDefinitions": (engine, _of, context) => engine.queries.searchDecisionDefinitions({}, context),
  "queries.searchDecisionRequirements": (engine, _of, context) =>
    engine.queries.searchDecisionRequirements({}, context),
  "queries.searchDecisionInstances": (engine, _of, context) => engine.queries.searchDecisionInstances({}, context),
  "queries.searchMessageSubscriptions": (engine, _of, context) =>
    engine.queries.searchMessageSubscriptions({}, context),
  "queries.searchCorrelatedMessages": (engine, _of, context) => engine.queries.searchCorrelatedMessages({}, context),
  "queries.searchMessages": (engine, _of, context) => engine.queries.searchMessages({}, context),
  "queries.searchForms": (engine, _of, context) => engine.queries.searchForms({}, context),
  "queries.searchResources": (engine, _of, context) => engine.queries.searchResources({}, context),
  "queries.searchBatchOperations": (engine, _of, context) => engine.queries.searchBatchOperations({}, context),
  "queries.searchBatchOperationItems": (engine, _of, context) => engine.queries.searchBatchOperationItems({}, context),
};

/** Does something, but to nothing of a process: the batch is there and has no items. */
export const without: Readonly<Record<string, Call>> = {
  startBatchOperation: (engine, _of, context) => engine.startBatchOperation(cancelAll, context),
};

/** Names of all methods of the contract, those of its parts with the part's name. */
export function methodsOf(engine: Engine): readonly string[] {
  return Object.entries(engine).flatMap(([name, value]) =>
    typeof value === "function"
      ? [name]
      : Object.entries(value as object).flatMap(([inner, method]) =>
          typeof method === "function" ? [`${name}.${inner}`] : [],
        ),
  );
}

/** A list, a page, a map or job metrics in which nothing stands. */
export function isNothing(answer: unknown): boolean {
  if (Array.isArray(answer)) return answer.length === 0;
  if (answer instanceof Map) return answer.size === 0;
  const { items, page, created, completed, failed } = answer as {
    readonly items?: readonly unknown[];
    readonly page?: { readonly totalItems: number };
  } & Record<"created" | "completed" | "failed", { readonly count: number } | undefined>;
  if (items !== undefined) return items.length === 0 && page?.totalItems === 0;
  return created?.count === 0 && completed?.count === 0 && failed?.count === 0;
}
