/**
 * Model Context Protocol, version-independent: a call is `{ name, arguments }`, its result `{ content, isError }`. A
 * server guards what it executes (`guardedToolHandler`), a client or gateway what it forwards (`guardMcpClient`).
 * What a server says of its own tools (`destructiveHint` and the like) is not asked for: it is the server's word.
 */

import type { NotExecuted } from "../guard.ts";
import { isPinned, pinnedTools, type ToolPins } from "./mcp-pins.ts";
import {
  type AnyFunction,
  argsOf,
  call,
  type GuardChoice,
  guardOf,
  isRefusal,
  memberOf,
  signalAt,
  type Through,
  type ToolAction,
  textAt,
  throughGuard,
} from "./tool-call.ts";

/** A refusal as a tool's result: an error that the model reads. */
export function refusedToolResult(refusal: NotExecuted) {
  return {
    isError: true,
    content: [{ type: "text" as const, text: JSON.stringify(refusal) }],
    _meta: { decisionId: refusal.decisionId },
  };
}

/** For `registerTool(name, config, handler)` of a server: the handler with the arguments first. */
export function guardedToolHandler<Handler extends (...parameters: never[]) => unknown>(
  handler: Handler,
  options: ToolAction & GuardChoice,
): Handler {
  const through = throughGuard(options, options);
  const guarded: AnyFunction = async (args, context, ...rest) => {
    const result = await through(
      {
        args: argsOf(args),
        id: undefined,
        runId: textAt(context, "sessionId"),
        signal: signalAt(context, "signal") ?? signalAt(context, "mcpReq", "signal"),
      },
      (permitted) => (handler as unknown as AnyFunction)(permitted, context, ...rest),
    );
    return isRefusal(result) ? refusedToolResult(result) : result;
  };
  return guarded as unknown as Handler;
}

export interface McpGuardOptions extends GuardChoice {
  /** Which action each tool is, by the tool's name. A tool that is not listed is asked for under its own name. */
  readonly actions?: Readonly<Record<string, ToolAction>>;
  /** The tools as they were approved (`toolPins`): others are neither listed nor run. Default: as the server says. */
  readonly pins?: ToolPins;
  /** A longer result is withheld from the model. Characters of its JSON, default 200,000. */
  readonly resultCharsMax?: number;
}

const resultCharsMaxDefault = 200_000;

/** The same client; `callTool` passes the guard. */
export function guardMcpClient<Client extends object>(client: Client, options: McpGuardOptions = {}): Client {
  const guard = guardOf(options);
  const actions = new Map(Object.entries(options.actions ?? {}));
  const throughFor = (name: string): Through => throughGuard(actions.get(name) ?? { actionType: name }, options, guard);
  const { pins, resultCharsMax = resultCharsMaxDefault } = options;
  const callTool: AnyFunction = async (request, ...rest) => {
    const name = textAt(request, "name");
    if (name === undefined) throw new TypeError("Expected a tool call with a name, but it has none.");
    if (pins !== undefined && !(await isPinned(client, name, pins))) return refusedToolResult(changedTool(name));
    const result = await throughFor(name)(
      { args: argsOf(memberOf(request, "arguments")), id: undefined, runId: undefined },
      (args) => call(client, "callTool", [{ ...(request as object), arguments: args }, ...rest]),
    );
    if (isRefusal(result)) return refusedToolResult(result);
    return JSON.stringify(result).length > resultCharsMax ? withheldResult(resultCharsMax) : result;
  };
  const listTools: AnyFunction = async (...parameters) => {
    const listed = await (call(client, "listTools", parameters) as ReturnType<AnyFunction>);
    if (pins === undefined) return listed;
    const tools = memberOf(listed, "tools");
    return { ...(listed as object), tools: await pinnedTools(Array.isArray(tools) ? tools : [], pins) };
  };
  return new Proxy(client, {
    get: (target, member) => {
      if (member === "callTool") return callTool;
      if (member === "listTools") return listTools;
      const value: unknown = Reflect.get(target, member, target);
      // Its other methods keep their own `this`: private members are not reachable through a Proxy.
      return typeof value === "function" ? (value as AnyFunction).bind(target) : value;
    },
  });
}

function changedTool(name: string): NotExecuted {
  return {
    status: "not_executed",
    reason: "policy_denied",
    decisionId: null,
    message: `The tool ${name} is not as it was approved, so it did not run. It has to be approved anew.`,
    reasonCodes: ["TOOL_CHANGED"],
  };
}

/** The tool has run; only its answer is held back. */
function withheldResult(charsMax: number) {
  return {
    isError: true,
    content: [{ type: "text" as const, text: `The tool ran, but its result is longer than ${charsMax} characters.` }],
  };
}
