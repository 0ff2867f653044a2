/**
 * A decision model as written: plain data read from XML, nothing resolved or compiled yet.
 * Follows DMN 1.5 chapters 6 (requirements), 7 (expressions), 8 (tables) and 10 (boxed expressions); older versions
 * are subsets of it.
 */

export interface ModelSource {
  readonly id: string;
  readonly name: string;
  readonly namespace: string;
  /** "1.1" to "1.7", from the namespace of the root element. */
  readonly dmnVersion: string;
  readonly expressionLanguage: string | undefined;
  /** Prefix → URI, as declared on the root: DMN 1.1 writes type references as QNames. */
  readonly prefixes: ReadonlyMap<string, string>;
  readonly imports: readonly ImportSource[];
  readonly itemDefinitions: readonly ItemDefinitionSource[];
  readonly elements: readonly DrgElementSource[];
}

export interface ImportSource {
  readonly id: string | undefined;
  readonly name: string;
  readonly namespace: string;
  readonly importType: string;
  readonly locationUri: string | undefined;
}

export interface ItemDefinitionSource {
  readonly id: string | undefined;
  readonly name: string;
  readonly typeRef: string | undefined;
  readonly isCollection: boolean;
  readonly allowedValues: TextSource | undefined;
  readonly typeConstraint: TextSource | undefined;
  readonly components: readonly ItemDefinitionSource[];
  readonly functionItem:
    | { readonly parameters: readonly NamedSource[]; readonly outputTypeRef: string | undefined }
    | undefined;
}

export interface NamedSource {
  readonly id: string | undefined;
  readonly name: string;
  readonly typeRef: string | undefined;
}

/** A FEEL text (expression or unary tests) and the id of the element that holds it. */
export interface TextSource {
  readonly id: string | undefined;
  readonly text: string;
  readonly language: string | undefined;
}

export type DrgElementSource = InputDataSource | DecisionSource | KnowledgeModelSource | DecisionServiceSource;

interface ElementBase {
  readonly id: string;
  readonly name: string;
  /** The name others see it by: `variable.name`; the element's own name when there is no variable. */
  readonly variableName: string;
  readonly typeRef: string | undefined;
  readonly description: string | undefined;
}

export interface InputDataSource extends ElementBase {
  readonly kind: "inputData";
}

export interface RequirementSource {
  readonly kind: "decision" | "inputData" | "knowledge";
  readonly href: string;
}

export interface DecisionSource extends ElementBase {
  readonly kind: "decision";
  readonly requirements: readonly RequirementSource[];
  readonly logic: ExpressionSource | undefined;
  readonly question: string | undefined;
  readonly allowedAnswers: string | undefined;
}

export interface KnowledgeModelSource extends ElementBase {
  readonly kind: "knowledgeModel";
  readonly requirements: readonly RequirementSource[];
  readonly logic: FunctionSource | undefined;
}

export interface DecisionServiceSource extends ElementBase {
  readonly kind: "decisionService";
  readonly outputDecisions: readonly string[];
  readonly encapsulatedDecisions: readonly string[];
  readonly inputDecisions: readonly string[];
  readonly inputData: readonly string[];
}

export type ExpressionSource =
  | LiteralSource
  | TableSource
  | ContextSource
  | InvocationSource
  | ListSource
  | RelationSource
  | FunctionSource
  | ConditionalSource
  | FilterSource
  | IteratorSource;

interface ExpressionBase {
  readonly id: string | undefined;
  readonly typeRef: string | undefined;
}

export interface LiteralSource extends ExpressionBase, TextSource {
  readonly kind: "literal";
}

export type HitPolicy = "UNIQUE" | "FIRST" | "PRIORITY" | "ANY" | "COLLECT" | "RULE ORDER" | "OUTPUT ORDER";
export type Aggregation = "SUM" | "COUNT" | "MIN" | "MAX";

export interface TableSource extends ExpressionBase {
  readonly kind: "table";
  readonly hitPolicy: HitPolicy;
  readonly aggregation: Aggregation | undefined;
  readonly outputLabel: string | undefined;
  readonly inputs: readonly InputClauseSource[];
  readonly outputs: readonly OutputClauseSource[];
  readonly annotations: readonly string[];
  readonly rules: readonly RuleSource[];
}

export interface InputClauseSource {
  readonly id: string | undefined;
  readonly label: string | undefined;
  readonly expression: TextSource;
  readonly typeRef: string | undefined;
  readonly allowedValues: TextSource | undefined;
}

export interface OutputClauseSource {
  readonly id: string | undefined;
  readonly label: string | undefined;
  readonly name: string | undefined;
  readonly typeRef: string | undefined;
  readonly outputValues: TextSource | undefined;
  readonly defaultEntry: TextSource | undefined;
}

export interface RuleSource {
  readonly id: string;
  readonly inputs: readonly TextSource[];
  readonly outputs: readonly TextSource[];
  readonly annotations: readonly string[];
}

export interface ContextSource extends ExpressionBase {
  readonly kind: "context";
  readonly entries: readonly {
    readonly id: string | undefined;
    /** Undefined: the result cell. */
    readonly variable: NamedSource | undefined;
    readonly value: ExpressionSource | undefined;
  }[];
}

export interface InvocationSource extends ExpressionBase {
  readonly kind: "invocation";
  readonly called: ExpressionSource | undefined;
  readonly bindings: readonly { readonly parameter: NamedSource; readonly value: ExpressionSource | undefined }[];
}

export interface ListSource extends ExpressionBase {
  readonly kind: "list";
  readonly items: readonly ExpressionSource[];
}

export interface RelationSource extends ExpressionBase {
  readonly kind: "relation";
  readonly columns: readonly NamedSource[];
  readonly rows: readonly (readonly ExpressionSource[])[];
}

export interface FunctionSource extends ExpressionBase {
  readonly kind: "function";
  readonly functionKind: "FEEL" | "Java" | "PMML";
  readonly parameters: readonly NamedSource[];
  readonly body: ExpressionSource | undefined;
}

export interface ConditionalSource extends ExpressionBase {
  readonly kind: "conditional";
  readonly condition: ExpressionSource | undefined;
  readonly consequence: ExpressionSource | undefined;
  readonly alternative: ExpressionSource | undefined;
}

export interface FilterSource extends ExpressionBase {
  readonly kind: "filter";
  readonly in: ExpressionSource | undefined;
  readonly match: ExpressionSource | undefined;
}

export interface IteratorSource extends ExpressionBase {
  readonly kind: "for" | "some" | "every";
  readonly variable: string;
  readonly in: ExpressionSource | undefined;
  readonly inTypeRef: string | undefined;
  /** `return` of a for, `satisfies` of some and every. */
  readonly body: ExpressionSource | undefined;
}
