/**
 * The matrix of executable BPMN: each row of rows.json is a test titled `matrix | section | element` that compiles a
 * small model, runs it in the core and looks at what happened. Here: how a row writes its model and runs it.
 */
import { compileBpmn, deployed } from "../../../engine/model/index.ts";
import { type Driver, drive, type Given } from "../instance-driver.ts";
import { flow, process } from "../model/bpmn-text.ts";

/** What the events of the models refer to; all messages correlate on the text "k". */
export const roots = [
  `<message id="m" name="news"><extensionElements><zeebe:subscription correlationKey="=&quot;k&quot;"/></extensionElements></message>`,
  `<message id="m2" name="more"><extensionElements><zeebe:subscription correlationKey="=&quot;k&quot;"/></extensionElements></message>`,
  `<signal id="s" name="alarm"/><signal id="s2" name="calm"/>`,
  `<error id="e" errorCode="E"/><error id="e2" errorCode="E2"/>`,
  `<escalation id="x" escalationCode="X"/><escalation id="x2" escalationCode="X2"/>`,
].join("");

export const messageEvent = (message = "m"): string => `<messageEventDefinition messageRef="${message}"/>`;
export const signalEvent = (signal = "s"): string => `<signalEventDefinition signalRef="${signal}"/>`;
export const errorEvent = (error = "e"): string => `<errorEventDefinition errorRef="${error}"/>`;
export const escalationEvent = (escalation = "x"): string =>
  `<escalationEventDefinition escalationRef="${escalation}"/>`;
export const conditionalEvent = (condition: string): string =>
  `<conditionalEventDefinition><condition xsi:type="tFormalExpression">=${condition}</condition></conditionalEventDefinition>`;
export const timerEvent = (kind: "timeDate" | "timeDuration" | "timeCycle", text: string): string =>
  `<timerEventDefinition><${kind} xsi:type="tFormalExpression">${text}</${kind}></timerEventDefinition>`;
export const compensationEvent = (activity?: string, wait = true): string =>
  `<compensateEventDefinition waitForCompletion="${wait}"${activity === undefined ? "" : ` activityRef="${activity}"`}/>`;
export const linkEvent = (name: string): string => `<linkEventDefinition name="${name}"/>`;

export const event = (
  tag: "startEvent" | "intermediateCatchEvent" | "intermediateThrowEvent" | "endEvent",
  id: string,
  definitions = "",
  attributes = "",
): string => `<${tag} id="${id}" ${attributes}>${definitions}</${tag}>`;
export const boundary = (id: string, host: string, definitions: string, attributes = ""): string =>
  `<boundaryEvent id="${id}" attachedToRef="${host}" ${attributes}>${definitions}</boundaryEvent>`;

export const service = (id: string, inside = "", attributes = ""): string =>
  `<serviceTask id="${id}" ${attributes}><extensionElements><zeebe:taskDefinition type="${id}"/></extensionElements>${inside}</serviceTask>`;

/** Sequence flows along these ids. */
export const path = (...ids: readonly string[]): string =>
  ids
    .slice(1)
    .map((id, at) => flow(ids[at]!, id))
    .join("");

export const start = '<startEvent id="start"/>';
export const end = (id = "end"): string => `<endEvent id="${id}"/>`;

/** A boundary event, or whatever stands outside the normal flow, that leads to a job named `handle`. */
export const handledBy = (id: string): string => service("handle") + end("handled") + path(id, "handle", "handled");

/** Compiles a model and creates an instance of its first process; the others can be called. */
export async function run(xml: string, given: Given = {}): Promise<Driver> {
  const { processes } = await compileBpmn(xml, { resourceName: "row.bpmn" });
  return drive(
    processes.map((each, at) =>
      deployed(each, { key: String(100 + at), version: 1, deploymentKey: "99", tenantId: "<default>" }),
    ),
    given,
  );
}

/** Runs a process around these flow elements. */
export function runProcess(body: string, given: Given = {}): Promise<Driver> {
  return run(process(body, roots), given);
}

/** `type elementId` of the log, in the order of what happened: +activated, -completed, xterminated. */
export function story(driver: Driver): readonly string[] {
  const ids = new Map<string, string>();
  return driver.events.flatMap((each) => {
    if (each.type === "elementActivated") {
      ids.set(each.key, each.elementId);
      return [`+${each.elementId}`];
    }
    if (each.type === "elementCompleted") return [`-${ids.get(each.key)}`];
    return each.type === "elementTerminated" ? [`x${ids.get(each.key)}`] : [];
  });
}
