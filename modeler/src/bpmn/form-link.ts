/**
 * In the properties of a user task or a start event: the way to the form that it names, in another tab, so that the
 * diagram keeps its undo steps. An entry of the panel (preact); nothing of React is in here.
 */
import { jsx } from "@bpmn-io/properties-panel/preact/jsx-runtime";
import { extensionsOf } from "./extensions.ts";
import type { Shape } from "./services.ts";

export interface PanelEntry {
  readonly id: string;
  readonly component: (properties: { readonly element: Shape; readonly id: string }) => unknown;
  readonly isEdited?: unknown;
}

/** Null when the element names no form by its id. */
export function formLink(element: Shape, translate: (text: string) => string): PanelEntry | null {
  const definition = extensionsOf(element).find(({ $type }) => $type === "zeebe:FormDefinition");
  const formId = definition?.get("formId");
  // An id that is a FEEL expression is known only when the task is reached.
  if (typeof formId !== "string" || formId === "" || formId.startsWith("=")) return null;
  return {
    id: "interlock-form-link",
    component: () =>
      jsx("a", {
        class: "form-link",
        href: `/forms/${encodeURIComponent(formId)}/edit`,
        target: "_blank",
        rel: "noopener",
        children: translate("Edit form (opens a new tab)"),
      }),
  };
}
