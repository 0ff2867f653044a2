/**
 * Function tools of OpenAI Agents: `invoke(runContext, inputJson, { toolCall })`; and tools that are run by
 * `invoke(input, config)`. Where a run is to end while an approval is open (its state is kept and resumed), the
 * question is asked before by `needsApproval`.
 */
import {
  type AnyFunction,
  argsOf,
  call,
  guardOf,
  questionOf,
  signalAt,
  type Through,
  type ToolGuardOptions,
  textAt,
} from "./tool-call.ts";

/** The library names no run, but every call of one run gets the same context object. */
const runs = new WeakMap<object, string>();

function runOf(context: unknown): string | undefined {
  if (context === null || typeof context !== "object") return undefined;
  const known = runs.get(context) ?? globalThis.crypto.randomUUID();
  runs.set(context, known);
  return known;
}

export function guardedInvoke(tool: object, through: Through): AnyFunction {
  return (first, second, ...rest) => {
    if (typeof second !== "string")
      return through(
        {
          args: argsOf(first),
          id: textAt(second, "toolCallId"),
          runId: textAt(second, "runId"),
          signal: signalAt(second, "signal"),
        },
        (args) => call(tool, "invoke", [args, second, ...rest]),
      );
    const [details] = rest;
    return through(
      {
        args: argsOf(JSON.parse(second)),
        id: textAt(details, "toolCall", "callId"),
        runId: runOf(first),
        signal: signalAt(details, "signal"),
      },
      (args) => call(tool, "invoke", [first, JSON.stringify(args), ...rest]),
    );
  };
}

/**
 * For the `needsApproval` of a tool: true while the guard wants a person. The run then ends with an interruption; once the
 * approval is given on the server, the application approves the interruption and resumes. Runs that are resumed in
 * another process need `runId`.
 */
export function needsApproval(
  options: ToolGuardOptions,
): (context: unknown, input: unknown, callId?: string) => Promise<boolean> {
  const guard = guardOf(options);
  return async (context, input, callId) => {
    const question = questionOf(options, options, { args: argsOf(input), id: callId, runId: runOf(context) });
    const { determination } = await guard.decide(question);
    return determination === "REQUIRE_APPROVAL";
  };
}
