/**
 * LangChain and LangGraph. A tool runs by `_call(args, runManager, config)`, where `config.toolCall` names the call and
 * `config.configurable.thread_id` the run; results that are no text are written as JSON for the model.
 * With `createMiddleware(guardToolCalls(…))` every tool of an agent passes the guard, so that none can be forgotten.
 */
import {
  type AnyFunction,
  argsOf,
  call,
  type GuardChoice,
  guardOf,
  inputLike,
  isRefusal,
  signalAt,
  type Through,
  type ToolAction,
  textAt,
  throughGuard,
} from "./tool-call.ts";

export function guardedCall(tool: object, through: Through): AnyFunction {
  return async (input, manager, config, ...rest) => {
    const result = await through(
      {
        args: argsOf(input),
        id: textAt(config, "toolCall", "id") ?? textAt(config, "toolCallId"),
        runId: textAt(config, "configurable", "thread_id"),
        signal: signalAt(config, "signal"),
      },
      (args) => call(tool, "_call", [inputLike(input, args), manager, config, ...rest]),
    );
    // Some tools answer with content and artifact: the model reads the first, so a refusal is both.
    if (!isRefusal(result)) return result;
    const text = JSON.stringify(result);
    return Reflect.get(tool, "responseFormat") === "content_and_artifact" ? [text, result] : text;
  };
}

/** The same tool; only its execution passes the guard. */
export function guardedLangChainTool<Tool extends object>(tool: Tool, through: Through): Tool {
  const guarded = guardedCall(tool, through);
  return new Proxy(tool, {
    get: (target, name, receiver) => (name === "_call" ? guarded : Reflect.get(target, name, receiver)),
  });
}

export interface ToolCallsGuardOptions extends GuardChoice {
  /** Which action each tool is, by the tool's name. A tool that is not listed is asked for under its own name. */
  readonly actions?: Readonly<Record<string, ToolAction>>;
}

interface ToolCallRequest {
  readonly toolCall: { readonly name: string };
  readonly tool: unknown;
}

/** What `createMiddleware` takes: all tool calls of the agent pass the guard. */
export function guardToolCalls(options: ToolCallsGuardOptions = {}): {
  readonly name: string;
  // The framework's own request and handler types are its library's; these are the members that are used.
  readonly wrapToolCall: <Request extends ToolCallRequest, Answer>(
    request: Request,
    handler: (request: Request) => Answer,
  ) => Answer;
} {
  const guard = guardOf(options);
  const actions = new Map(Object.entries(options.actions ?? {}));
  return {
    name: "InterlockGuard",
    wrapToolCall: (request, handler) => {
      const { tool, toolCall } = request;
      // Without a tool the framework answers that there is none; nothing can run.
      if (tool === null || typeof tool !== "object") return handler(request);
      if (typeof Reflect.get(tool, "_call") !== "function")
        throw new TypeError(
          `Expected the tool ${toolCall.name} to run by _call, but it does not: it cannot be guarded.`,
        );
      const action = actions.get(toolCall.name) ?? { actionType: toolCall.name };
      return handler({ ...request, tool: guardedLangChainTool(tool, throughGuard(action, options, guard)) });
    },
  };
}
