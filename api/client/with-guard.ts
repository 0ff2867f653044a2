/**
 * A guard around a tool of an agent framework; the agent is created as before, with the guarded tool in the old one's
 * place. The tool keeps its class, name, description and schema (a Proxy), only its execution passes the guard:
 * plain functions, AI SDK tools (`execute`), LangChain tools (`_call`), OpenAI Agents function tools (`invoke` with JSON
 * text). A refusal is a typed result that the model reads, not an exception that ends the run.
 */
import { Guard, type GuardOptions, type NotExecuted } from "./guard.ts";
import { type ConnectionOptions, openTransport } from "./transport.ts";

type Json = Readonly<Record<string, unknown>>;

export interface ToolGuardOptions extends GuardOptions {
  readonly actionType: string;
  readonly target?: string;
  readonly operation?: string;
  readonly reversible?: boolean;
  readonly riskClass?: "low" | "medium" | "high" | "critical";
  /** The guard to ask; default: one made from INTERLOCK_URL and INTERLOCK_TOKEN. */
  readonly guard?: Guard;
  readonly connection?: ConnectionOptions;
}

type AnyFunction = (...parameters: unknown[]) => unknown;

/** The same tool, behind the guard. */
export function withGuard<Tool extends object>(tool: Tool, options: ToolGuardOptions): Tool {
  const { guard = new Guard(openTransport(options.connection), options) } = options;
  const through: Through = (args, toolCallId, execute) => carry(guard, options, args, toolCallId, execute);
  if (typeof tool === "function") return guardFunction(tool as unknown as AnyFunction, through) as unknown as Tool;
  const member = executingMember(tool);
  const guarded = members[member](tool, through);
  return new Proxy(tool, {
    get: (target, name, receiver) => (name === member ? guarded : Reflect.get(target, name, receiver)),
  });
}

type Through = (args: Json, toolCallId: string | undefined, execute: (args: Json) => unknown) => Promise<unknown>;

async function carry(
  guard: Guard,
  options: ToolGuardOptions,
  args: Json,
  toolCallId: string | undefined,
  execute: (args: Json) => unknown,
): Promise<unknown> {
  const { actionType, target, operation, reversible, riskClass } = options;
  const result = await guard.run(
    {
      action: {
        type: actionType,
        ...(target === undefined ? {} : { target }),
        ...(operation === undefined ? {} : { operation }),
        ...(reversible === undefined ? {} : { reversible }),
        ...(riskClass === undefined ? {} : { riskClass }),
      },
      args,
      // Frameworks repeat their steps after an interruption: the call's own id makes the repetition the same question.
      ...(toolCallId === undefined
        ? {}
        : { run: { toolCallId }, idempotencyKey: `${options.runId ?? "run"}:${toolCallId}` }),
    },
    async (permitted) => execute(permitted),
  );
  return result.executed ? result.result : result.refusal;
}

type Member = "execute" | "_call" | "invoke";

function executingMember(tool: object): Member {
  for (const name of ["execute", "_call", "invoke"] as const)
    if (typeof Reflect.get(tool, name) === "function") return name;
  throw new TypeError("Expected a tool that is a function or has execute, _call or invoke, but it has none of them.");
}

const members: Readonly<Record<Member, (tool: object, through: Through) => AnyFunction>> = {
  /** AI SDK: execute(input, { toolCallId, messages, abortSignal }). */
  execute:
    (tool, through) =>
    (input, context, ...rest) =>
      through(argsOf(input), textAt(context, "toolCallId"), (args) => call(tool, "execute", [args, context, ...rest])),
  /** LangChain: _call(args, runManager, config); config.toolCall names the call. Objects are written as JSON for the model. */
  _call:
    (tool, through) =>
    (input, manager, config, ...rest) =>
      through(argsOf(input), textAt(Reflect.get(Object(config), "toolCall"), "id"), (args) =>
        call(tool, "_call", [isText(input) ? args.input : args, manager, config, ...rest]),
      ).then(forModel),
  /** OpenAI Agents: invoke(runContext, inputJson, { toolCall }); others: invoke(input, config). */
  invoke:
    (tool, through) =>
    (first, second, ...rest) => {
      if (typeof second !== "string")
        return through(argsOf(first), textAt(second, "toolCallId"), (args) =>
          call(tool, "invoke", [args, second, ...rest]),
        );
      const id = textAt(Reflect.get(Object(rest[0]), "toolCall"), "callId");
      return through(argsOf(JSON.parse(second)), id, (args) =>
        call(tool, "invoke", [first, JSON.stringify(args), ...rest]),
      );
    },
};

function guardFunction(tool: AnyFunction, through: Through): AnyFunction {
  const guarded: AnyFunction = (input, ...rest) =>
    through(argsOf(input), textAt(rest[0], "toolCallId"), (args) => tool(isText(input) ? args.input : args, ...rest));
  return new Proxy(tool, { apply: (_target, _self, parameters) => guarded(...parameters) });
}

function call(tool: object, name: Member, parameters: unknown[]): unknown {
  return (Reflect.get(tool, name) as AnyFunction).apply(tool, parameters);
}

function isText(input: unknown): input is string {
  return typeof input === "string";
}

/** Policies judge named arguments: a tool that takes a text has one called `input`. */
function argsOf(input: unknown): Json {
  if (input !== null && typeof input === "object" && !Array.isArray(input)) return input as Json;
  return input === undefined ? {} : { input };
}

function textAt(holder: unknown, name: string): string | undefined {
  const value: unknown = holder !== null && typeof holder === "object" ? Reflect.get(holder, name) : undefined;
  return typeof value === "string" ? value : undefined;
}

function forModel(result: unknown): unknown {
  return isRefusal(result) ? JSON.stringify(result) : result;
}

export function isRefusal(result: unknown): result is NotExecuted {
  return result !== null && typeof result === "object" && Reflect.get(result, "status") === "not_executed";
}
