/** The read-only diagram as a component: zoom buttons, decorations, selection in both directions. */
import { Maximize, ZoomIn, ZoomOut } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import "bpmn-js/dist/assets/bpmn-font/css/bpmn.css";
import "./diagram-states.css";
import { IconButton } from "../ui/button.tsx";
import { ProblemNotice } from "../ui/notice.tsx";
import type { Decorations } from "./decoration.ts";
import styles from "./diagram.module.css";
import { DiagramView, type Sign } from "./diagram-view.ts";
import type { OutlineStep } from "./outline-steps.ts";
import type { SharedViewport } from "./shared-viewport.ts";

interface DiagramProps {
  readonly xml: string;
  readonly label: string;
  readonly decorations?: Decorations;
  /** What is marked on single elements, instead of decorations. */
  readonly signs?: ReadonlyMap<string, Sign>;
  /** Scrolls and zooms together with the diagrams of the same viewport; the same for the life of the component. */
  readonly viewport?: SharedViewport;
  readonly selected?: string | null;
  readonly onSelect?: (elementId: string | null) => void;
  readonly onOutline?: (steps: readonly OutlineStep[]) => void;
}

export function Diagram({
  xml,
  label,
  decorations,
  signs,
  viewport,
  selected = null,
  onSelect,
  onOutline,
}: DiagramProps) {
  const container = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<DiagramView | null>(null);
  const [ready, setReady] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const handlers = useRef({ onSelect, onOutline });
  handlers.current = { onSelect, onOutline };

  useEffect(() => {
    if (!container.current) return;
    const created = new DiagramView({
      container: container.current,
      onSelect: (elementId) => handlers.current.onSelect?.(elementId),
      viewport,
    });
    setView(created);
    const observer = new ResizeObserver(() => created.fit());
    observer.observe(container.current);
    return () => {
      observer.disconnect();
      created.destroy();
      setView(null);
    };
  }, [viewport]);

  useEffect(() => {
    if (!view) return;
    setReady(false);
    setError(null);
    view.show(xml).then(
      (steps) => {
        if (!steps) return;
        setReady(true);
        handlers.current.onOutline?.(steps);
      },
      (cause: unknown) => setError(cause),
    );
  }, [view, xml]);

  useEffect(() => {
    if (ready && view && decorations) view.decorate(decorations);
  }, [ready, view, decorations]);

  useEffect(() => {
    if (ready && view && signs) view.sign(signs);
  }, [ready, view, signs]);

  useEffect(() => {
    if (ready && view) view.select(selected);
  }, [ready, view, selected]);

  return (
    <figure className={styles.diagram} aria-label={label} data-ready={ready}>
      <div ref={container} className={styles.canvas} />
      {error !== null && (
        <div className={styles.error}>
          <ProblemNotice error={error} />
        </div>
      )}
      <div className={styles.zoom}>
        <IconButton small kind="plain" label="Zoom in" onClick={() => view?.zoom(1)}>
          <ZoomIn size={14} />
        </IconButton>
        <IconButton small kind="plain" label="Zoom out" onClick={() => view?.zoom(-1)}>
          <ZoomOut size={14} />
        </IconButton>
        <IconButton small kind="plain" label="Fit diagram" onClick={() => view?.fit()}>
          <Maximize size={14} />
        </IconButton>
      </div>
    </figure>
  );
}
