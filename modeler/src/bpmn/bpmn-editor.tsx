/** The editor as a component: canvas on paper, properties beside it. */
import "@bpmn-io/properties-panel/dist/assets/properties-panel.css";
import "bpmn-js/dist/assets/bpmn-font/css/bpmn.css";
import "bpmn-js/dist/assets/bpmn-js.css";
import "bpmn-js/dist/assets/diagram-js.css";
import "bpmn-js-token-simulation/assets/css/bpmn-js-token-simulation.css";
import "./editor-theme.css";
import { type RefObject, useEffect, useRef, useState } from "react";
import { ProblemNotice } from "../ui/notice.tsx";
import styles from "./bpmn-editor.module.css";
import { ModelEditor } from "./model-editor.ts";

export interface EditorState {
  readonly changed: boolean;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  readonly simulating: boolean;
}

interface BpmnEditorProps {
  readonly xml: string;
  /** Filled with the editor while it lives. */
  readonly editor: RefObject<ModelEditor | null>;
  readonly onState: (update: (state: EditorState) => EditorState) => void;
  readonly onChange: (editor: ModelEditor) => void;
  readonly onOpen: (editor: ModelEditor) => void;
  readonly onSelect: (elementId: string | null) => void;
}

export function BpmnEditor({ xml, editor, ...handlers }: BpmnEditorProps) {
  const canvas = useRef<HTMLDivElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const [error, setError] = useState<unknown>(null);
  const [ready, setReady] = useState(false);
  const current = useRef(handlers);
  current.current = handlers;

  useEffect(() => {
    if (!canvas.current || !panel.current) return;
    const created = new ModelEditor(canvas.current, panel.current, {
      onChange: (stack) => {
        current.current.onState((state) => ({ ...state, ...stack, changed: stack.canUndo || state.changed }));
        current.current.onChange(created);
      },
      onSelect: (elementId) => current.current.onSelect(elementId),
    });
    editor.current = created;
    setError(null);
    setReady(false);
    created.open(xml).then(
      (open) => {
        if (!open) return;
        setReady(true);
        current.current.onOpen(created);
      },
      (cause: unknown) => setError(cause),
    );
    return () => {
      editor.current = null;
      created.destroy();
    };
  }, [xml, editor]);

  return (
    <div className={styles.frame} data-ready={ready}>
      <div ref={canvas} className={`${styles.canvas} paper`} />
      <section ref={panel} className={`${styles.panel} properties-frame`} aria-label="Properties" />
      {error !== null && (
        <div className={styles.error}>
          <ProblemNotice error={error} />
        </div>
      )}
    </div>
  );
}
