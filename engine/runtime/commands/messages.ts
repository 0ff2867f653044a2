/** Calls that bring something from outside to whoever waits: messages, signals, conditions. */
import type { JsonObject, Key } from "../../core/json.ts";
import { admitName, admitObject, tenantOf } from "../admit-input.ts";
import type { EvaluateConditionalsInput, EvaluatedConditionals } from "../contract/commands.ts";
import type { CallContext } from "../contract/context.ts";
import type { Engine } from "../contract/engine.ts";
import { EngineError } from "../contract/errors.ts";
import type { Deps } from "../deps.ts";
import { assertNamed, assertUnlimited } from "../scope.ts";
import { type StartRow, startColumns } from "../start-instance.ts";

/** Correlation keys are hashed for the match, but shown and stored as they are. */
const correlationKeyLengthMax = 1_000;
const timeToLiveMsMax = 400 * 24 * 3_600_000;

type MessageCalls = Pick<Engine, "publishMessage" | "correlateMessage" | "broadcastSignal" | "evaluateConditionals">;

export function messageCalls(deps: Deps): MessageCalls {
  const { limits, keys, correlator, signals } = deps;

  async function nextKey(): Promise<Key> {
    await keys.ensure();
    return keys.next();
  }
  function common(
    input: {
      readonly name: string;
      readonly correlationKey?: string;
      readonly variables?: JsonObject;
      readonly tenantId?: string;
    },
    context: CallContext,
  ) {
    assertNamed(context, "messageNames", input.name);
    return {
      name: admitName(input.name, "a message name"),
      correlationKey: admitName(input.correlationKey ?? "", "a correlation key", {
        empty: true,
        lengthMax: correlationKeyLengthMax,
      }),
      variables: admitObject(input.variables, "variables", limits.variablesBytesMax),
      tenantId: tenantOf(input.tenantId, context),
    };
  }

  return {
    async publishMessage(input, context) {
      const message = common(input, context);
      const timeToLiveMs = input.timeToLiveMs ?? 0;
      if (!Number.isFinite(timeToLiveMs) || timeToLiveMs < 0)
        throw new EngineError("invalid", `Expected a time to live of at least 0 ms, but got ${timeToLiveMs}`);
      const messageId =
        input.messageId === undefined || input.messageId === ""
          ? null
          : admitName(input.messageId, "a message id", { lengthMax: 1_000 });
      const key = await nextKey();
      await correlator.publish(
        { ...message, key, timeToLiveMs: Math.min(Math.round(timeToLiveMs), timeToLiveMsMax), messageId },
        context.actor,
      );
      return { messageKey: key, tenantId: message.tenantId };
    },
    async correlateMessage(input, context) {
      const message = common(input, context);
      const key = await nextKey();
      const processInstanceKey = await correlator.correlateNow({ ...message, key }, context.actor);
      if (processInstanceKey === null) {
        throw new EngineError(
          "notFound",
          `Expected somebody who waits for the message '${message.name}' with the correlation key '${message.correlationKey}', but there is nobody`,
        );
      }
      return { messageKey: key, tenantId: message.tenantId, processInstanceKey };
    },
    /** Whom it reaches shows only when it is delivered: not for callers who are limited to single resources. */
    async broadcastSignal(input, context) {
      assertUnlimited(context);
      const signal = {
        key: await nextKey(),
        name: admitName(input.signalName, "a signal name"),
        variables: admitObject(input.variables, "variables", limits.variablesBytesMax),
        tenantId: tenantOf(input.tenantId, context),
      };
      await signals.broadcast(signal, context.actor);
      return { signalKey: signal.key, tenantId: signal.tenantId };
    },
    evaluateConditionals: (input, context) => evaluateConditionals(deps, input, context),
  };
}

/**
 * Root-level conditional start events whose condition holds with these variables start an instance each. Under a scope
 * all processes that are asked must be in it, whether their condition holds or not.
 */
async function evaluateConditionals(
  deps: Deps,
  input: EvaluateConditionalsInput,
  context: CallContext,
): Promise<EvaluatedConditionals> {
  const { database, keys, catalog, starter, clock, limits } = deps;
  const variables = admitObject(input.variables, "variables", limits.variablesBytesMax);
  const tenantId = tenantOf(input.tenantId, context);
  const starts = await database.query<StartRow>(
    `select ${startColumns} from start_subscription where kind = 'conditional' and tenant_id = $1 and ($2::bigint is null or definition_key = $2) order by key`,
    [tenantId, input.processDefinitionKey ?? null],
  );
  if (input.processDefinitionKey !== undefined && starts.length === 0) {
    throw new EngineError(
      "notFound",
      `Expected conditional start events of the process definition ${input.processDefinitionKey}, but there are none`,
    );
  }
  for (const start of starts) assertNamed(context, "processIds", start.process_id);
  await keys.ensure();
  const conditionalEvaluationKey = keys.next();
  const lookup = { get: (name: string) => (Object.hasOwn(variables, name) ? variables[name] : undefined) };
  const processInstances: { processDefinitionKey: Key; processInstanceKey: Key }[] = [];
  for (const start of starts) {
    await catalog.definitions.load(start.definition_key);
    const element = catalog.definitions.compiled(start.definition_key)?.elements[start.element_index];
    const condition = element?.eventDefinitions.find((definition) => definition.type === "conditional");
    const result = condition?.condition.evaluate(lookup, clock.now());
    if (!result?.ok || result.value !== true) continue;
    const outcome = await starter.start(start, variables, context.actor, () => []);
    if (outcome)
      processInstances.push({ processDefinitionKey: start.definition_key, processInstanceKey: outcome.rootKey });
  }
  return { conditionalEvaluationKey, tenantId, processInstances };
}
