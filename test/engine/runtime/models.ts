/** Small BPMN models for the runtime's tests, built from a few words. */

const head = `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:interlock="urn:interlock:schema:1" id="definitions" targetNamespace="urn:test">`;

export interface ModelOptions {
  /** Root elements beside the process: messages, signals, errors. */
  readonly root?: string;
  readonly name?: string;
}

export function model(processId: string, content: string, options: ModelOptions = {}): string {
  return `${head}${options.root ?? ""}<bpmn:process id="${processId}" name="${options.name ?? processId}" isExecutable="true">${content}</bpmn:process></bpmn:definitions>`;
}

/** Elements in a row, connected by sequence flows. */
export function sequence(...elements: readonly (readonly [id: string, xml: string])[]): string {
  const flows = elements
    .slice(1)
    .map(([id], index) => `<bpmn:sequenceFlow id="to_${id}" sourceRef="${elements[index]?.[0]}" targetRef="${id}" />`);
  return elements.map(([, xml]) => xml).join("") + flows.join("");
}

export const start = (id = "start", content = ""): readonly [string, string] => [
  id,
  `<bpmn:startEvent id="${id}">${content}</bpmn:startEvent>`,
];
export const end = (id = "end"): readonly [string, string] => [id, `<bpmn:endEvent id="${id}" />`];
export const serviceTask = (id: string, type = id, extra = "", retries = "3"): readonly [string, string] => [
  id,
  `<bpmn:serviceTask id="${id}" name="${id} task"><bpmn:extensionElements><zeebe:taskDefinition type="${type}" retries="${retries}" />${extra}</bpmn:extensionElements></bpmn:serviceTask>`,
];
export const userTask = (id: string, extra = ""): readonly [string, string] => [
  id,
  `<bpmn:userTask id="${id}" name="${id} task"><bpmn:extensionElements><zeebe:userTask />${extra}</bpmn:extensionElements></bpmn:userTask>`,
];
export const catchMessage = (id: string, message: string): readonly [string, string] => [
  id,
  `<bpmn:intermediateCatchEvent id="${id}"><bpmn:messageEventDefinition id="${id}_definition" messageRef="${message}" /></bpmn:intermediateCatchEvent>`,
];
export const catchTimer = (id: string, duration: string): readonly [string, string] => [
  id,
  `<bpmn:intermediateCatchEvent id="${id}"><bpmn:timerEventDefinition id="${id}_definition"><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">${duration}</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>`,
];
export const catchSignal = (id: string, signal: string): readonly [string, string] => [
  id,
  `<bpmn:intermediateCatchEvent id="${id}"><bpmn:signalEventDefinition id="${id}_definition" signalRef="${signal}" /></bpmn:intermediateCatchEvent>`,
];
export const message = (id: string, name: string, correlationKey?: string): string =>
  `<bpmn:message id="${id}" name="${name}">${correlationKey ? `<bpmn:extensionElements><zeebe:subscription correlationKey="${correlationKey}" /></bpmn:extensionElements>` : ""}</bpmn:message>`;
export const signal = (id: string, name: string): string => `<bpmn:signal id="${id}" name="${name}" />`;

/** start → A → gateway → B → end: the benchmark's process. */
export const twoTasks = model(
  "two_tasks",
  `<bpmn:startEvent id="start" /><bpmn:sequenceFlow id="f1" sourceRef="start" targetRef="A" />
   ${serviceTask("A")[1]}<bpmn:sequenceFlow id="f2" sourceRef="A" targetRef="choice" />
   <bpmn:exclusiveGateway id="choice" default="f4" />
   <bpmn:sequenceFlow id="f3" sourceRef="choice" targetRef="B"><bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">=amount &gt; 10</bpmn:conditionExpression></bpmn:sequenceFlow>
   <bpmn:sequenceFlow id="f4" sourceRef="choice" targetRef="end" />
   ${serviceTask("B")[1]}<bpmn:sequenceFlow id="f5" sourceRef="B" targetRef="end" /><bpmn:endEvent id="end" />`,
);
