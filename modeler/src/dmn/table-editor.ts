/** The DMN editor: dmn-js as one class that owns its life. Each table, expression and the graph is a view of one model. */
import DmnModeler, { type DmnView } from "dmn-js/lib/Modeler";

export interface TableView {
  readonly id: string;
  readonly name: string;
  readonly kind: DmnView["type"];
}

export interface TableEditorHandlers {
  readonly onChange: () => void;
  readonly onViews: (views: readonly TableView[], active: string | null) => void;
}

interface CommandStack {
  canUndo(): boolean;
  undo(): void;
  redo(): void;
}

export class TableEditor {
  readonly #container: HTMLElement;
  readonly #modeler: DmnModeler;
  readonly #handlers: TableEditorHandlers;
  readonly #watched = new WeakSet<object>();
  #matched: ReadonlySet<string> = new Set();
  #destroyed = false;

  constructor(container: HTMLElement, handlers: TableEditorHandlers) {
    this.#container = container;
    this.#handlers = handlers;
    this.#modeler = new DmnModeler({ container, height: "100%", width: "100%" });
    this.#modeler.on("views.changed", () => this.#viewsChanged());
  }

  /** Opens a model at its first decision table; false when the editor was closed meanwhile. */
  async open(xml: string): Promise<boolean> {
    await this.#modeler.importXML(xml);
    if (this.#destroyed) return false;
    const views = this.#modeler.getViews();
    const first =
      views.find((view) => view.element.id === "Determination") ?? views.find((view) => view.type === "decisionTable");
    if (first) await this.#modeler.open(first);
    return !this.#destroyed;
  }

  async show(viewId: string): Promise<void> {
    const view = this.#modeler.getViews().find((candidate) => candidate.element.id === viewId);
    if (view && !this.#destroyed) await this.#modeler.open(view);
  }

  async save(): Promise<string> {
    return (await this.#modeler.saveXML({ format: true })).xml;
  }

  undo(): void {
    this.#stack()?.undo();
  }

  redo(): void {
    this.#stack()?.redo();
  }

  /** Highlights the rules that matched a trial, in whichever table they are. */
  highlight(ruleIds: ReadonlySet<string>): void {
    this.#matched = ruleIds;
    for (const cell of this.#container.querySelectorAll<HTMLElement>("[data-row-id]")) {
      cell.classList.toggle("rule-matched", ruleIds.has(cell.dataset.rowId ?? ""));
    }
  }

  destroy(): void {
    this.#destroyed = true;
    this.#modeler.destroy();
    this.#container.replaceChildren();
  }

  #stack(): CommandStack | undefined {
    return this.#modeler.getActiveViewer()?.get("commandStack") as CommandStack | undefined;
  }

  #viewsChanged(): void {
    if (this.#destroyed) return;
    const viewer = this.#modeler.getActiveViewer();
    if (viewer && !this.#watched.has(viewer)) {
      this.#watched.add(viewer);
      viewer.on("commandStack.changed", () => {
        if (!this.#destroyed) this.#handlers.onChange();
      });
    }
    const views = this.#modeler.getViews().map((view) => ({
      id: view.element.id,
      name: view.name ?? view.element.name ?? view.element.id,
      kind: view.type,
    }));
    this.#handlers.onViews(views, this.#modeler.getActiveView()?.element.id ?? null);
    requestAnimationFrame(() => this.highlight(this.#matched));
  }
}
