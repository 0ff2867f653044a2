/** The public shape of a compiled decision model: immutable, shared by all evaluations. */
import type { FeelType } from "../feel/index.ts";
import type { ExpressionSource, FunctionSource, TableSource } from "./model-source.ts";
import type { DmnProblem } from "./problems.ts";

export interface DecisionModel {
  readonly id: string;
  readonly name: string;
  readonly namespace: string;
  /** "1.1" to "1.7". */
  readonly dmnVersion: string;
  readonly xml: string;
  /** SHA-256 of the XML, hexadecimal. */
  readonly contentHash: string;
  readonly imports: readonly ModelImport[];
  /** By id, in the order of the document. */
  readonly decisions: ReadonlyMap<string, Decision>;
  readonly decisionServices: ReadonlyMap<string, DecisionService>;
  readonly inputData: ReadonlyMap<string, InputData>;
  readonly businessKnowledgeModels: ReadonlyMap<string, BusinessKnowledgeModel>;
  /** By name. */
  readonly itemDefinitions: ReadonlyMap<string, FeelType>;
  /** What the reader and the compiler noticed, none of it an error. */
  readonly warnings: readonly DmnProblem[];
}

export interface ModelImport {
  readonly name: string;
  readonly namespace: string;
  readonly model: DecisionModel;
}

interface NamedElement {
  readonly id: string;
  readonly name: string;
  /** The name that expressions use. */
  readonly variableName: string;
  readonly typeRef: string | undefined;
  readonly type: FeelType | undefined;
  readonly description: string | undefined;
}

export interface InputData extends NamedElement {}

export interface BusinessKnowledgeModel extends NamedElement {
  readonly logic: FunctionSource | undefined;
  /** The body of the function when it is a decision table. */
  readonly table: TableSource | undefined;
  readonly requiredKnowledge: readonly ElementReference[];
}

export interface Decision extends NamedElement {
  readonly logicType: DecisionLogicType;
  readonly logic: ExpressionSource | undefined;
  /** The logic when it is a decision table. */
  readonly table: TableSource | undefined;
  readonly requiredDecisions: readonly ElementReference[];
  readonly requiredInputs: readonly ElementReference[];
  readonly requiredKnowledge: readonly ElementReference[];
  readonly question: string | undefined;
  readonly allowedAnswers: string | undefined;
}

export interface DecisionService extends NamedElement {
  readonly outputDecisions: readonly ElementReference[];
  readonly encapsulatedDecisions: readonly ElementReference[];
  readonly inputDecisions: readonly ElementReference[];
  readonly inputData: readonly ElementReference[];
}

/** An element of this model or of an imported one. */
export interface ElementReference {
  readonly namespace: string;
  readonly id: string;
  readonly name: string;
}

export type DecisionLogicType =
  | "DECISION_TABLE"
  | "LITERAL_EXPRESSION"
  | "CONTEXT"
  | "INVOCATION"
  | "LIST"
  | "RELATION"
  | "FUNCTION"
  | "CONDITIONAL"
  | "FILTER"
  | "FOR"
  | "SOME"
  | "EVERY"
  | "UNSPECIFIED";

const logicTypes: Readonly<Record<ExpressionSource["kind"], DecisionLogicType>> = {
  table: "DECISION_TABLE",
  literal: "LITERAL_EXPRESSION",
  context: "CONTEXT",
  invocation: "INVOCATION",
  list: "LIST",
  relation: "RELATION",
  function: "FUNCTION",
  conditional: "CONDITIONAL",
  filter: "FILTER",
  for: "FOR",
  some: "SOME",
  every: "EVERY",
};

export function logicTypeOf(logic: ExpressionSource | undefined): DecisionLogicType {
  return logic ? logicTypes[logic.kind] : "UNSPECIFIED";
}
