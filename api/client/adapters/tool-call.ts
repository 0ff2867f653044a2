/**
 * What all adapters share: a tool call becomes a question, and the answer decides what the framework gets. A refusal is a
 * typed result that the model reads, not an exception that ends the run.
 */
import { Guard, type GuardOptions, type NotExecuted } from "../guard.ts";
import { type ConnectionOptions, openTransport } from "../transport.ts";

export type Json = Readonly<Record<string, unknown>>;
export type AnyFunction = (...parameters: unknown[]) => unknown;

/** What the tool does, in the words of the policies. */
export interface ToolAction {
  readonly actionType: string;
  readonly target?: string;
  readonly operation?: string;
  readonly reversible?: boolean;
  readonly riskClass?: "low" | "medium" | "high" | "critical";
}

export interface GuardChoice extends GuardOptions {
  /** The guard to ask; default: one made from these options, INTERLOCK_URL and INTERLOCK_TOKEN. */
  readonly guard?: Guard;
  readonly connection?: ConnectionOptions;
}

export interface ToolGuardOptions extends ToolAction, GuardChoice {}

export interface ToolCall {
  readonly args: Json;
  /** The framework's id of this call. */
  readonly id: string | undefined;
  /** The run that the id belongs to, when the framework knows one. */
  readonly runId: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Runs `execute` with the permitted arguments and gives its result, or gives the refusal. */
export type Through = (call: ToolCall, execute: (args: Json) => unknown) => Promise<unknown>;

export function guardOf(options: GuardChoice): Guard {
  return options.guard ?? new Guard(openTransport(options.connection), options);
}

export function throughGuard(action: ToolAction, options: GuardChoice, guard = guardOf(options)): Through {
  return async (call, execute) => {
    const result = await guard.run(
      questionOf(action, options, call),
      async (permitted) => execute(permitted),
      call.signal,
    );
    return result.executed ? result.result : result.refusal;
  };
}

/**
 * Frameworks repeat their steps after an interruption: run and call together make the repetition the same question.
 * Without a run the id alone would not do, because some model servers number their calls from zero in every run.
 */
export function questionOf(
  { actionType, target, operation, reversible, riskClass }: ToolAction,
  options: GuardOptions,
  { args, id, runId }: ToolCall,
): Parameters<Guard["run"]>[0] {
  const run = options.runId ?? runId;
  return {
    action: {
      type: actionType,
      ...(target === undefined ? {} : { target }),
      ...(operation === undefined ? {} : { operation }),
      ...(reversible === undefined ? {} : { reversible }),
      ...(riskClass === undefined ? {} : { riskClass }),
    },
    args,
    ...(id === undefined && run === undefined
      ? {}
      : { run: { ...(run === undefined ? {} : { runId: run }), ...(id === undefined ? {} : { toolCallId: id }) } }),
    ...(id === undefined || run === undefined ? {} : { idempotencyKey: `${run}:${id}` }),
  };
}

export function call(tool: object, name: string, parameters: unknown[]): unknown {
  return (Reflect.get(tool, name) as AnyFunction).apply(tool, parameters);
}

/** Policies judge named arguments: a tool that takes a text has one called `input`. */
export function argsOf(input: unknown): Json {
  if (input !== null && typeof input === "object" && !Array.isArray(input)) return input as Json;
  return input === undefined ? {} : { input };
}

/** The permitted arguments in the form that the tool was called with. */
export function inputLike(input: unknown, args: Json): unknown {
  return typeof input === "string" ? args.input : args;
}

export function memberOf(holder: unknown, ...path: string[]): unknown {
  let value = holder;
  for (const name of path) value = value !== null && typeof value === "object" ? Reflect.get(value, name) : undefined;
  return value;
}

export function textAt(holder: unknown, ...path: string[]): string | undefined {
  const value = memberOf(holder, ...path);
  return typeof value === "string" && value !== "" ? value : undefined;
}

export function signalAt(holder: unknown, ...path: string[]): AbortSignal | undefined {
  const value = memberOf(holder, ...path);
  return value instanceof AbortSignal ? value : undefined;
}

export function isRefusal(result: unknown): result is NotExecuted {
  return result !== null && typeof result === "object" && Reflect.get(result, "status") === "not_executed";
}
