/**
 * Correlation in plain BPMN (2.0.2 §8.4.2): a correlation key is a list of properties; each property says where a
 * message holds it (retrieval expression) and, in a process, which data it is compared with (subscription binding).
 * Becomes one key expression on each side: the property, or several joined by "|" as text.
 */
import { is, type ModdleElement, many, one, words } from "../moddle.ts";
import type { ModelGraph } from "../model-graph.ts";

/**
 * FEEL text of the correlation key of a message at an event, from the model's standard correlation elements.
 * Catching: over the data of the process. Throwing: over the message's content, which are the thrower's variables.
 */
export function standardCorrelationKey(
  graph: ModelGraph,
  event: ModdleElement,
  message: ModdleElement | undefined,
): string | undefined {
  if (message === undefined) return undefined;
  const catches = is(event, "bpmn:CatchEvent", "bpmn:ReceiveTask");
  const parts = catches ? subscribedData(graph, event, message) : contentOf(graph, message);
  if (parts === undefined || parts.length === 0) return undefined;
  if (parts.length === 1) return `=${parts[0]}`;
  return `=${parts.map((part) => `string(${part})`).join(' + "|" + ')}`;
}

function bodyOf(expression: ModdleElement | undefined): string | undefined {
  return words(expression, "body")?.replace(/^=\s*/, "");
}

/** Where a message holds a property. */
function retrieval(property: ModdleElement, message: ModdleElement): string | undefined {
  const expressions = many(property, "correlationPropertyRetrievalExpression");
  return bodyOf(
    one(
      expressions.find((each) => one(each, "messageRef") === message),
      "messagePath",
    ),
  );
}

/** All or nothing: a key with a missing property is no key. */
function complete(parts: readonly (string | undefined)[]): readonly string[] | undefined {
  return parts.every((part) => part !== undefined) ? parts : undefined;
}

function contentOf(graph: ModelGraph, message: ModdleElement): readonly string[] | undefined {
  for (const collaboration of graph.collaborations) {
    for (const key of many(collaboration, "correlationKeys")) {
      const properties = many(key, "correlationPropertyRef");
      const parts = complete(properties.map((property) => retrieval(property, message)));
      if (parts !== undefined && parts.length > 0) return parts;
    }
  }
  return undefined;
}

function subscribedData(
  graph: ModelGraph,
  event: ModdleElement,
  message: ModdleElement,
): readonly string[] | undefined {
  let scope = graph.scopeOf.get(event) ?? null;
  while (scope !== null && scope.parent !== null) scope = scope.parent;
  for (const subscription of many(scope?.element, "correlationSubscriptions")) {
    const properties = many(one(subscription, "correlationKeyRef"), "correlationPropertyRef");
    if (properties.length === 0 || properties.some((property) => retrieval(property, message) === undefined)) continue;
    const bindings = many(subscription, "correlationPropertyBinding");
    const dataOf = (property: ModdleElement): string | undefined =>
      bodyOf(
        one(
          bindings.find((binding) => one(binding, "correlationPropertyRef") === property),
          "dataPath",
        ),
      );
    const parts = complete(properties.map(dataOf));
    if (parts !== undefined) return parts;
  }
  return undefined;
}
