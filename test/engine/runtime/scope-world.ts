/** Two departments with the same things each, and a process that only one of them calls: for tests of `CallContext.scope`. */
import type { CallContext, CallScope, Engine } from "../../../engine/index.ts";
import { decision, definitions, literal } from "../../decisions/dmn/dmn-xml.ts";
import { deploy, eventually, operator } from "./harness.ts";
import { end, message, model, sequence, serviceTask, signal, start, userTask } from "./models.ts";

export const alice: CallContext = { actor: { id: "alice", type: "human" }, tenantIds: ["<default>"] };

export function scoped(scope: Omit<CallScope, "permission">, permission = "READ"): CallContext {
  return { ...alice, scope: { permission, ...scope } };
}

/** What is there of one department; keys. */
export interface Department {
  readonly definition: string;
  readonly instance: string;
  /** Ended. */
  readonly ended: string;
  readonly userTask: string;
  readonly element: string;
  readonly adHoc: string;
  readonly job: string;
  readonly incident: string;
  readonly variable: string;
  readonly decision: string;
  readonly requirements: string;
  readonly evaluation: string;
  readonly form: string;
  readonly text: string;
  readonly file: string;
  readonly buffered: string;
  readonly batch: string;
}
export interface World {
  readonly payroll: Department;
  readonly holiday: Department;
  /** The instance of `bonus` that payroll's has called, and its user task. */
  readonly bonus: { readonly instance: string; readonly userTask: string; readonly definition: string };
  readonly auditLogKey: string;
}

export const formOf = (id: string): string => JSON.stringify({ id: `${id}-form`, components: [] });
export const rulesOf = (id: string, decisionId = `${id}-grade`): string =>
  definitions(decision(decisionId, literal('"good"'))).replace(
    'id="model" name="Model"',
    `id="${id}-rules" name="${id} rules"`,
  );

const waiting: readonly (readonly [string, string])[] = [
  userTask(
    "review",
    '<zeebe:assignmentDefinition assignee="=boss" candidateUsers="=[&#34;carl-&#34; + who]" candidateGroups="=[&#34;group-&#34; + who]" /><zeebe:formDefinition formId="=who + &#34;-form&#34;" />',
  ),
  serviceTask("work", "work"),
  serviceTask("broken", "broken", "", "1"),
  [
    "wait",
    '<bpmn:intermediateCatchEvent id="wait"><bpmn:messageEventDefinition id="wait_definition" messageRef="come" /></bpmn:intermediateCatchEvent>',
  ],
  ["tools", '<bpmn:adHocSubProcess id="tools"><bpmn:task id="tool" /></bpmn:adHocSubProcess>'],
];
const call: readonly [string, string] = [
  "call",
  '<bpmn:callActivity id="call"><bpmn:extensionElements><zeebe:calledElement processId="bonus" /></bpmn:extensionElements></bpmn:callActivity>',
];

/** Alice has the review of payroll. */
export const variablesOf = (id: string) => ({ who: id, boss: id === "payroll" ? "alice" : null });

/** grade, then everything that can be waited for at once. */
export function processOf(id: string): string {
  const branches = id === "payroll" ? [...waiting, call] : waiting;
  const fork: readonly [string, string] = ["fork", '<bpmn:parallelGateway id="fork" />'];
  const grade: readonly [string, string] = [
    "grade",
    `<bpmn:businessRuleTask id="grade"><bpmn:extensionElements><zeebe:calledDecision decisionId="${id}-grade" resultVariable="grade" /></bpmn:extensionElements></bpmn:businessRuleTask>`,
  ];
  const flows = branches.map(
    ([to]) =>
      `<bpmn:sequenceFlow id="fork_${to}" sourceRef="fork" targetRef="${to}" /><bpmn:sequenceFlow id="after_${to}" sourceRef="${to}" targetRef="end" />`,
  );
  return model(
    id,
    sequence(start(), grade, fork) +
      branches.map(([, xml]) => xml).join("") +
      flows.join("") +
      end()[1] +
      conditionalStart(id),
    { root: message("come", `${id}-come`, "=who") + signal("bell", "bell"), name: `Process of ${id}` },
  );
}
function conditionalStart(id: string): string {
  return `<bpmn:startEvent id="when"><bpmn:conditionalEventDefinition><bpmn:condition xsi:type="bpmn:tFormalExpression">=again = "${id}"</bpmn:condition></bpmn:conditionalEventDefinition></bpmn:startEvent><bpmn:endEvent id="done" /><bpmn:sequenceFlow id="to_done" sourceRef="when" targetRef="done" />`;
}

export async function buildWorld(engine: Engine): Promise<World> {
  await deploy(engine, ["bonus.bpmn", model("bonus", sequence(start(), userTask("sign"), end()), { name: "Bonus" })]);
  const payroll = await departmentOf(engine, "payroll");
  const holiday = await departmentOf(engine, "holiday");
  await engine.clusterVariables.create({ tenantId: null, name: "rate" }, 1, operator);
  await engine.taskListeners.create({ id: "listener", type: "listen", eventTypes: ["updating"] }, operator);
  const { items } = await engine.queries.searchUserTasks({ filter: { elementId: "sign", state: "CREATED" } }, operator);
  const [sign] = items;
  const audit = await engine.auditLog.search({ filter: { processInstanceKey: payroll.instance } }, operator);
  return {
    payroll,
    holiday,
    bonus: {
      instance: sign?.processInstanceKey ?? "",
      userTask: sign?.userTaskKey ?? "",
      definition: sign?.processDefinitionKey ?? "",
    },
    auditLogKey: audit.items[0]?.auditLogKey ?? "",
  };
}

async function departmentOf(engine: Engine, id: string): Promise<Department> {
  const { deployments } = await deploy(
    engine,
    [`${id}.bpmn`, processOf(id)],
    [`${id}.dmn`, rulesOf(id)],
    [`${id}.form`, formOf(id)],
    [`${id}.txt`, `Text of ${id}`],
  );
  const found = <Item>(pick: (item: (typeof deployments)[number]) => Item | null): Item =>
    deployments.flatMap((item) => pick(item) ?? [])[0]!;
  const create = () => engine.createInstance({ processDefinitionId: id, variables: variablesOf(id) }, operator);
  const ended = (await create()).processInstanceKey;
  await engine.correlateMessage({ name: `${id}-come`, correlationKey: id }, operator);
  const { batchOperationKey: batch } = await engine.startBatchOperation(
    { type: "CANCEL_PROCESS_INSTANCE", filter: { processInstanceKey: ended } },
    operator,
  );
  await eventually("the first instance to end", async () => {
    const instance = await engine.queries.getProcessInstance(ended, operator);
    return instance.state !== "ACTIVE";
  });
  const instance = (await create()).processInstanceKey;
  const [job] = await engine.activateJobs(
    { type: "broken", worker: "wally", timeoutMs: 60_000, maxJobsToActivate: 1 },
    operator,
  );
  await engine.failJob(job?.jobKey ?? "", { retries: 0, errorMessage: `broken in ${id}` }, operator);
  const evaluated = await engine.evaluateDecision({ decisionDefinitionId: `${id}-grade` }, operator);
  const { messageKey } = await engine.publishMessage(
    { name: `${id}-come`, correlationKey: "nobody", timeToLiveMs: 600_000 },
    operator,
  );
  const of = { filter: { processInstanceKey: instance } };
  const { queries } = engine;
  const [review] = (await queries.searchUserTasks(of, operator)).items;
  const [work] = (await queries.searchJobs({ filter: { ...of.filter, type: "work" } }, operator)).items;
  const [incident] = (await queries.searchIncidents(of, operator)).items;
  const [variable] = (await queries.searchVariables({ filter: { ...of.filter, name: "who" } }, operator)).items;
  const [tools] = (await queries.searchElementInstances({ filter: { ...of.filter, elementId: "tools" } }, operator))
    .items;
  const [file] = (await queries.searchResources({ filter: { resourceName: `${id}.bpmn` } }, operator)).items;
  return {
    definition: found((item) => item.processDefinition).processDefinitionKey,
    instance,
    ended,
    userTask: review?.userTaskKey ?? "",
    element: review?.elementInstanceKey ?? "",
    adHoc: tools?.elementInstanceKey ?? "",
    job: work?.jobKey ?? "",
    incident: incident?.incidentKey ?? "",
    variable: variable?.variableKey ?? "",
    decision: found((item) => item.decisionDefinition).decisionDefinitionKey,
    requirements: found((item) => item.decisionRequirements).decisionRequirementsKey,
    evaluation: evaluated.decisionEvaluationKey,
    form: found((item) => item.form).formKey,
    text: found((item) => item.resource).resourceKey,
    file: file?.resourceKey ?? "",
    buffered: messageKey,
    batch,
  };
}
