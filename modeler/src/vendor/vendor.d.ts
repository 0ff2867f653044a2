// biome-ignore-all lint/style/noDefaultExport: these packages have default exports
/** Packages without types of their own. Each is used behind one typed wrapper in bpmn/, dmn/ or forms/. */
declare module "bpmn-js-properties-panel" {
  export const BpmnPropertiesPanelModule: unknown;
  export const BpmnPropertiesProviderModule: unknown;
  export const ZeebePropertiesProviderModule: unknown;
}
declare module "@bpmn-io/properties-panel" {
  export const TextFieldEntry: unknown;
  export const TextAreaEntry: unknown;
  export const SelectEntry: unknown;
  export const CheckboxEntry: unknown;
  export const FeelEntry: unknown;
  export const ListGroup: unknown;
  export function isTextFieldEntryEdited(node: unknown): boolean;
  export function isTextAreaEntryEdited(node: unknown): boolean;
  export function isSelectEntryEdited(node: unknown): boolean;
  export function isCheckboxEntryEdited(node: unknown): boolean;
  export function isFeelEntryEdited(node: unknown): boolean;
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
  const DmnModeler: unknown;
  export default DmnModeler;
}
