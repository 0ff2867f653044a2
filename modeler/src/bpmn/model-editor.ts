/**
 * The BPMN editor: bpmn-js with the properties panel, Zeebe's and our own extensions, append menu and simulation, as one
 * class that owns its life. Pages that only show diagrams must not import this file (it is the largest chunk).
 */

import { ZeebeVariableResolverModule } from "@bpmn-io/variable-resolver";
import BpmnModeler from "bpmn-js/lib/Modeler";
import { CreateAppendAnythingModule } from "bpmn-js-create-append-anything";
import {
  BpmnPropertiesPanelModule,
  BpmnPropertiesProviderModule,
  ZeebePropertiesProviderModule,
} from "bpmn-js-properties-panel";
import tokenSimulation from "bpmn-js-token-simulation";
import zeebeBehaviors from "camunda-bpmn-js-behaviors/lib/camunda-cloud";
import zeebeDescriptor from "zeebe-bpmn-moddle/resources/zeebe.json";
import interlockDescriptor from "../../../engine/model/interlock-descriptor.json";
import { InterlockPropertiesProvider } from "./interlock-properties.ts";
import { type OutlineStep, readOutline } from "./outline-steps.ts";
import type { Canvas, ElementRegistry, Overlays, Shape } from "./services.ts";

export interface EditorHandlers {
  /** After every change, also by undo; `canUndo` tells whether anything differs from what was opened. */
  readonly onChange: (state: { readonly canUndo: boolean; readonly canRedo: boolean }) => void;
  readonly onSelect: (elementId: string | null) => void;
}

/** A finding to be shown on the canvas. */
export interface Mark {
  readonly elementId: string | null;
  readonly severity: "error" | "warning";
  readonly message: string;
}

interface CommandStack {
  canUndo(): boolean;
  canRedo(): boolean;
  undo(): void;
  redo(): void;
}

interface Services {
  readonly canvas: Canvas;
  readonly commandStack: CommandStack;
  readonly elementRegistry: ElementRegistry;
  readonly overlays: Overlays;
  readonly selection: { select(shape: Shape | null): void };
  readonly toggleMode: { toggleMode(active?: boolean): void };
  readonly eventBus: { on(event: string, handler: (event: { readonly newSelection: readonly Shape[] }) => void): void };
}

export class ModelEditor {
  readonly #modeler: BpmnModeler;
  #destroyed = false;

  constructor(canvas: HTMLElement, panel: HTMLElement, handlers: EditorHandlers) {
    this.#modeler = new BpmnModeler({
      container: canvas,
      propertiesPanel: { parent: panel },
      additionalModules: [
        BpmnPropertiesPanelModule,
        BpmnPropertiesProviderModule,
        ZeebePropertiesProviderModule,
        ZeebeVariableResolverModule,
        CreateAppendAnythingModule,
        zeebeBehaviors,
        tokenSimulation,
        {
          __init__: ["interlockPropertiesProvider"],
          interlockPropertiesProvider: ["type", InterlockPropertiesProvider],
        },
      ] as never,
      moddleExtensions: { zeebe: zeebeDescriptor, interlock: interlockDescriptor } as never,
    });
    const changed = () => {
      const stack = this.#service("commandStack");
      handlers.onChange({ canUndo: stack.canUndo(), canRedo: stack.canRedo() });
    };
    this.#service("eventBus").on("commandStack.changed", changed);
    this.#service("eventBus").on("selection.changed", ({ newSelection }) =>
      handlers.onSelect(newSelection.length === 1 ? (newSelection[0]?.id ?? null) : null),
    );
  }

  /** Opens a model; false when the editor was closed meanwhile. */
  async open(xml: string): Promise<boolean> {
    await this.#modeler.importXML(xml);
    if (this.#destroyed) return false;
    this.fit();
    return true;
  }

  async save(): Promise<string> {
    const { xml } = await this.#modeler.saveXML({ format: true });
    if (!xml) throw new Error("Expected the editor to write the model, but it gave nothing back.");
    return xml;
  }

  outline(): readonly OutlineStep[] {
    return readOutline(this.#service("elementRegistry"));
  }

  /** Id and name of the first process: what it will be deployed as. */
  process(): { readonly id: string; readonly name: string | null } {
    const definitions = this.#modeler.getDefinitions() as unknown as {
      readonly rootElements?: readonly { readonly $type: string; readonly id: string; readonly name?: string }[];
    };
    const process = definitions.rootElements?.find((root) => root.$type === "bpmn:Process");
    return { id: process?.id ?? "process", name: process?.name ?? null };
  }

  undo(): void {
    this.#service("commandStack").undo();
  }

  redo(): void {
    this.#service("commandStack").redo();
  }

  simulate(on: boolean): void {
    this.#service("toggleMode").toggleMode(on);
  }

  select(elementId: string): void {
    const shape = this.#service("elementRegistry").get(elementId);
    if (!shape) return;
    this.#service("selection").select(shape);
    this.#service("canvas").scrollToElement(elementId, 80);
  }

  /** Draws the findings onto their elements, the worst per element. */
  mark(marks: readonly Mark[]): void {
    if (this.#destroyed) return;
    const overlays = this.#service("overlays");
    overlays.remove({ type: "interlock-problem" });
    const worst = new Map<string, Mark>();
    for (const mark of marks) {
      if (mark.elementId === null || !this.#service("elementRegistry").get(mark.elementId)) continue;
      if (worst.get(mark.elementId)?.severity !== "error") worst.set(mark.elementId, mark);
    }
    for (const [elementId, mark] of worst) {
      const badge = document.createElement("div");
      badge.className = `model-problem model-problem-${mark.severity}`;
      badge.textContent = "!";
      badge.title = mark.message;
      overlays.add(elementId, "interlock-problem", { position: { top: -9, left: -9 }, html: badge });
    }
  }

  /** Fits the drawing beside the palette. */
  fit(): void {
    const canvas = this.#service("canvas");
    canvas.resized();
    const { inner, outer } = canvas.viewbox();
    if (inner.width === 0 || outer.width === 0) return;
    const [palette, margin] = [96, 32];
    const scale = Math.min(
      1,
      (outer.width - palette - 2 * margin) / inner.width,
      (outer.height - 2 * margin) / inner.height,
    );
    if (!(scale > 0)) return;
    canvas.viewbox({
      x: inner.x - (palette + (outer.width - palette - inner.width * scale) / 2) / scale,
      y: inner.y - (outer.height / scale - inner.height) / 2,
      width: outer.width / scale,
      height: outer.height / scale,
    });
  }

  destroy(): void {
    this.#destroyed = true;
    this.#modeler.destroy();
  }

  #service<Name extends keyof Services>(name: Name): Services[Name] {
    return this.#modeler.get(name) as Services[Name];
  }
}
