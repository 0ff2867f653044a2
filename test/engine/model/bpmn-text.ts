/** Writes small BPMN files for tests: what a test does not say is left out. */
import { compileBpmn, lintBpmn, type Problem } from "../../../engine/model/index.ts";

const namespaces = [
  'xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"',
  'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"',
  'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"',
  'xmlns:interlock="urn:interlock:schema:1"',
].join(" ");

/** A file with these root elements. */
export function definitions(...roots: readonly string[]): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<definitions ${namespaces} id="file" targetNamespace="urn:test">\n${roots.join("\n")}\n</definitions>`;
}

/** An executable process around these flow elements, beside other root elements. */
export function process(body: string, ...roots: readonly string[]): string {
  return definitions(...roots, `<process id="p" isExecutable="true">${body}</process>`);
}

export const flow = (source: string, target: string, condition?: string): string => {
  const id = `${source}-${target}`;
  return condition === undefined
    ? `<sequenceFlow id="${id}" sourceRef="${source}" targetRef="${target}"/>`
    : `<sequenceFlow id="${id}" sourceRef="${source}" targetRef="${target}"><conditionExpression xsi:type="tFormalExpression">${condition}</conditionExpression></sequenceFlow>`;
};

/** start → middle → end, with these elements in between; `path` are their ids in order. */
export function between(elements: string, ...path: readonly string[]): string {
  const ids = ["start", ...path, "end"];
  const flows = ids.slice(1).map((id, at) => flow(ids[at] ?? "", id));
  return `<startEvent id="start"/>${elements}<endEvent id="end"/>${flows.join("")}`;
}

export const extensions = (content: string): string => `<extensionElements>${content}</extensionElements>`;

export const job = (id: string, inside = "", attributes = ""): string =>
  `<serviceTask id="${id}" ${attributes}>${extensions(`<zeebe:taskDefinition type="work"/>${inside}`)}</serviceTask>`;

/** The processes of a model that must compile. */
export async function compiled(xml: string, options: { nativeAgents?: boolean; strictZeebe?: boolean } = {}) {
  const { processes } = await compileBpmn(xml, { resourceName: "test.bpmn", ...options });
  return processes;
}

/** One element of the first process of a model that must compile. */
export async function element(xml: string, id: string, options: { nativeAgents?: boolean } = {}) {
  const [first] = await compiled(xml, options);
  const found = first?.elements.find((each) => each.id === id);
  if (found === undefined) throw new Error(`Expected the process to have the element ${id}, but it has not`);
  return found;
}

/** "rule element" of every problem of that severity. */
export async function findings(
  xml: string,
  severity: Problem["severity"] = "error",
  options: { nativeAgents?: boolean; strictZeebe?: boolean } = {},
): Promise<readonly string[]> {
  const problems = await lintBpmn(xml, options);
  return problems
    .filter((problem) => problem.severity === severity)
    .map((problem) => `${problem.ruleId} ${problem.elementId}`);
}
