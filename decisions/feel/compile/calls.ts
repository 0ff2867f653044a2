// Invocations and function definitions (DMN 1.5 §10.3.2.13).
// Contract: a call that does not fit its function is null with a warning; calls pay for depth and for their body, so
// recursion ends in a named limit.
import type { Node } from "../ast.ts";
import { builtInFunction, isPure } from "../builtins/registry.ts";
import { externalFunction } from "../external.ts";
import { invokeNamed, invokePositional } from "../invoke.ts";
import type { FeelPosition } from "../session.ts";
import { FeelFunction, type FeelParameter, type FeelValue, isContext, isFunction, typeOf } from "../value.ts";
import { type Build, measure, type NodeOf, resolveType } from "./build.ts";
import type { Code, Frame } from "./frame.ts";
import { FunctionScope, type StaticScope } from "./static-scope.ts";

type Arguments = (fn: FeelFunction, frame: Frame, at: FeelPosition) => FeelValue;

export function compileCall(node: NodeOf<"call">, scope: StaticScope, build: Build): Code {
  const fixed = node.callee.kind === "name" ? fixedFunction(node.callee.name, scope, build) : undefined;
  const pass = compileArguments(node, scope, build);
  if (fixed) {
    if (asksForPresence(fixed)) return quietly((frame) => pass(fixed, frame, node.at));
    if (build.declared.has(fixed.name)) return compileShadowed(fixed, pass, node.at);
    const code: Code = (frame) => pass(fixed, frame, node.at);
    return isPure(fixed.name) && isConstant(node) ? once(code) : code;
  }
  const callee = build.compile(node.callee, scope);
  const name = node.callee.kind === "name" ? ` "${node.callee.name}"` : "";
  return (frame) => {
    const fn = callee(frame);
    if (isFunction(fn)) return pass(fn, frame, node.at);
    return frame.session.warn(
      "NO_FUNCTION_FOUND",
      `Expected a function${name}, but found ${typeOf(fn)}.`,
      node.callee.at,
    );
  };
}

/** The model's own function of that name if there is one at run time, else the built-in. Data is never a function. */
function compileShadowed(fixed: FeelFunction, pass: Arguments, at: FeelPosition): Code {
  return (frame) => {
    const own = frame.scope.get(fixed.name);
    return pass(own instanceof FeelFunction ? own : fixed, frame, at);
  };
}

/** A function known at compile time: one of the author's, or a built-in that no local hides. */
function fixedFunction(name: string, scope: StaticScope, build: Build): FeelFunction | undefined {
  if (scope.resolve(name).local) return undefined;
  return build.functions.get?.(name) ?? builtInFunction(name);
}

/** `is defined(x)` and `get or else(x, y)` ask whether something is there: what is missing is no fault. */
function asksForPresence(fn: FeelFunction): boolean {
  return fn === builtInFunction("is defined") || fn === builtInFunction("get or else");
}

function quietly(code: Code): Code {
  return (frame) => {
    frame.session.quiet++;
    try {
      return code(frame);
    } finally {
      frame.session.quiet--;
    }
  };
}

function isConstant(node: NodeOf<"call">): boolean {
  const given = [...node.positional, ...(node.named ?? []).map((argument) => argument.value)];
  return given.length > 0 && given.every((argument) => argument.kind === "literal");
}

/** Remembers the value of a constant call, unless it left a warning that must show every time. */
function once(code: Code): Code {
  let known: FeelValue | undefined;
  return (frame) => {
    if (known !== undefined) return known;
    const before = frame.session.warnings.length;
    const value = code(frame);
    if (value !== null && frame.session.warnings.length === before) known = value;
    return value;
  };
}

function compileArguments(node: NodeOf<"call">, scope: StaticScope, build: Build): Arguments {
  if (node.named) {
    const named = node.named.map((argument) => ({ name: argument.name, code: build.compile(argument.value, scope) }));
    return (fn, frame, at) => {
      const given = new Map<string, FeelValue>();
      for (const argument of named) given.set(argument.name, argument.code(frame));
      return invokeNamed(fn, given, frame.session, at);
    };
  }
  const positional = node.positional.map((argument) => build.compile(argument, scope));
  return (fn, frame, at) => {
    const given: FeelValue[] = [];
    for (const argument of positional) given.push(argument(frame));
    return invokePositional(fn, given, frame.session, at);
  };
}

/** @param self the slot under which a context entry's function sees itself */
export function compileFunction(node: NodeOf<"function">, scope: StaticScope, build: Build, self?: number): Code {
  const parameters = node.parameters.map((parameter): FeelParameter => {
    if (!parameter.type) return { name: parameter.name };
    return { name: parameter.name, type: resolveType(parameter.type, build.types) };
  });
  if (node.external) return compileExternal(node.body, parameters, scope, build);
  const fn = new FunctionScope(scope.fn);
  let inner = scope.inFunction(fn);
  for (const parameter of parameters) inner = inner.withName(parameter.name, fn.allocate());
  const body = build.compile(node.body, inner);
  const cost = measure(node.body);
  return (frame) => {
    const outer: Frame = { ...frame, locals: frame.locals.slice() };
    const made = new FeelFunction("function", [
      {
        parameters,
        invoke: (args, session) => {
          session.charge(cost.weight);
          session.enter(cost.depth + 1);
          const locals: FeelValue[] = args.map((arg) => arg ?? null);
          const value = body({ scope: frame.scope, input: frame.input, session, locals, outer });
          session.leave(cost.depth + 1);
          return value;
        },
      },
    ]);
    if (self !== undefined) outer.locals[self] = made;
    return made;
  };
}

function compileExternal(body: Node, parameters: readonly FeelParameter[], scope: StaticScope, build: Build): Code {
  const code = build.compile(body, scope);
  return (frame) => {
    const specification = code(frame);
    const found = isContext(specification)
      ? (build.functions.external?.(specification, parameters) ?? externalFunction(specification, parameters))
      : undefined;
    return (
      found ?? frame.session.warn("NO_FUNCTION_FOUND", "Expected a known external function, but none fits.", body.at)
    );
  };
}
