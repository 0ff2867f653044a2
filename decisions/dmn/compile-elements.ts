/** DRG elements to nodes, required ones first: what a decision sees of the others is bound here, once. */

import type { FeelFunction, FeelType, FeelValue } from "../feel/index.ts";
import { feelFunction, isFunction } from "../feel/index.ts";
import { compileBoxed } from "./boxed/expression.ts";
import { compileFunction } from "./boxed/function-definition.ts";
import { coerceValue } from "./coercion.ts";
import type { Program, Surroundings } from "./compilation.ts";
import { nullProgram, typedProgram, typeFor } from "./compilation.ts";
import type { ModelNodes } from "./compiled-nodes.ts";
import type { ElementsContext, Found, Visible } from "./find-element.ts";
import { bindNames, decisions, findElements, functions, inputData, visible } from "./find-element.ts";
import type { DecisionNode, FunctionNode, InputNode, ServiceNode } from "./graph.ts";
import { Run } from "./graph.ts";
import { resultTypeOf } from "./item-definitions.ts";
import type { BusinessKnowledgeModel, Decision, DecisionModel, DecisionService, InputData } from "./model.ts";
import { logicTypeOf } from "./model.ts";
import type {
  DecisionServiceSource,
  DecisionSource,
  DrgElementSource,
  InputDataSource,
  KnowledgeModelSource,
  RequirementSource,
} from "./model-source.ts";
import { resolveHref } from "./requirements.ts";
import { serviceNode } from "./service.ts";
import { DecisionSession } from "./trace.ts";

export interface CompiledElements extends Omit<ModelNodes, "types"> {
  readonly published: Pick<DecisionModel, "decisions" | "decisionServices" | "inputData" | "businessKnowledgeModels">;
}

/** @param order the elements, each after those that it requires */
export function compileElements(context: ElementsContext, order: readonly DrgElementSource[]): CompiledElements {
  const made: Made = {
    decisions: new Map(),
    inputs: new Map(),
    functions: new Map(),
    services: new Map(),
    published: new Map(),
  };
  for (const element of order) addElement(context, made, element);
  const { published, ...nodes } = made;
  const ids = [...context.elements.keys()];
  const ofKind = <Value>(kind: DrgElementSource["kind"]): Map<string, Value> =>
    new Map(
      ids.flatMap((id) => (context.elements.get(id)?.kind === kind ? [[id, published.get(id) as Value] as const] : [])),
    );
  return {
    ...nodes,
    published: {
      decisions: ofKind<Decision>("decision"),
      decisionServices: ofKind<DecisionService>("decisionService"),
      inputData: ofKind<InputData>("inputData"),
      businessKnowledgeModels: ofKind<BusinessKnowledgeModel>("knowledgeModel"),
    },
  };
}

/** The nodes made so far, all by id. */
interface Made {
  readonly decisions: Map<string, DecisionNode>;
  readonly inputs: Map<string, InputNode>;
  readonly functions: Map<string, FunctionNode>;
  readonly services: Map<string, ServiceNode>;
  readonly published: Map<string, InputData | Decision | DecisionService | BusinessKnowledgeModel>;
}

function addElement(context: ElementsContext, made: Made, element: DrgElementSource): void {
  if (element.kind === "inputData") addInput(context, made, element);
  else if (element.kind === "decision") addDecision(context, made, element);
  else if (element.kind === "knowledgeModel") addKnowledgeModel(context, made, element);
  else addService(context, made, element);
}

function addInput(context: ElementsContext, made: Made, element: InputDataSource): void {
  const { id, variableName: name } = element;
  const published = publish(context, element);
  made.published.set(id, published);
  made.inputs.set(id, { kind: "input", id, name, namespace: context.source.namespace, type: published.type });
}

/** What every published element has. */
function publish(context: ElementsContext, element: DrgElementSource): InputData {
  const { id, name, variableName, typeRef, description } = element;
  return { id, name, variableName, typeRef, type: typeFor(surround(context, element, []), typeRef, id), description };
}

function addDecision(context: ElementsContext, made: Made, element: DecisionSource): void {
  const inputs = findElements(context, made, element, hrefsOf(element, "inputData"), inputData);
  const required = findElements(context, made, element, hrefsOf(element, "decision"), decisions);
  const knowledge = findElements(context, made, element, hrefsOf(element, "knowledge"), functions);
  const bindings = bindNames(context, element, [
    ...visible(inputs, inputData, (node) => (run) => run.inputValue(node)),
    ...visible(required, decisions, (node) => (run) => run.results.get(node)),
    ...visible(knowledge, functions, (node) => () => node.value),
  ]);
  const decision: Decision = {
    ...publish(context, element),
    logicType: logicTypeOf(element.logic),
    logic: element.logic,
    table: element.logic?.kind === "table" ? element.logic : undefined,
    requiredDecisions: required.map(({ reference }) => reference),
    requiredInputs: inputs.map(({ reference }) => reference),
    requiredKnowledge: knowledge.map(({ reference }) => reference),
    question: element.question,
    allowedAnswers: element.allowedAnswers,
  };
  const program = typedProgram(compileLogic(context, element, [...bindings.keys()]), decision.type, coerceValue);
  const { namespace } = context.source;
  const node = { kind: "decision" as const, decision, namespace, program, bindings, required: required.map(nodeOf) };
  made.decisions.set(element.id, node);
  made.published.set(element.id, decision);
}

const nodeOf = <Node>(found: Found<Node>): Node => found.node;

function hrefsOf(element: DecisionSource | KnowledgeModelSource, kind: RequirementSource["kind"]): readonly string[] {
  return element.requirements.filter((requirement) => requirement.kind === kind).map(({ href }) => href);
}

function compileLogic(context: ElementsContext, element: DecisionSource, names: readonly string[]): Program {
  if (element.logic) return compileBoxed(surround(context, element, names), element.logic, element.name);
  reportMissingLogic(context, element);
  return nullProgram;
}

/** Models in the making have decisions without logic; a policy must not. */
function reportMissingLogic({ compilation }: ElementsContext, element: DrgElementSource): void {
  const message = `Expected logic of ${element.name}, but there is none: its value is null`;
  compilation.log[compilation.strict ? "error" : "warning"]("decision-logic", message, placeOf(element));
}

const placeOf = (element: DrgElementSource) => ({ elementId: element.id, decisionId: element.id });

function addKnowledgeModel(context: ElementsContext, made: Made, element: KnowledgeModelSource): void {
  const { id, variableName: name } = element;
  const isOwn = (href: string): boolean => resolveHref(href, context.source.namespace).id === id;
  const hrefs = hrefsOf(element, "knowledge").filter((href) => !isOwn(href));
  const knowledge = findElements(context, made, element, hrefs, functions);
  const entries: readonly Visible[] = visible(knowledge, functions, (node) => () => node.value);
  const bindings = bindNames(context, element, entries);
  const scope = new Map<string, FeelValue>();
  const value = knowledgeFunction(context, element, [...bindings.keys(), name], scope);
  const nowhere = new Run(new DecisionSession(), { get: () => undefined, input: () => undefined });
  for (const [bound, binding] of bindings) scope.set(bound, binding(nowhere) ?? null);
  scope.set(name, value); // recursion
  made.functions.set(id, { kind: "function", name, value });
  const { logic } = element;
  const published: BusinessKnowledgeModel = {
    ...publish(context, element),
    logic,
    table: logic?.body?.kind === "table" ? logic.body : undefined,
    requiredKnowledge: knowledge.map(({ reference }) => reference),
  };
  made.published.set(id, published);
}

/** The function of a knowledge model. It sees its parameters, its knowledge requirements and itself: nothing else. */
function knowledgeFunction(
  context: ElementsContext,
  element: KnowledgeModelSource,
  names: readonly string[],
  scope: ReadonlyMap<string, FeelValue>,
): FeelFunction {
  const surroundings = surround(context, element, names);
  const nothing = feelFunction(element.variableName, [], () => null);
  if (!element.logic) {
    reportMissingLogic(context, element);
    return nothing;
  }
  const type: FeelType | undefined = resultTypeOf(typeFor(surroundings, element.typeRef, element.id));
  const value = compileFunction(surroundings, element.logic, element.variableName, type)(scope, new DecisionSession());
  return isFunction(value) ? value : nothing;
}

function addService(context: ElementsContext, made: Made, element: DecisionServiceSource): void {
  const decisionsAt = (hrefs: readonly string[]) => findElements(context, made, element, hrefs, decisions);
  const outputs = decisionsAt(element.outputDecisions);
  const encapsulated = decisionsAt(element.encapsulatedDecisions);
  const inputDecisions = decisionsAt(element.inputDecisions);
  const inputs = findElements(context, made, element, element.inputData, inputData);
  if (outputs.length === 0) {
    const message = `Expected an output decision of the service ${element.name}, but there is none`;
    context.compilation.log.error("requirement-incomplete", message, placeOf(element));
  }
  const service: DecisionService = {
    ...publish(context, element),
    outputDecisions: outputs.map(({ reference }) => reference),
    encapsulatedDecisions: encapsulated.map(({ reference }) => reference),
    inputDecisions: inputDecisions.map(({ reference }) => reference),
    inputData: inputs.map(({ reference }) => reference),
  };
  const node = serviceNode({
    service,
    outputs: outputs.map(nodeOf),
    inputDecisions: inputDecisions.map(nodeOf),
    inputData: inputs.map(nodeOf),
  });
  made.functions.set(element.id, node);
  made.services.set(element.id, node);
  made.published.set(element.id, service);
}

/** The surroundings of an element's logic: names that it sees, and what to say about names that it does not. */
function surround(context: ElementsContext, element: DrgElementSource, names: readonly string[]): Surroundings {
  const { compilation } = context;
  return {
    compilation,
    decisionId: element.id,
    names: { own: names, parent: undefined },
    onFreeName: (name, place) => {
      // A variable may have the name of the decision that reads it; other elements are seen by requirement only.
      if (compilation.elementNames.has(name) && name !== element.variableName) {
        const message = `Expected ${element.name} to require ${name}, whose value it uses, but there is no requirement`;
        compilation.log.error("requirement-missing", message, place);
      } else if (compilation.strict && !compilation.knownNames.has(name)) {
        compilation.log.error("name-unknown", `Expected a name that something defines, but ${name} is not`, place);
      }
    },
  };
}
