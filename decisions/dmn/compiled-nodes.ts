/** The executable half of a model, kept apart from what is published: who holds a model cannot change its programs. */
import type { TypeEnvironment } from "../feel/index.ts";
import type { DecisionNode, FunctionNode, InputNode, ServiceNode } from "./graph.ts";
import type { DecisionModel } from "./model.ts";

/** All nodes are by element id. */
export interface ModelNodes {
  readonly decisions: ReadonlyMap<string, DecisionNode>;
  readonly inputs: ReadonlyMap<string, InputNode>;
  readonly functions: ReadonlyMap<string, FunctionNode>;
  readonly services: ReadonlyMap<string, ServiceNode>;
  readonly types: TypeEnvironment;
}

const nodesOfModels = new WeakMap<DecisionModel, ModelNodes>();

export function rememberNodes(model: DecisionModel, nodes: ModelNodes): void {
  nodesOfModels.set(model, nodes);
}

export function nodesOf(model: DecisionModel): ModelNodes {
  const nodes = nodesOfModels.get(model);
  if (!nodes) throw new TypeError("Expected a model made by compileDecisionModel, but it is another object");
  return nodes;
}

export function typesOf(model: DecisionModel): TypeEnvironment {
  return nodesOf(model).types;
}
