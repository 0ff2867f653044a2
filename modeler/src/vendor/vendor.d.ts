// biome-ignore-all lint/style/noDefaultExport: these packages have default exports
/** Packages without types of their own. Each is used behind one typed wrapper in bpmn/, dmn/ or forms/. */
declare module "bpmn-js-properties-panel" {
  export const BpmnPropertiesPanelModule: unknown;
  export const BpmnPropertiesProviderModule: unknown;
  export const ZeebePropertiesProviderModule: unknown;
}
declare module "@bpmn-io/properties-panel" {
  export const CheckboxEntry: unknown;
  export const FeelEntry: unknown;
  export const FeelTextAreaEntry: unknown;
  export const Group: unknown;
  export const ListGroup: unknown;
  export const SelectEntry: unknown;
  export const TextFieldEntry: unknown;
  export const isCheckboxEntryEdited: unknown;
  export const isFeelEntryEdited: unknown;
  export const isSelectEntryEdited: unknown;
  export const isTextFieldEntryEdited: unknown;
}
declare module "@bpmn-io/properties-panel/preact/jsx-runtime" {
  export function jsx(type: string, properties: Readonly<Record<string, unknown>>): unknown;
}
declare module "camunda-bpmn-js-behaviors/lib/camunda-cloud" {
  const module: unknown;
  export default module;
}
declare module "bpmn-js-create-append-anything" {
  export const CreateAppendAnythingModule: unknown;
}
declare module "bpmn-js-token-simulation" {
  const module: unknown;
  export default module;
}
declare module "@bpmn-io/variable-resolver" {
  export const ZeebeVariableResolverModule: unknown;
}
declare module "dmn-js/lib/Modeler" {
  export interface DmnView {
    readonly id: string;
    readonly name?: string;
    readonly type: "drd" | "decisionTable" | "literalExpression" | "boxedExpression";
    readonly element: { readonly id: string; readonly name?: string };
  }
  export interface DmnViewer {
    get(name: string): unknown;
    on(event: string, handler: () => void): void;
  }
  export default class DmnModeler {
    constructor(options: Readonly<Record<string, unknown>>);
    importXML(xml: string): Promise<{ readonly warnings: readonly { readonly message: string }[] }>;
    saveXML(options: { readonly format: boolean }): Promise<{ readonly xml: string }>;
    getViews(): readonly DmnView[];
    getActiveView(): DmnView | undefined;
    getActiveViewer(): DmnViewer | undefined;
    open(view: DmnView): Promise<unknown>;
    on(event: string, handler: () => void): void;
    destroy(): void;
  }
}

/** engine/model/lint.ts, see build/server-rules.ts. */
declare module "interlock:lint" {
  export interface Problem {
    readonly severity: "error" | "warning";
    readonly ruleId: string;
    readonly elementId: string | null;
    readonly message: string;
    readonly line?: number;
    readonly column?: number;
  }
  export function lintBpmn(xml: string): Promise<readonly Problem[]>;
}

/** decisions/dmn in the browser, see build/server-rules.ts. */
declare module "interlock:dmn" {
  export interface DecisionModel {
    readonly namespace: string;
    readonly decisions: ReadonlyMap<string, { readonly id: string; readonly name: string }>;
  }
  export interface EvaluatedDecision {
    readonly decisionId: string;
    readonly decisionName: string;
    readonly output: unknown;
    readonly matchedRules: readonly { readonly ruleId: string; readonly ruleIndex: number }[];
  }
  export interface DecisionResult {
    readonly value: unknown;
    readonly failure?: { readonly message: string };
    readonly evaluated: readonly EvaluatedDecision[];
  }
  export function compileDecisionModel(
    xml: string,
    options?: { readonly importedModels?: ReadonlyMap<string, DecisionModel> },
  ): Promise<DecisionModel>;
  export function evaluateDecision(
    model: DecisionModel,
    decision: string,
    variables: Readonly<Record<string, unknown>>,
    options?: { readonly strict?: boolean },
  ): DecisionResult;
  export function toJson(value: unknown): unknown;
}
