/**
 * The read-only diagram: one class owns the viewer and everything drawn on it, so that a late import or a cleanup in
 * another order never touches a destroyed viewer.
 */
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";
import type { Decoration, Decorations } from "./decoration.ts";
import { type OutlineStep, readOutline } from "./outline-steps.ts";
import type { Box, Canvas, ElementRegistry, EventBus, Overlays, Shape } from "./services.ts";
import type { Place, SharedViewport } from "./shared-viewport.ts";

interface Options {
  readonly container: HTMLElement;
  readonly onSelect?: (elementId: string | null) => void;
  /** Diagrams with one viewport scroll and zoom together. */
  readonly viewport?: SharedViewport | undefined;
}

/** A sign on an element: a class name for its look, and a badge that tells it without colour. */
export interface Sign {
  readonly marker: string;
  readonly text: string;
  readonly title: string;
}

export class DiagramView {
  readonly #viewer: NavigatedViewer;
  readonly #container: HTMLElement;
  readonly #viewport: SharedViewport | undefined;
  #destroyed = false;
  #selected: string | null = null;
  #decorated: { readonly elementId: string; readonly marker: string }[] = [];

  constructor({ container, onSelect, viewport }: Options) {
    this.#container = container;
    this.#viewport = viewport;
    this.#viewer = new NavigatedViewer({
      container,
      // Diagrams that follow each other do so at once.
      canvas: { deferUpdate: false },
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
    if (viewport)
      this.#service<EventBus>("eventBus").on("canvas.viewbox.changed", () => viewport.follow(this, this.place()));
  }

  /** Draws the model; the outline of its steps comes back, or null when the view was closed meanwhile. */
  async show(xml: string): Promise<readonly OutlineStep[] | null> {
    await this.#viewer.importXML(xml);
    if (this.#destroyed) return null;
    this.#viewport?.join(this);
    this.fit();
    return readOutline(this.#service<ElementRegistry>("elementRegistry"));
  }

  /** What the drawing covers, in its own coordinates. */
  extent(): Box {
    return this.#service<Canvas>("canvas").viewbox().inner;
  }

  place(): Place {
    const { x, y, scale } = this.#service<Canvas>("canvas").viewbox();
    return { x, y, scale };
  }

  look({ x, y, scale }: Place): void {
    if (this.#destroyed) return;
    const canvas = this.#service<Canvas>("canvas");
    const { outer } = canvas.viewbox();
    canvas.viewbox({ x, y, width: outer.width / scale, height: outer.height / scale });
  }

  /** Fits the drawing into the canvas with a margin, never larger than life; together with those it is compared to. */
  fit(): void {
    if (this.#destroyed) return;
    const canvas = this.#service<Canvas>("canvas");
    canvas.resized();
    const { outer } = canvas.viewbox();
    const inner = this.#viewport?.extent() ?? this.extent();
    if (inner.width === 0 || outer.width === 0) return;
    const margin = Math.min(32, outer.height / 12);
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
    this.#clear();
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

  /** Puts a sign on each element, also on flows. Instead of the states of `decorate`. */
  sign(signs: ReadonlyMap<string, Sign>): void {
    if (this.#destroyed) return;
    const canvas = this.#service<Canvas>("canvas");
    const overlays = this.#service<Overlays>("overlays");
    const registry = this.#service<ElementRegistry>("elementRegistry");
    this.#clear();
    for (const [elementId, { marker, text, title }] of signs) {
      const shape = registry.get(elementId);
      if (!shape) continue;
      this.#mark(canvas, registry, elementId, marker);
      // A frame around others keeps its ground: filled, it would seem to say something of what is in it.
      if (/SubProcess$|Transaction$|Participant$|Lane$/.test(shape.type))
        this.#mark(canvas, registry, elementId, "frame");
      this.#badge(overlays, shape, marker, text, title);
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
    const { scale, outer } = canvas.viewbox();
    if (this.#viewport && scale < readable) {
      const { x, y, width, height } = boundsOf(registry.get(elementId));
      this.look({
        x: x + width / 2 - outer.width / readable / 2,
        y: y + height / 2 - outer.height / readable / 2,
        scale: readable,
      });
    } else canvas.scrollToElement(elementId, 40);
  }

  destroy(): void {
    this.#destroyed = true;
    this.#viewport?.leave(this);
    this.#viewer.destroy();
    this.#container.replaceChildren();
  }

  #clear(): void {
    const registry = this.#service<ElementRegistry>("elementRegistry");
    for (const { elementId, marker } of this.#decorated)
      if (registry.get(elementId)) this.#service<Canvas>("canvas").removeMarker(elementId, marker);
    this.#decorated = [];
    this.#service<Overlays>("overlays").remove({ type: "interlock" });
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
    const position = shape.waypoints
      ? middleOf(shape)
      : kind === "incident"
        ? { top: -11, right: 11 }
        : { bottom: 11, left: -9 };
    overlays.add(shape.id, "interlock", { position, html: badge, scale: { min: 0.7, max: 1.2 } });
  }

  #service<Service>(name: string): Service {
    return this.#viewer.get(name) as Service;
  }
}

/** Diagrams that are compared are small; one that shows what was chosen from the list comes up to this scale. */
const readable = 0.6;

function boundsOf(shape: Shape | undefined): Box {
  if (!shape?.waypoints) return shape ?? { x: 0, y: 0, width: 0, height: 0 };
  const [xs, ys] = [shape.waypoints.map(({ x }) => x), shape.waypoints.map(({ y }) => y)];
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

function markerOf(decoration: Decoration): string {
  if (decoration.incidents > 0) return "state-incident";
  if (decoration.waiting > 0) return "state-waiting";
  if (decoration.running > 0) return "state-running";
  return decoration.completed > 0 ? "state-completed" : "";
}

/** The middle of a flow, from the corner of its bounds, which is where overlays of a connection are placed from. */
function middleOf(flow: Shape): { readonly top: number; readonly left: number } {
  const waypoints = flow.waypoints ?? [];
  const at = (waypoints.length - 1) / 2;
  const [from, to] = [waypoints[Math.floor(at)], waypoints[Math.ceil(at)]];
  if (!from || !to) return { top: 0, left: 0 };
  const { x, y } = boundsOf(flow);
  return { top: (from.y + to.y) / 2 - y - 11, left: (from.x + to.x) / 2 - x - 11 };
}
