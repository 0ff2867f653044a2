/**
 * A guard around a tool of an agent framework; the agent is created as before, with the guarded tool in the old one's
 * place. The tool keeps its class, name, description and schema (a Proxy), only its execution passes the guard. Which
 * framework a tool belongs to is seen from the member that executes it; what differs stands in `adapters`.
 */
import { guardedExecute } from "./adapters/ai-sdk.ts";
import { guardedCall } from "./adapters/langchain.ts";
import { guardedInvoke } from "./adapters/openai-agents.ts";
import { guardFunction } from "./adapters/plain-function.ts";
import { type AnyFunction, type Through, type ToolGuardOptions, throughGuard } from "./adapters/tool-call.ts";

type Member = "execute" | "_call" | "invoke";

const members: Readonly<Record<Member, (tool: object, through: Through) => AnyFunction>> = {
  execute: guardedExecute,
  _call: guardedCall,
  invoke: guardedInvoke,
};

/** The same tool, behind the guard. Throws TypeError for what could not be guarded. */
export function withGuard<Tool extends object>(tool: Tool, options: ToolGuardOptions): Tool {
  const through = throughGuard(options, options);
  if (typeof tool === "function") return guardFunction(tool as unknown as AnyFunction, through) as unknown as Tool;
  const member = executingMember(tool);
  const guarded = members[member](tool, through);
  return new Proxy(tool, {
    get: (target, name, receiver) => (name === member ? guarded : Reflect.get(target, name, receiver)),
  });
}

function executingMember(tool: object): Member {
  for (const name of ["execute", "_call", "invoke"] as const)
    if (typeof Reflect.get(tool, name) === "function") return name;
  throw new TypeError("Expected a tool that is a function or has execute, _call or invoke, but it has none of them.");
}
