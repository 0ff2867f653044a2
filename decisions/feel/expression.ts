// Compiled expressions and unary tests: what a deployment keeps and a run evaluates.
// Contract: compile once, evaluate many times, from any number of sessions; nothing is shared between evaluations.
import type { Node, UnaryTestsNode } from "./ast.ts";
import type { FunctionRegistry } from "./compile/build.ts";
import { newBuild } from "./compile/compiler.ts";
import type { FeelScope, Frame } from "./compile/frame.ts";
import { FunctionScope, StaticScope } from "./compile/static-scope.ts";
import { anyOf, compileTest, type TestCode } from "./compile/tests.ts";
import { type FeelLimits, feelLimits, ValueLimitError } from "./limits.ts";
import { parseToNode, parseToTests } from "./parse.ts";
import {
  EvaluationSession,
  EvaluationStop,
  type FeelFailure,
  type FeelWarning,
  type SessionOptions,
} from "./session.ts";
import { shapeOfTests, type UnaryTestShape } from "./shape.ts";
import type { NameTree } from "./syntax-tree.ts";
import type { TypeEnvironment } from "./type.ts";
import type { FeelValue } from "./value.ts";

export interface CompileOptions {
  /**
   * Names that the model declares. Needed where they hold operators or keywords ("a - b") and where a function of the
   * model has the name of a built-in; other names need no declaration. Never take them from input data.
   */
  names?: Iterable<string> | NameTree;
  /** Types by name, for `instance of` and typed parameters. */
  types?: TypeEnvironment;
  /** The author's functions: they win over built-ins of the same name. Also resolves external functions. */
  functions?: FunctionRegistry;
  limits?: Partial<FeelLimits>;
}

export interface EvaluateOptions extends SessionOptions {
  /** The `?` of the expression. */
  input?: FeelValue;
  /** Shares budget, clock, strictness and warnings with other evaluations; the options beside it are then unused. */
  session?: EvaluationSession;
}

export interface Evaluation<V extends FeelValue = FeelValue> {
  value: V;
  warnings: readonly FeelWarning[];
  /** Set when the evaluation was ended: by a limit, or in strict mode by its first fault. The value is then null. */
  error?: FeelFailure;
}

/** What an expression needs from outside. */
export interface References {
  /** Every name that may be looked up outside the text. */
  readonly references: readonly string[];
  /** Those of them that an entry of a filtered element or a built-in function may supply instead. */
  readonly uncertainReferences: readonly string[];
  /** Paths from free names: "order.total". */
  readonly paths: readonly string[];
}

export interface CompiledExpression extends References {
  readonly source: string;
  readonly tree: Node;
  evaluate(scope: FeelScope, options?: EvaluateOptions): Evaluation;
  /** Like evaluate, for callers that keep a session: warnings and failure are on it. Never throws. */
  run(scope: FeelScope, session: EvaluationSession, input?: FeelValue): FeelValue;
}

export interface CompiledUnaryTests extends References {
  readonly source: string;
  readonly tree: UnaryTestsNode;
  /** `-`: true for every input. */
  readonly wildcard: boolean;
  readonly negated: boolean;
  /** What each test is when it is constant: for indexes and for the analysis of tables. */
  readonly shapes: readonly UnaryTestShape[];
  evaluate(input: FeelValue, scope: FeelScope, options?: EvaluateOptions): Evaluation<boolean | null>;
  run(input: FeelValue, scope: FeelScope, session: EvaluationSession): boolean | null;
}

const NO_FUNCTIONS: FunctionRegistry = {};

function namesOf(names: CompileOptions["names"]): NameTree {
  if (names === undefined) return {};
  if (Symbol.iterator in names) return Object.fromEntries([...names].map((name) => [name, true as const]));
  return names;
}

function limitsOf(options: CompileOptions): FeelLimits {
  return options.limits ? { ...feelLimits, ...options.limits } : feelLimits;
}

/**
 * Compiles an expression.
 * @throws FeelSyntaxError with the place, when the text is no FEEL or exceeds the source limits
 */
export function compileExpression(source: string, options: CompileOptions = {}): CompiledExpression {
  const names = namesOf(options.names);
  const tree = parseToNode(source, names, limitsOf(options));
  const build = newBuild(options.functions ?? NO_FUNCTIONS, options.types, new Set(Object.keys(names)));
  const scope = new StaticScope(new FunctionScope(null));
  const code = build.compile(tree, scope);
  const { fn } = scope;
  const run = (outer: FeelScope, session: EvaluationSession, input: FeelValue = null) =>
    guard(session, () => code(frameOf(outer, session, input, fn.slots)));
  return {
    source,
    tree,
    ...referencesOf(build),
    run,
    evaluate: (outer, options = {}) => {
      const session = options.session ?? new EvaluationSession(options);
      return concluded(run(outer, session, options.input ?? null), session);
    },
  };
}

/**
 * Compiles a cell of a decision table, or the tests behind `in`.
 * @throws FeelSyntaxError
 */
export function compileUnaryTests(source: string, options: CompileOptions = {}): CompiledUnaryTests {
  const names = namesOf(options.names);
  const tree = parseToTests(source, names, limitsOf(options));
  const build = newBuild(options.functions ?? NO_FUNCTIONS, options.types, new Set(Object.keys(names)));
  const scope = new StaticScope(new FunctionScope(null));
  const test = anyOf(tree.tests.map((node) => compileTest(node, scope, build)));
  const { fn } = scope;
  const run = (input: FeelValue, outer: FeelScope, session: EvaluationSession): boolean | null => {
    if (tree.wildcard) return true;
    const result = guard(session, () => testOnce(test, frameOf(outer, session, input, fn.slots)));
    return tree.negated && result !== null ? !result : result;
  };
  return {
    source,
    tree,
    ...referencesOf(build),
    wildcard: tree.wildcard,
    negated: tree.negated,
    shapes: shapeOfTests(tree),
    run,
    evaluate: (input, outer, options = {}) => {
      const session = options.session ?? new EvaluationSession(options);
      return concluded(run(input, outer, session), session);
    },
  };
}

function testOnce(test: TestCode, frame: Frame): boolean | null {
  return test(frame.input, frame);
}

function frameOf(scope: FeelScope, session: EvaluationSession, input: FeelValue, slots: number): Frame {
  return { scope, input, session, locals: slots === 0 ? [] : new Array<FeelValue>(slots), outer: null };
}

function referencesOf(build: {
  references: Set<string>;
  uncertainReferences: Set<string>;
  paths: Set<string>;
}): References {
  return {
    references: [...build.references],
    uncertainReferences: [...build.uncertainReferences],
    paths: [...build.paths],
  };
}

/** Turns an ended evaluation into null with the failure on the session. Bugs still throw. */
function guard<V extends FeelValue>(session: EvaluationSession, action: () => V): V | null {
  if (session.failure) return null;
  const { depth } = session;
  try {
    return action();
  } catch (error) {
    if (error instanceof EvaluationStop) return null;
    session.failure ??= failureOf(error);
    return null;
  } finally {
    session.depth = depth;
  }
}

/** Runs a whole request on one session, with its warnings and failure as the result. Bugs still throw. */
export function runGuarded(session: EvaluationSession, run: () => FeelValue): Evaluation {
  return concluded(guard(session, run), session);
}

/** The failure behind a thrown error; anything that is no limit is a bug and thrown again. */
function failureOf(error: unknown): FeelFailure {
  if (error instanceof ValueLimitError) return { kind: "LIMIT_EXCEEDED", limit: error.limit, message: error.message };
  if (!(error instanceof RangeError) || !error.message.includes("call stack")) throw error;
  const message = "Expected fewer nested evaluations, but the stack is used up (depthMax).";
  return { kind: "LIMIT_EXCEEDED", limit: "depthMax", message };
}

function concluded<V extends FeelValue>(value: V, session: EvaluationSession): Evaluation<V> {
  if (!session.failure) return { value, warnings: session.warnings };
  return { value: null as V, warnings: session.warnings, error: session.failure };
}
