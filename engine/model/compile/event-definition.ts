/** Event definitions: BPMN 2.0.2 §10.5.5. References to shared definitions (eventDefinitionRef) are resolved by the graph. */
import type { EventDefinition, Expression } from "../../core/process.ts";
import { staticExpression } from "../feel.ts";
import { describe, extension, flag, idOf, is, type ModdleElement, many, one, text, words } from "../moddle.ts";
import { kindOfDefinition } from "../model-graph.ts";
import { type Compilation, conditionExpression, feelOrText, optionalFeelOrText } from "./context.ts";
import { standardCorrelationKey } from "./correlation.ts";
import { isIsoDate, isIsoDuration, isTimeCycle } from "./iso-time.ts";
import { compileJob } from "./job.ts";

export interface EventContext extends Compilation {
  /** Index of an activity of the same process; undefined when it is not there. */
  indexOf(element: ModdleElement): number | undefined;
}

/** Compiles all definitions of an event, in document order; definitions that do not compile are reported and left out. */
export function compileEventDefinitions(context: EventContext, event: ModdleElement): readonly EventDefinition[] {
  return context.graph
    .eventDefinitions(event)
    .flatMap((definition) => compileEventDefinition(context, event, definition) ?? []);
}

export function compileEventDefinition(
  context: EventContext,
  event: ModdleElement,
  definition: ModdleElement,
): EventDefinition | undefined {
  switch (kindOfDefinition(definition)) {
    case "message":
      return compileMessage(context, event, one(definition, "messageRef"));
    case "timer":
      return compileTimer(context, event, definition);
    case "signal":
      return { type: "signal", name: nameOf(context, event, one(definition, "signalRef")) };
    case "error":
      return compileError(context, event, definition);
    case "escalation": {
      const escalation = one(definition, "escalationRef");
      return {
        type: "escalation",
        code: optionalFeelOrText(context, event, text(escalation, "escalationCode"), "escalationCode") ?? null,
      };
    }
    case "conditional":
      return compileConditional(context, event, definition);
    case "compensation":
      return compileCompensation(context, event, definition);
    case "link":
      return { type: "link", name: linkName(definition) };
    case "cancel":
      return { type: "cancel" };
    case "terminate":
      return { type: "terminate" };
    default:
      return undefined;
  }
}

/**
 * A message definition, or a send or receive task seen as one. Catching: the correlation key comes from
 * zeebe:subscription on the message. Throwing: a zeebe:taskDefinition makes a job; without one the engine publishes
 * the message itself, with the key of interlock:publication or, failing that, of the message's subscription or of BPMN's own correlation.
 */
export function compileMessage(
  context: EventContext,
  event: ModdleElement,
  message: ModdleElement | undefined,
): EventDefinition {
  const subscription = extension(message, "zeebe:Subscription");
  const publication = extension(event, "interlock:Publication");
  const keySource =
    words(publication, "correlationKey") ??
    words(subscription, "correlationKey") ??
    standardCorrelationKey(context.graph, event, message);
  const correlationKey = keySource === undefined ? undefined : feelOrText(context, event, keySource, "correlationKey");
  const timeToLive = optionalFeelOrText(context, event, text(publication, "timeToLive"), "timeToLive");
  const messageId = optionalFeelOrText(context, event, text(publication, "messageId"), "messageId");
  const task = is(event, "bpmn:ThrowEvent") ? compileJob(context, event) : undefined;
  const messageFlow = context.graph.hasMessageFlow(event);
  return {
    type: "message",
    name: nameOf(context, event, message),
    ...(correlationKey === undefined ? {} : { correlationKey }),
    ...(timeToLive === undefined ? {} : { timeToLive }),
    ...(messageId === undefined ? {} : { messageId }),
    ...(task === undefined ? {} : { task }),
    ...(messageFlow ? { messageFlow } : {}),
  };
}

/**
 * Links pair by name; a throwing link may name its target element instead, then both go by the target's name or id
 * (BPMN 2.0.2 table 10.98).
 */
export function linkName(definition: ModdleElement): string {
  const target = one(definition, "target");
  if (target !== undefined) return words(target, "name") ?? idOf(target);
  return words(definition, "name") ?? (many(definition, "source").length > 0 ? idOf(definition) : "");
}

function nameOf(context: Compilation, event: ModdleElement, named: ModdleElement | undefined): Expression {
  return optionalFeelOrText(context, event, text(named, "name"), "name") ?? staticExpression("");
}

function compileTimer(
  context: Compilation,
  event: ModdleElement,
  definition: ModdleElement,
): EventDefinition | undefined {
  const kinds = [
    { attribute: "timeDate", kind: "date", valid: isIsoDate, form: "an ISO 8601 date and time" },
    { attribute: "timeDuration", kind: "duration", valid: isIsoDuration, form: "an ISO 8601 duration such as PT15M" },
    {
      attribute: "timeCycle",
      kind: "cycle",
      valid: isTimeCycle,
      form: "an ISO 8601 repetition such as R3/PT10S, or cron with six fields",
    },
  ] as const;
  const given = kinds.flatMap((each) => {
    const element = one(definition, each.attribute);
    return element === undefined ? [] : [{ ...each, body: text(element, "body")?.trim() ?? "" }];
  });
  const [timer, second] = given;
  if (timer === undefined || second !== undefined) {
    const found = given.length === 0 ? "it has none" : "it has several";
    const message = `Expected the timer of ${describe(event)} to have exactly one of timeDate, timeDuration and timeCycle, but ${found}`;
    context.problems.add("error", "timer-definition", event, message);
    return undefined;
  }
  if (!timer.body.startsWith("=") && !timer.valid(timer.body)) {
    const message = `Expected ${timer.attribute} of ${describe(event)} to be ${timer.form}, or FEEL starting with "=", but it is "${timer.body.slice(0, 80)}"`;
    context.problems.add("error", "timer-definition", event, message);
    return undefined;
  }
  return { type: "timer", kind: timer.kind, expression: feelOrText(context, event, timer.body, timer.attribute) };
}

function compileError(context: Compilation, event: ModdleElement, definition: ModdleElement): EventDefinition {
  const codeVariable = words(definition, "interlock:errorCodeVariable");
  const messageVariable = words(definition, "interlock:errorMessageVariable");
  return {
    type: "error",
    code: optionalFeelOrText(context, event, text(one(definition, "errorRef"), "errorCode"), "errorCode") ?? null,
    ...(codeVariable === undefined ? {} : { codeVariable }),
    ...(messageVariable === undefined ? {} : { messageVariable }),
  };
}

function compileConditional(
  context: Compilation,
  event: ModdleElement,
  definition: ModdleElement,
): EventDefinition | undefined {
  const condition = conditionExpression(context, event, one(definition, "condition"), "condition");
  if (condition === undefined) {
    context.problems.add(
      "error",
      "condition-missing",
      event,
      `Expected ${describe(event)} to have a condition, but it has none`,
    );
    return undefined;
  }
  const filter = extension(definition, "zeebe:ConditionalFilter");
  const variableNames = listOf(text(filter, "variableNames"));
  const variableEvents = listOf(text(filter, "variableEvents")).filter(
    (each) => each === "create" || each === "update",
  );
  return {
    type: "conditional",
    condition,
    ...(variableNames.length === 0 ? {} : { variableNames }),
    ...(variableEvents.length === 0 ? {} : { variableEvents }),
  };
}

function compileCompensation(context: EventContext, event: ModdleElement, definition: ModdleElement): EventDefinition {
  const activity = one(definition, "activityRef");
  const index = activity === undefined ? undefined : context.indexOf(activity);
  if (activity !== undefined && index === undefined) {
    const message = `Expected activityRef of ${describe(event)} to name an activity of its own process, but ${describe(activity)} is not in it`;
    context.problems.add("error", "compensation-activity", event, message);
  }
  return {
    type: "compensation",
    activity: index ?? null,
    waitForCompletion: flag(definition, "waitForCompletion", true),
  };
}

export function listOf(source: string | undefined): readonly string[] {
  return (source ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}
