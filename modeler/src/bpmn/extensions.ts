/** Reading and changing extension elements through bpmn-js commands, one command (one undo step) each. */
import type { ModdleElement, Shape } from "./services.ts";

export interface Modeling {
  updateProperties(element: Shape, properties: Readonly<Record<string, unknown>>): void;
  updateModdleProperties(
    element: Shape,
    moddleElement: ModdleElement,
    properties: Readonly<Record<string, unknown>>,
  ): void;
}

export interface Moddle {
  create(type: string, properties?: Readonly<Record<string, unknown>>): ModdleElement;
}

function holderOf(element: Shape): ModdleElement | undefined {
  return element.businessObject.get("extensionElements") as ModdleElement | undefined;
}

export function extensionsOf(element: Shape): readonly ModdleElement[] {
  return (holderOf(element)?.get("values") as readonly ModdleElement[] | undefined) ?? [];
}

export function addExtension(
  element: Shape,
  type: string,
  attributes: Readonly<Record<string, unknown>>,
  modeling: Modeling,
  moddle: Moddle,
): void {
  const extension = moddle.create(type, attributes);
  const holder = holderOf(element);
  if (holder) {
    Object.assign(extension, { $parent: holder });
    modeling.updateModdleProperties(element, holder, { values: [...extensionsOf(element), extension] });
    return;
  }
  const created = moddle.create("bpmn:ExtensionElements", { values: [extension] });
  Object.assign(extension, { $parent: created });
  Object.assign(created, { $parent: element.businessObject });
  modeling.updateProperties(element, { extensionElements: created });
}

export function removeExtension(element: Shape, extension: ModdleElement, modeling: Modeling): void {
  const holder = holderOf(element);
  if (!holder) return;
  modeling.updateModdleProperties(element, holder, {
    values: extensionsOf(element).filter((value) => value !== extension),
  });
}

export function setAttributes(
  element: Shape,
  holder: ModdleElement,
  attributes: Readonly<Record<string, unknown>>,
  modeling: Modeling,
): void {
  modeling.updateModdleProperties(element, holder, attributes);
}
