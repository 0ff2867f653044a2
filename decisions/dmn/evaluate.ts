/**
 * Evaluation of decisions and decision services: DMN 1.5 §10.4. Synchronous, bounded by the session's limits, and
 * without exceptions: a limit, or in strict mode the first fault, is a failure with the decision where it happened.
 */

import type { FeelFailure, FeelLimits, FeelValue, FeelWarning, SessionOptions } from "../feel/index.ts";
import { runGuarded } from "../feel/index.ts";
import { nodesOf } from "./compiled-nodes.ts";
import type { DecisionNode, ServiceNode } from "./graph.ts";
import { evaluateInOrder, evaluationOrder, Run } from "./graph.ts";
import type { DecisionModel } from "./model.ts";
import { type DecisionVariables, runInputs } from "./run-inputs.ts";
import { runService } from "./service.ts";
import type { EvaluatedDecision } from "./trace.ts";
import { DecisionSession } from "./trace.ts";

export interface EvaluateDecisionOptions extends Pick<SessionOptions, "now" | "timeZone" | "seed"> {
  /** For policies: an unknown name, a missing value, a type error, a violated hit policy or no match is a failure. */
  readonly strict?: boolean;
  readonly limits?: Partial<FeelLimits>;
}

export interface DecisionResult {
  /** Null when there is a failure. */
  readonly value: FeelValue;
  readonly warnings: readonly FeelWarning[];
  readonly failure?: DecisionFailure;
  /** In the order of evaluation; the asked decision last. Up to the failure, when there is one. */
  readonly evaluated: readonly EvaluatedDecision[];
}

export interface DecisionFailure extends Omit<FeelFailure, "kind"> {
  readonly kind: FeelFailure["kind"] | "NO_DECISION_FOUND";
  /** The decision that was being evaluated. */
  readonly decisionId: string;
}

/** Evaluates a decision, and before it those that it requires. Names are looked up when no id matches. */
export function evaluateDecision(
  model: DecisionModel,
  decisionIdOrName: string,
  variables: DecisionVariables,
  options: EvaluateDecisionOptions = {},
): DecisionResult {
  const node = findNode(nodesOf(model).decisions, decisionIdOrName, ({ decision }) => decision.name);
  if (!node) return notFound(model, decisionIdOrName, "decision");
  return run(
    model,
    variables,
    options,
    (current) => {
      evaluateInOrder(orderOf(node), current);
      return current.results.get(node) ?? null;
    },
    node.decision.id,
  );
}

/** Evaluates a decision service. `variables` hold its input data and input decisions, by name. */
export function evaluateDecisionService(
  model: DecisionModel,
  serviceIdOrName: string,
  variables: DecisionVariables,
  options: EvaluateDecisionOptions = {},
): DecisionResult {
  const node = findNode<ServiceNode>(nodesOf(model).services, serviceIdOrName, ({ service }) => service.name);
  if (!node) return notFound(model, serviceIdOrName, "decision service");
  return run(model, variables, options, (current) => runService(node, current), node.service.id);
}

function findNode<Node>(
  nodes: ReadonlyMap<string, Node>,
  idOrName: string,
  nameOf: (node: Node) => string,
): Node | undefined {
  const byId = nodes.get(idOrName);
  if (byId) return byId;
  for (const node of nodes.values()) if (nameOf(node) === idOrName) return node;
  return undefined;
}

function notFound(model: DecisionModel, decisionId: string, what: string): DecisionResult {
  const message = `Expected a ${what} of ${model.name}, but there is no ${decisionId}`;
  return { value: null, warnings: [], evaluated: [], failure: { kind: "NO_DECISION_FOUND", message, decisionId } };
}

/** Orders are computed at the first evaluation and kept: most decisions of a model are only ever required. */
const orders = new WeakMap<DecisionNode, readonly DecisionNode[]>();

function orderOf(node: DecisionNode): readonly DecisionNode[] {
  let order = orders.get(node);
  if (!order) {
    order = evaluationOrder([node]);
    orders.set(node, order);
  }
  return order;
}

function run(
  model: DecisionModel,
  variables: DecisionVariables,
  options: EvaluateDecisionOptions,
  evaluate: (run: Run) => FeelValue,
  decisionId: string,
): DecisionResult {
  const evaluated: EvaluatedDecision[] = [];
  const session = new DecisionSession(options);
  const current = new Run(session, runInputs(model, variables, session), evaluated);
  const { value, warnings, error } = runGuarded(session, () => evaluate(current));
  if (!error) return { value, warnings, evaluated };
  return { value: null, warnings, evaluated, failure: { ...error, decisionId: current.evaluating ?? decisionId } };
}
