/** A function that takes its named arguments as one object (or one text): the tool of agents without a framework. */
import { type AnyFunction, argsOf, inputLike, signalAt, type Through, textAt } from "./tool-call.ts";

/** The same function, behind the guard. A second parameter may name the call: `{ toolCallId, runId, signal }`. */
export function guardFunction(tool: AnyFunction, through: Through): AnyFunction {
  const guarded: AnyFunction = (input, ...rest) =>
    through(
      {
        args: argsOf(input),
        id: textAt(rest[0], "toolCallId"),
        runId: textAt(rest[0], "runId"),
        signal: signalAt(rest[0], "signal"),
      },
      (args) => tool(inputLike(input, args), ...rest),
    );
  return new Proxy(tool, { apply: (_target, _self, parameters) => guarded(...parameters) });
}
