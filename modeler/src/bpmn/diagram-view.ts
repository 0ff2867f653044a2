/**
 * The read-only diagram: one class owns the viewer and everything drawn on it, so that a late import or a cleanup in
 * another order never touches a destroyed viewer.
 */
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import type { Decoration, Decorations } from "./decoration.ts";
import { type OutlineStep, readOutline } from "./outline-steps.ts";
import type { Canvas, ElementRegistry, EventBus, Overlays, Shape } from "./services.ts";

interface Options {
  readonly container: HTMLElement;
  readonly onSelect?: (elementId: string | null) => void;
}

export class DiagramView {
  readonly #viewer: NavigatedViewer;
  readonly #container: HTMLElement;
  #destroyed = false;
  #selected: string | null = null;
  #decorated: { readonly elementId: string; readonly marker: string }[] = [];

  constructor({ container, onSelect }: Options) {
    this.#container = container;
    this.#viewer = new NavigatedViewer({
      container,
      bpmnRenderer: {
        defaultFillColor: "var(--diagram-fill)",
        defaultStrokeColor: "var(--diagram-stroke)",
        defaultLabelColor: "var(--diagram-label)",
      },
    });
    this.#service<EventBus>("eventBus").on("element.click", (event) => {
      const element = event.element;
      onSelect?.(
        element === this.#service<Canvas>("canvas").getRootElement() ? null : (element.labelTarget ?? element).id,
      );
    });
  }

  /** Draws the model; the outline of its steps comes back, or null when the view was closed meanwhile. */
  async show(xml: string): Promise<readonly OutlineStep[] | null> {
    await this.#viewer.importXML(xml);
    if (this.#destroyed) return null;
    this.fit();
    return readOutline(this.#service<ElementRegistry>("elementRegistry"));
  }

  /** Fits the drawing into the canvas with a margin, never larger than life. */
  fit(): void {
    if (this.#destroyed) return;
    const canvas = this.#service<Canvas>("canvas");
    canvas.resized();
    const { inner, outer } = canvas.viewbox();
    if (inner.width === 0 || outer.width === 0) return;
    const margin = 32;
    const scale = Math.min(1, (outer.width - 2 * margin) / inner.width, (outer.height - 2 * margin) / inner.height);
    if (!(scale > 0)) return;
    canvas.viewbox({
      x: inner.x - (outer.width / scale - inner.width) / 2,
      y: inner.y - (outer.height / scale - inner.height) / 2,
      width: outer.width / scale,
      height: outer.height / scale,
    });
  }

  zoom(step: 1 | -1): void {
    const canvas = this.#service<Canvas>("canvas");
    canvas.zoom(Math.min(4, Math.max(0.2, canvas.zoom() * (step === 1 ? 1.25 : 0.8))));
  }

  decorate({ elements, flows }: Decorations): void {
    if (this.#destroyed) return;
    const canvas = this.#service<Canvas>("canvas");
    const overlays = this.#service<Overlays>("overlays");
    const registry = this.#service<ElementRegistry>("elementRegistry");
    for (const { elementId, marker } of this.#decorated)
      if (registry.get(elementId)) canvas.removeMarker(elementId, marker);
    this.#decorated = [];
    overlays.remove({ type: "interlock" });
    for (const flow of flows) this.#mark(canvas, registry, flow, "flow-taken");
    for (const [elementId, decoration] of elements) {
      const shape = registry.get(elementId);
      if (!shape || shape.waypoints) continue;
      this.#mark(canvas, registry, elementId, markerOf(decoration));
      if (decoration.running > 0)
        this.#badge(overlays, shape, "running", String(decoration.running), `${decoration.running} running`);
      if (decoration.waiting > 0)
        this.#badge(
          overlays,
          shape,
          "waiting",
          String(decoration.waiting),
          `${decoration.waiting} waiting for approval`,
        );
      if (decoration.incidents > 0)
        this.#badge(overlays, shape, "incident", "!", `${decoration.incidents} open incidents`);
      else if (decoration.running === 0 && decoration.completed > 1)
        this.#badge(overlays, shape, "count", `${decoration.completed}×`, `ran ${decoration.completed} times`);
    }
  }

  /** Marks one element as chosen and brings it into view. */
  select(elementId: string | null): void {
    if (this.#destroyed) return;
    const canvas = this.#service<Canvas>("canvas");
    const registry = this.#service<ElementRegistry>("elementRegistry");
    if (this.#selected !== null && registry.get(this.#selected)) canvas.removeMarker(this.#selected, "chosen");
    this.#selected = elementId;
    if (elementId === null || !registry.get(elementId)) return;
    canvas.addMarker(elementId, "chosen");
    canvas.scrollToElement(elementId, 40);
  }

  destroy(): void {
    this.#destroyed = true;
    this.#viewer.destroy();
    this.#container.replaceChildren();
  }

  #mark(canvas: Canvas, registry: ElementRegistry, elementId: string, marker: string): void {
    if (marker === "" || !registry.get(elementId)) return;
    canvas.addMarker(elementId, marker);
    this.#decorated.push({ elementId, marker });
  }

  #badge(overlays: Overlays, shape: Shape, kind: string, text: string, title: string): void {
    const badge = document.createElement("div");
    badge.className = `diagram-badge diagram-badge-${kind}`;
    badge.textContent = text;
    badge.title = title;
    const position = kind === "incident" ? { top: -11, right: 11 } : { bottom: 11, left: -9 };
    overlays.add(shape.id, "interlock", { position, html: badge, scale: { min: 0.9, max: 1.2 } });
  }

  #service<Service>(name: string): Service {
    return this.#viewer.get(name) as Service;
  }
}

function markerOf(decoration: Decoration): string {
  if (decoration.incidents > 0) return "state-incident";
  if (decoration.waiting > 0) return "state-waiting";
  if (decoration.running > 0) return "state-running";
  return decoration.completed > 0 ? "state-completed" : "";
}
