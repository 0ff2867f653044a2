// A small notation for built-ins: `define("substring(string: string, start position: number, [length: number])", …)`.
// Contract: `any` takes everything; another type refuses null unless it ends in `?`; `[…]` is optional; `...name`
// collects the rest into a list. A handler that answers undefined has refused its arguments: null with a warning.

import type { EvaluationSession } from "../session.ts";
import { builtInType } from "../type.ts";
import type { FeelValue } from "../value.ts";
import { FeelFunction, type FeelParameter, type FeelSignature } from "../value.ts";

/** Handlers state the types that their signature guarantees. */
type Handler = (session: EvaluationSession, ...args: never[]) => FeelValue | undefined;

export interface BuiltIn {
  name: string;
  signature: FeelSignature;
}

/** One signature of a built-in. */
export function define(text: string, handler: Handler, options: { lenient?: boolean } = {}): BuiltIn {
  const open = text.indexOf("(");
  const name = text.slice(0, open);
  const inner = text.slice(open + 1, text.lastIndexOf(")"));
  const parts = inner === "" ? [] : inner.split(",").map((part) => part.trim());
  const variadic = parts.at(-1)?.startsWith("...") ?? false;
  const signature: FeelSignature = {
    parameters: parts.map(readParameter),
    ...(variadic ? { variadic } : {}),
    ...(options.lenient ? { lenient: true } : {}),
    invoke: (args, session) => {
      const value = handler(session, ...(args as never[]));
      return value === undefined ? refuse(name, session) : value;
    },
  };
  return { name, signature };
}

function refuse(name: string, session: EvaluationSession): FeelValue {
  return session.warn(
    "FUNCTION_INVOCATION_FAILURE",
    `Expected arguments that "${name}" takes, but it has no result for these.`,
  );
}

function readParameter(text: string): FeelParameter {
  const optional = text.startsWith("[");
  const plain = text.replace(/^\[|\]$|^\.\.\./g, "");
  const [name, typeText = "any"] = plain.split(":").map((part) => part.trim());
  const nullable = typeText.endsWith("?");
  const type = builtInType(typeText.replace("?", ""));
  return {
    name: name!,
    ...(optional ? { optional } : {}),
    ...(type ? { type } : {}),
    ...(typeText === "any" || nullable ? {} : { required: true }),
  };
}

/** Joins the signatures of each name to one function. */
export function collect(definitions: readonly BuiltIn[]): ReadonlyMap<string, FeelFunction> {
  const byName = new Map<string, FeelSignature[]>();
  for (const { name, signature } of definitions) {
    const signatures = byName.get(name);
    if (signatures) signatures.push(signature);
    else byName.set(name, [signature]);
  }
  return new Map([...byName].map(([name, signatures]) => [name, new FeelFunction(name, signatures)]));
}
