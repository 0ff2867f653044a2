/** The form editor as a component, on paper in either theme: fields to drag, the form, and the properties of a field. */
import "@bpmn-io/form-js-viewer/dist/assets/form-js.css";
import "@bpmn-io/form-js-editor/dist/assets/form-js-editor.css";
import "./form-editor-theme.css";
import { type RefObject, useEffect, useRef, useState } from "react";
import { ProblemNotice } from "../ui/notice.tsx";
import styles from "./form-editor.module.css";
import { SchemaEditor, type SchemaEditorHandlers } from "./schema-editor.ts";

interface FormEditorProps extends SchemaEditorHandlers {
  /** form-js schema as JSON text. */
  readonly schema: string;
  /** Filled with the editor while it lives. */
  readonly editor: RefObject<SchemaEditor | null>;
}

export function FormEditor({ schema, editor, onChange }: FormEditorProps) {
  const container = useRef<HTMLDivElement>(null);
  const changed = useRef(onChange);
  changed.current = onChange;
  const [error, setError] = useState<unknown>(null);
  const [ready, setReady] = useState(false);

  useEffect(() => {
    if (!container.current) return;
    const created = new SchemaEditor(container.current, { onChange: (state) => changed.current(state) });
    editor.current = created;
    setError(null);
    setReady(false);
    created.open(schema).then(setReady, (cause: unknown) => setError(cause));
    return () => {
      editor.current = null;
      created.destroy();
    };
  }, [schema, editor]);

  return (
    <div className={styles.frame} data-ready={ready || error !== null}>
      <div ref={container} className={`${styles.canvas} paper form-editor-frame`} />
      {error !== null && (
        <div className={styles.error}>
          <ProblemNotice error={error} />
        </div>
      )}
    </div>
  );
}
