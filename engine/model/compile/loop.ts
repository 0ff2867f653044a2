/** Loop markers: standard loop (BPMN 2.0.2 §10.3.8) and multi-instance, with zeebe:loopCharacteristics or plain BPMN. */
import type { EventDefinition, Expression, MultiInstanceLoop, StandardLoop } from "../../core/process.ts";
import { variableExpression } from "../feel.ts";
import { describe, extension, flag, integer, is, type ModdleElement, many, one, text, words } from "../moddle.ts";
import { bodyExpression, conditionExpression, optionalFeelOrText } from "./context.ts";
import { collectionItemName, variableOfItem } from "./data.ts";
import { compileEventDefinition, type EventContext } from "./event-definition.ts";

export function compileLoop(context: EventContext, activity: ModdleElement): StandardLoop | MultiInstanceLoop | null {
  const loop = one(activity, "loopCharacteristics");
  if (loop === undefined) return null;
  if (is(loop, "bpmn:StandardLoopCharacteristics")) return compileStandard(context, activity, loop);
  return is(loop, "bpmn:MultiInstanceLoopCharacteristics") ? compileMultiInstance(context, activity, loop) : null;
}

function compileStandard(context: EventContext, activity: ModdleElement, loop: ModdleElement): StandardLoop {
  const maximum = integer(loop, "loopMaximum") ?? null;
  if (maximum !== null && maximum < 1) {
    context.problems.add(
      "error",
      "loop-maximum",
      activity,
      `Expected loopMaximum of ${describe(activity)} to be at least 1, but it is ${maximum}`,
    );
  }
  return {
    kind: "standard",
    condition: conditionExpression(context, activity, one(loop, "loopCondition"), "loopCondition") ?? null,
    testBefore: flag(loop, "testBefore", false),
    maximum,
  };
}

function compileMultiInstance(context: EventContext, activity: ModdleElement, loop: ModdleElement): MultiInstanceLoop {
  const cardinality = bodyExpression(context, activity, one(loop, "loopCardinality"), "loopCardinality");
  checkCardinality(context, activity, cardinality);
  const completionCondition = conditionExpression(
    context,
    activity,
    one(loop, "completionCondition"),
    "completionCondition",
  );
  const data = { ...standardData(activity, loop), ...zeebeData(context, activity, loop) };
  if (data.inputCollection === undefined && cardinality === undefined) {
    const message = `Expected the multi-instance marker of ${describe(activity)} to have an inputCollection or a loopCardinality, but it has neither`;
    context.problems.add("error", "multi-instance-input", activity, message);
  }
  return {
    kind: "multiInstance",
    sequential: flag(loop, "isSequential", false),
    ...data,
    ...(cardinality === undefined ? {} : { cardinality }),
    ...(completionCondition === undefined ? {} : { completionCondition }),
    ...compileBehavior(context, activity, loop),
  };
}

function checkCardinality(context: EventContext, activity: ModdleElement, cardinality: Expression | undefined): void {
  const value = cardinality?.constant;
  if (value === undefined || value === null || (typeof value === "number" && Number.isInteger(value) && value >= 0))
    return;
  const message = `Expected loopCardinality of ${describe(activity)} to be a whole number of at least 0, but it is ${JSON.stringify(value).slice(0, 60)}`;
  context.problems.add("error", "loop-cardinality", activity, message);
}

type LoopData = Pick<MultiInstanceLoop, "inputCollection" | "inputElement" | "outputCollection" | "outputElement">;

function zeebeData(context: EventContext, activity: ModdleElement, loop: ModdleElement): LoopData {
  const zeebe = extension(loop, "zeebe:LoopCharacteristics");
  if (zeebe === undefined) return {};
  const inputCollection = optionalFeelOrText(context, activity, text(zeebe, "inputCollection"), "inputCollection");
  const outputElement = optionalFeelOrText(context, activity, text(zeebe, "outputElement"), "outputElement");
  const inputElement = words(zeebe, "inputElement");
  const outputCollection = words(zeebe, "outputCollection");
  if ((outputCollection === undefined) !== (outputElement === undefined)) {
    const message = `Expected outputCollection and outputElement of ${describe(activity)} to be given together, but only one is`;
    context.problems.add("error", "multi-instance-output", activity, message);
  }
  return {
    ...(inputCollection === undefined ? {} : { inputCollection }),
    ...(inputElement === undefined ? {} : { inputElement }),
    ...(outputCollection === undefined ? {} : { outputCollection }),
    ...(outputElement === undefined ? {} : { outputElement }),
  };
}

/** loopDataInputRef / inputDataItem and their output twins: collections are variables, items are locals of an instance. */
function standardData(activity: ModdleElement, loop: ModdleElement): LoopData {
  const [input, output] = [one(loop, "loopDataInputRef"), one(loop, "loopDataOutputRef")];
  const [inputItem, outputItem] = [one(loop, "inputDataItem"), one(loop, "outputDataItem")];
  const inputName = input === undefined ? undefined : collectionItemName(activity, input);
  const outputName = output === undefined ? undefined : collectionItemName(activity, output);
  return {
    ...(inputName === undefined ? {} : { inputCollection: variableExpression(inputName) }),
    ...(inputItem === undefined ? {} : { inputElement: variableOfItem(inputItem) }),
    ...(outputName === undefined ? {} : { outputCollection: outputName }),
    ...(outputName === undefined || outputItem === undefined
      ? {}
      : { outputElement: variableExpression(variableOfItem(outputItem)) }),
  };
}

type Behavior = Pick<MultiInstanceLoop, "behavior" | "noneEvent" | "oneEvent" | "complex">;

/** Which events an instance throws to the boundary of its body; table 10.28. */
function compileBehavior(context: EventContext, activity: ModdleElement, loop: ModdleElement): Behavior {
  const behavior = text(loop, "behavior");
  const eventOf = (definition: ModdleElement | undefined): EventDefinition | undefined =>
    definition === undefined ? undefined : compileEventDefinition(context, activity, definition);
  if (behavior === "None" || behavior === "One") {
    const event = eventOf(one(loop, behavior === "None" ? "noneBehaviorEventRef" : "oneBehaviorEventRef"));
    if (event === undefined) {
      const message = `Expected ${describe(activity)} with behavior "${behavior}" to name the event that its instances throw, but it names none`;
      context.problems.add("error", "multi-instance-behavior", activity, message);
      return { behavior };
    }
    return behavior === "None" ? { behavior, noneEvent: event } : { behavior, oneEvent: event };
  }
  const complex = many(loop, "complexBehaviorDefinition").flatMap((definition) => {
    const condition = conditionExpression(
      context,
      activity,
      one(definition, "condition"),
      "the condition of complexBehaviorDefinition",
    );
    const events = context.graph
      .eventDefinitions(one(definition, "event") ?? definition)
      .flatMap((each) => eventOf(each) ?? []);
    return condition === undefined ? [] : events.map((event) => ({ condition, event }));
  });
  return behavior === "Complex" ? { behavior, complex } : { behavior: "All" };
}
