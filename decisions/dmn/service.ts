/** Decision services: DMN 1.5 §10.4. Called by name like a function, or evaluated on their own. */

import type { EvaluationSession, FeelValue } from "../feel/index.ts";
import { anyType, feelFunction } from "../feel/index.ts";
import { coerceValue } from "./coercion.ts";
import type { DecisionNode, InputNode, RunInputs, ServiceNode } from "./graph.ts";
import { evaluateInOrder, evaluationOrder, Run } from "./graph.ts";
import { resultTypeOf } from "./item-definitions.ts";
import type { DecisionService } from "./model.ts";

export interface ServiceParts {
  readonly service: DecisionService;
  readonly outputs: readonly DecisionNode[];
  readonly inputDecisions: readonly DecisionNode[];
  readonly inputData: readonly InputNode[];
}

/** Makes the node of a service. Its parameters are its input data, then its input decisions (§10.4). */
export function serviceNode(parts: ServiceParts): ServiceNode {
  const { service, outputs, inputDecisions, inputData } = parts;
  const order = evaluationOrder(outputs, new Set(inputDecisions));
  const parameters = [
    ...inputData.map(({ name, type }) => ({ name, type: type ?? anyType })),
    ...inputDecisions.map(({ decision }) => ({ name: decision.variableName, type: decision.type ?? anyType })),
  ];
  const resultType = resultTypeOf(service.type);
  const node: ServiceNode = {
    kind: "function",
    name: service.variableName,
    ...parts,
    order,
    resultType,
    value: feelFunction(
      service.variableName,
      parameters,
      (args, session) => {
        const values = new Map<string, FeelValue>();
        args.forEach((arg, index) => {
          values.set(parameters[index]!.name, arg);
        });
        return runService(node, new Run(session, new Arguments(values)));
      },
      resultType,
    ),
  };
  return node;
}

/** Evaluates a service in a run whose inputs hold its parameters. One output is the value, several are a context. */
export function runService(node: ServiceNode, run: Run): FeelValue {
  const { session } = run;
  session.enter(1);
  for (const decision of node.inputDecisions) run.results.set(decision, inputDecision(decision, run.inputs, session));
  evaluateInOrder(node.order, run);
  session.leave(1);
  const [first, ...others] = node.outputs;
  const value = others.length === 0 && first ? (run.results.get(first) ?? null) : resultContext(node, run);
  return node.resultType ? coerceValue(value, node.resultType, session) : value;
}

/** Given by name like input data, and read by its type like input data. */
function inputDecision(
  { decision, namespace }: DecisionNode,
  inputs: RunInputs,
  session: EvaluationSession,
): FeelValue {
  const { id, variableName, type } = decision;
  const value = inputs.input({ kind: "input", id, name: variableName, namespace, type });
  if (value === undefined) {
    return session.warn(
      "NO_VARIABLE_FOUND",
      `Expected a value for the input decision ${decision.variableName}, but there is none.`,
    );
  }
  return decision.type ? coerceValue(value, decision.type, session) : value;
}

function resultContext(node: ServiceNode, run: Run): FeelValue {
  return new Map(node.outputs.map((output) => [output.decision.variableName, run.results.get(output) ?? null]));
}

/** The arguments of a call: a service sees nothing else. */
class Arguments implements RunInputs {
  private readonly values: ReadonlyMap<string, FeelValue>;

  constructor(values: ReadonlyMap<string, FeelValue>) {
    this.values = values;
  }

  get(name: string): FeelValue | undefined {
    return this.values.get(name);
  }

  input(node: InputNode): FeelValue | undefined {
    return this.values.get(node.name);
  }
}
