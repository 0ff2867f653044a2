/** One viewport for several diagrams: where one is scrolled or zoomed to, the others follow. */
import type { Box } from "./services.ts";

/** The upper left corner in the coordinates of the drawing, and how large it is drawn. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly scale: number;
}

interface View {
  extent(): Box;
  look(place: Place): void;
}

export class SharedViewport {
  readonly #views = new Set<View>();
  #leading = false;

  join(view: View): void {
    this.#views.add(view);
  }

  leave(view: View): void {
    this.#views.delete(view);
  }

  /** What all drawings cover together; null before any is drawn. */
  extent(): Box | null {
    const boxes = [...this.#views].map((view) => view.extent()).filter(({ width }) => width > 0);
    if (boxes.length === 0) return null;
    const x = Math.min(...boxes.map((box) => box.x));
    const y = Math.min(...boxes.map((box) => box.y));
    return {
      x,
      y,
      width: Math.max(...boxes.map((box) => box.x + box.width)) - x,
      height: Math.max(...boxes.map((box) => box.y + box.height)) - y,
    };
  }

  /** Called by the view that was moved; the others' own notices of following it are not passed on. */
  follow(leader: View, place: Place): void {
    if (this.#leading || !this.#views.has(leader)) return;
    this.#leading = true;
    try {
      for (const view of this.#views) if (view !== leader) view.look(place);
    } finally {
      this.#leading = false;
    }
  }
}
