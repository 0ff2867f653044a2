/** Tools of the AI SDK: `execute(input, { toolCallId, messages, abortSignal })`. */
import { type AnyFunction, argsOf, call, inputLike, signalAt, type Through, textAt } from "./tool-call.ts";

export function guardedExecute(tool: object, through: Through): AnyFunction {
  return (input, context, ...rest) =>
    through(
      {
        args: argsOf(input),
        id: textAt(context, "toolCallId"),
        runId: textAt(context, "experimental_context", "runId"),
        signal: signalAt(context, "abortSignal"),
      },
      (args) => call(tool, "execute", [inputLike(input, args), context, ...rest]),
    );
}
