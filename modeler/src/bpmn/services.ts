/** The few parts of diagram-js that we call, as types. */
export interface ModdleElement {
  readonly $type: string;
  readonly id: string;
  readonly name?: string;
  readonly $parent?: ModdleElement;
  get(name: string): unknown;
}

export interface Shape {
  readonly id: string;
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly businessObject: ModdleElement;
  readonly parent?: Shape;
  readonly labelTarget?: Shape;
  readonly waypoints?: readonly { readonly x: number; readonly y: number }[];
  readonly incoming: readonly Connection[];
  readonly outgoing: readonly Connection[];
  readonly attachers?: readonly Shape[];
  readonly host?: Shape;
}

export interface Connection extends Shape {
  readonly source: Shape;
  readonly target: Shape;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Canvas {
  zoom(): number;
  zoom(level: number): number;
  viewbox(): Box & {
    readonly inner: Box;
    readonly outer: { readonly width: number; readonly height: number };
    readonly scale: number;
  };
  viewbox(box: Box): void;
  resized(): void;
  getRootElement(): Shape;
  addMarker(elementId: string, marker: string): void;
  removeMarker(elementId: string, marker: string): void;
  scrollToElement(elementId: string, padding: number): void;
}

export interface ElementRegistry {
  get(id: string): Shape | undefined;
  getAll(): readonly Shape[];
}

export interface EventBus {
  on(event: "canvas.viewbox.changed", handler: () => void): void;
  on(event: string, handler: (event: { readonly element: Shape }) => void): void;
}

export interface Overlays {
  add(
    elementId: string,
    type: string,
    overlay: {
      readonly position: {
        readonly top?: number;
        readonly right?: number;
        readonly bottom?: number;
        readonly left?: number;
      };
      readonly html: HTMLElement;
      readonly scale?: { readonly min: number; readonly max: number };
    },
  ): string;
  remove(filter: { readonly type: string }): void;
}
