/**
 * The decision requirements graph at run time: DMN 1.5 chapter 6 and §10.4. Nodes hold programs; a run holds what one
 * evaluation knows. Required decisions are evaluated first, in an order computed once: no recursion over the graph.
 */
import type { EvaluationSession, FeelFunction, FeelScope, FeelType, FeelValue } from "../feel/index.ts";
import { coerceValue } from "./coercion.ts";
import type { Program } from "./compilation.ts";
import type { Decision, DecisionService } from "./model.ts";
import type { EvaluatedDecision } from "./trace.ts";
import { DecisionSession } from "./trace.ts";

/** What a name in a decision's logic stands for. Undefined: nothing is known under this name. */
export type Binding = (run: Run) => FeelValue | undefined;

export interface InputNode {
  readonly kind: "input";
  readonly id: string;
  readonly name: string;
  readonly namespace: string;
  readonly type: FeelType | undefined;
}

export interface DecisionNode {
  readonly kind: "decision";
  readonly decision: Decision;
  readonly namespace: string;
  readonly program: Program;
  readonly bindings: ReadonlyMap<string, Binding>;
  readonly required: readonly DecisionNode[];
}

/** A knowledge model or a decision service, as the function that expressions call. */
export interface FunctionNode {
  readonly kind: "function";
  readonly name: string;
  readonly value: FeelFunction;
}

export interface ServiceNode extends FunctionNode {
  readonly service: DecisionService;
  readonly outputs: readonly DecisionNode[];
  readonly inputDecisions: readonly DecisionNode[];
  readonly inputData: readonly InputNode[];
  /** The outputs and what they require, up to the input decisions. */
  readonly order: readonly DecisionNode[];
  readonly resultType: FeelType | undefined;
}

/** Where the values of input data come from. */
export interface RunInputs extends FeelScope {
  /** The value of an input data element, converted to its type where the source is JSON. */
  input(node: InputNode): FeelValue | undefined;
}

/** One evaluation of decisions. */
export class Run {
  readonly session: EvaluationSession;
  readonly inputs: RunInputs;
  readonly results = new Map<DecisionNode, FeelValue>();
  /** Undefined where nobody asks for a trace: services called from expressions. */
  readonly evaluated: EvaluatedDecision[] | undefined;
  /** Id of the decision whose logic runs: where a failure happened. */
  evaluating: string | undefined;
  private readonly inputValues = new Map<InputNode, FeelValue | undefined>();

  constructor(session: EvaluationSession, inputs: RunInputs, evaluated?: EvaluatedDecision[]) {
    this.session = session;
    this.inputs = inputs;
    this.evaluated = evaluated;
  }

  inputValue(node: InputNode): FeelValue | undefined {
    if (this.inputValues.has(node)) return this.inputValues.get(node);
    const raw = this.inputs.input(node);
    const value = raw === undefined || !node.type ? raw : coerceValue(raw, node.type, this.session);
    this.inputValues.set(node, value);
    return value;
  }
}

/** What a decision's logic sees: its requirements, and behind them the variables of the request. */
class DecisionScope implements FeelScope {
  private readonly bindings: ReadonlyMap<string, Binding>;
  private readonly run: Run;

  constructor(bindings: ReadonlyMap<string, Binding>, run: Run) {
    this.bindings = bindings;
    this.run = run;
  }

  get(name: string): FeelValue | undefined {
    const binding = this.bindings.get(name);
    return binding ? binding(this.run) : this.run.inputs.get(name);
  }
}

/** Evaluates the decisions of an order that have no result yet. */
export function evaluateInOrder(order: readonly DecisionNode[], run: Run): void {
  for (const node of order) {
    if (run.results.has(node)) continue;
    if (run.session.failure) return;
    run.evaluating = node.decision.id;
    run.results.set(node, evaluateNode(node, run));
  }
}

function evaluateNode(node: DecisionNode, run: Run): FeelValue {
  const { session, evaluated } = run;
  session.charge(1);
  const scope = new DecisionScope(node.bindings, run);
  if (!evaluated) return node.program(scope, session);
  const firstWarning = session.warnings.length;
  const output = node.program(scope, session);
  if (!session.failure) evaluated.push(describe(node, output, session, firstWarning));
  return output;
}

function describe(
  { decision, namespace }: DecisionNode,
  output: FeelValue,
  session: EvaluationSession,
  firstWarning: number,
): EvaluatedDecision {
  const tables = session instanceof DecisionSession ? session.takeTables() : [];
  const own = decision.table ? tables.at(-1) : undefined;
  return {
    decisionId: decision.id,
    decisionName: decision.name,
    namespace,
    type: decision.logicType,
    output,
    inputs: own?.inputs ?? [],
    matchedRules: own?.matchedRules ?? [],
    tables,
    warnings: session.warnings.slice(firstWarning),
  };
}

/**
 * Decisions in the order in which they can be evaluated. Iterative: requirement chains may be as long as a model.
 * @param ends decisions whose requirements are not followed (input decisions of a service)
 */
export function evaluationOrder(
  roots: readonly DecisionNode[],
  ends: ReadonlySet<DecisionNode> = new Set(),
): readonly DecisionNode[] {
  const order: DecisionNode[] = [];
  const done = new Set<DecisionNode>(ends);
  const stack = roots.map((node) => ({ node, next: 0 })).reverse();
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const required = done.has(top.node) ? undefined : top.node.required[top.next++];
    if (required) {
      if (!done.has(required)) stack.push({ node: required, next: 0 });
      continue;
    }
    stack.pop();
    if (done.has(top.node)) continue;
    done.add(top.node);
    order.push(top.node);
  }
  return order;
}
