/** What is particular to each kind of activity: its job, script, decision, called process or user task form. */
import type { Binding, ProcessElement, UserTaskDefinition } from "../../core/process.ts";
import { staticExpression } from "../feel.ts";
import { describe, extension, extensions, flag, is, type ModdleElement, one, text, words } from "../moddle.ts";
import { type Compilation, feel, feelOrText, optionalFeelOrText } from "./context.ts";
import { compileMessage, type EventContext } from "./event-definition.ts";
import { compileHeaders, compileJob, compileListeners } from "./job.ts";

type ActivityParts = Partial<
  Pick<ProcessElement, "job" | "script" | "calledDecision" | "calledElement" | "userTask" | "eventDefinitions">
>;

export function compileActivity(context: EventContext, element: ModdleElement): ActivityParts {
  const job = compileJob(context, element);
  const jobPart = job === undefined ? {} : { job };
  if (is(element, "bpmn:UserTask", "bpmn:GlobalUserTask")) return { userTask: compileUserTask(context, element) };
  if (is(element, "bpmn:ScriptTask", "bpmn:GlobalScriptTask"))
    return { ...jobPart, ...compileScript(context, element) };
  if (is(element, "bpmn:BusinessRuleTask", "bpmn:GlobalBusinessRuleTask"))
    return { ...jobPart, ...compileDecision(context, element) };
  if (is(element, "bpmn:CallActivity")) return compileCall(context, element);
  if (is(element, "bpmn:ReceiveTask"))
    return { eventDefinitions: [compileMessage(context, element, messageOfTask(element))] };
  if (is(element, "bpmn:SendTask") && job === undefined)
    return { eventDefinitions: [compileMessage(context, element, messageOfTask(element))] };
  return jobPart;
}

/** The message of a send or receive task: its own reference, or what its operation takes in. */
export function messageOfTask(task: ModdleElement): ModdleElement | undefined {
  return one(task, "messageRef") ?? one(one(task, "operationRef"), "inMessageRef");
}

export function compileBinding(element: ModdleElement | undefined): Binding {
  const type = text(element, "bindingType");
  if (type === "deployment") return { type };
  return type === "versionTag" ? { type, tag: words(element, "versionTag") ?? "" } : { type: "latest" };
}

/** zeebe:script, or a FEEL script in plain BPMN (scriptFormat "feel"); other languages need a job. */
function compileScript(compilation: Compilation, element: ModdleElement): ActivityParts {
  const script = extension(element, "zeebe:Script");
  const resultVariable = words(script, "resultVariable");
  if (script !== undefined) {
    if (resultVariable === undefined) {
      compilation.problems.add(
        "error",
        "script-result",
        element,
        `Expected the script of ${describe(element)} to have a resultVariable, but it has none`,
      );
    }
    const expression = feel(compilation, element, text(script, "expression") ?? "", "expression");
    return { script: { expression, resultVariable: resultVariable ?? "result" } };
  }
  const format = text(element, "scriptFormat") ?? text(element, "scriptLanguage") ?? "";
  const body = words(element, "script");
  if (body === undefined || !/feel/i.test(format)) return {};
  return { script: { expression: feel(compilation, element, body, "script"), resultVariable: "result" } };
}

function compileDecision(compilation: Compilation, element: ModdleElement): ActivityParts {
  const called = extension(element, "zeebe:CalledDecision");
  const decisionId = words(called, "decisionId");
  if (called === undefined) return {};
  if (decisionId === undefined || words(called, "resultVariable") === undefined) {
    const message = `Expected the called decision of ${describe(element)} to have a decisionId and a resultVariable, but one is missing`;
    compilation.problems.add("error", "called-decision", element, message);
  }
  return {
    calledDecision: {
      decisionId: feelOrText(compilation, element, decisionId ?? "", "decisionId"),
      resultVariable: words(called, "resultVariable") ?? "result",
      binding: compileBinding(called),
    },
  };
}

/** zeebe:calledElement, or the standard attribute calledElement (a process or a global task). */
function compileCall(compilation: Compilation, element: ModdleElement): ActivityParts {
  const called = extension(element, "zeebe:CalledElement");
  const legacy = words(called, "processIdExpression");
  const processId =
    words(called, "processId") ??
    (legacy === undefined ? undefined : `=${legacy.replace(/^=/, "")}`) ??
    calledElementId(element);
  if (processId === undefined) {
    compilation.problems.add(
      "error",
      "called-element",
      element,
      `Expected ${describe(element)} to name the process that it calls, but it names none`,
    );
  }
  return {
    calledElement: {
      processId:
        processId === undefined ? staticExpression("") : feelOrText(compilation, element, processId, "processId"),
      propagateAllChildVariables: called === undefined || flag(called, "propagateAllChildVariables", true),
      propagateAllParentVariables: called === undefined || flag(called, "propagateAllParentVariables", true),
      binding: compileBinding(called),
    },
  };
}

/** The standard attribute is a qualified name: the prefix names the target namespace. */
export function calledElementId(element: ModdleElement): string | undefined {
  return words(element, "calledElement")?.replace(/^[^:]*:/, "");
}

/** zeebe:userTask and its neighbours; without zeebe:userTask the task is a job of type io.camunda.zeebe:userTask. */
function compileUserTask(compilation: Compilation, element: ModdleElement): UserTaskDefinition {
  const assignment = extension(element, "zeebe:AssignmentDefinition");
  const schedule = extension(element, "zeebe:TaskSchedule");
  const form = extension(element, "zeebe:FormDefinition");
  const optional = (owner: ModdleElement | undefined, name: string): object => {
    const expression = optionalFeelOrText(compilation, element, text(owner, name), name);
    return expression === undefined
      ? {}
      : { [name === "externalReference" ? "externalFormReference" : name]: expression };
  };
  const embeddedForm = embeddedFormOf(compilation, element, words(form, "formKey"));
  const priority = optionalFeelOrText(
    compilation,
    element,
    text(extension(element, "zeebe:PriorityDefinition"), "priority"),
    "priority",
  );
  checkPriority(compilation, element, priority?.source);
  return {
    native: extension(element, "zeebe:UserTask") !== undefined,
    headers: compileHeaders(extension(element, "zeebe:TaskHeaders")),
    ...optional(assignment, "assignee"),
    ...optional(assignment, "candidateGroups"),
    ...optional(assignment, "candidateUsers"),
    ...optional(schedule, "dueDate"),
    ...optional(schedule, "followUpDate"),
    ...(priority === undefined ? {} : { priority }),
    ...optional(form, "formId"),
    ...optional(form, "formKey"),
    ...optional(form, "externalReference"),
    formBinding: compileBinding(form),
    ...(embeddedForm === undefined ? {} : { embeddedForm }),
    listeners: compileListeners(compilation, element, "zeebe:TaskListeners"),
  };
}

function checkPriority(compilation: Compilation, element: ModdleElement, source: string | undefined): void {
  if (source === undefined || source.trim().startsWith("=")) return;
  const value = Number(source);
  if (Number.isInteger(value) && value >= 0 && value <= 100) return;
  compilation.problems.add(
    "error",
    "user-task-priority",
    element,
    `Expected the priority of ${describe(element)} to be a whole number from 0 to 100, but it is "${source.slice(0, 40)}"`,
  );
}

/** Embedded forms by process: id → body. */
const embeddedForms = new WeakMap<ModdleElement, ReadonlyMap<string, string>>();

/** formKey "camunda-forms:bpmn:ID" points at zeebe:userTaskForm with that id in the process. */
function embeddedFormOf(
  compilation: Compilation,
  element: ModdleElement,
  formKey: string | undefined,
): string | undefined {
  const id = /^camunda-forms:bpmn:(.{1,200})$/.exec(formKey ?? "")?.[1];
  if (id === undefined) return undefined;
  let scope = compilation.graph.scopeOf.get(element) ?? null;
  while (scope !== null && scope.parent !== null) scope = scope.parent;
  if (scope === null) return undefined;
  let forms = embeddedForms.get(scope.element);
  if (forms === undefined) {
    forms = new Map(
      extensions(scope.element, "zeebe:UserTaskForm").map((form) => [text(form, "id") ?? "", text(form, "body") ?? ""]),
    );
    embeddedForms.set(scope.element, forms);
  }
  return forms.get(id);
}
