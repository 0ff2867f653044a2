/** The DMN editor as a component, on paper in either theme. */
import "dmn-js/dist/assets/diagram-js.css";
import "dmn-js/dist/assets/dmn-js-shared.css";
import "dmn-js/dist/assets/dmn-js-drd.css";
import "dmn-js/dist/assets/dmn-js-decision-table.css";
import "dmn-js/dist/assets/dmn-js-decision-table-controls.css";
import "dmn-js/dist/assets/dmn-js-literal-expression.css";
import "dmn-js/dist/assets/dmn-js-boxed-expression.css";
import "dmn-js/dist/assets/dmn-js-boxed-expression-controls.css";
import "dmn-js/dist/assets/dmn-font/css/dmn.css";
import "./dmn-theme.css";
import { type RefObject, useEffect, useRef, useState } from "react";
import { ProblemNotice } from "../ui/notice.tsx";
import styles from "./dmn-editor.module.css";
import { TableEditor, type TableView } from "./table-editor.ts";

interface DmnEditorProps {
  readonly xml: string;
  readonly editor: RefObject<TableEditor | null>;
  readonly onChange: (editor: TableEditor) => void;
  readonly onViews: (views: readonly TableView[], active: string | null) => void;
}

export function DmnEditor({ xml, editor, ...handlers }: DmnEditorProps) {
  const container = useRef<HTMLDivElement>(null);
  const current = useRef(handlers);
  current.current = handlers;
  const [error, setError] = useState<unknown>(null);
  const [ready, setReady] = useState(false);

  useEffect(() => {
    if (!container.current) return;
    const created = new TableEditor(container.current, {
      onChange: () => current.current.onChange(created),
      onViews: (views, active) => current.current.onViews(views, active),
    });
    editor.current = created;
    setError(null);
    setReady(false);
    created.open(xml).then(setReady, (cause: unknown) => setError(cause));
    return () => {
      editor.current = null;
      created.destroy();
    };
  }, [xml, editor]);

  return (
    <div className={styles.frame} data-ready={ready}>
      <div ref={container} className={`${styles.canvas} paper`} />
      {error !== null && (
        <div className={styles.error}>
          <ProblemNotice error={error} />
        </div>
      )}
    </div>
  );
}
