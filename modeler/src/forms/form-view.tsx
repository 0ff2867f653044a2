/** A form-js form: draws a schema with data; the parent asks for the entries with `submit()`. */
import { Form } from "@bpmn-io/form-js-viewer";
import "@bpmn-io/form-js-viewer/dist/assets/form-js.css";
import "./form-theme.css";
import { type Ref, useEffect, useImperativeHandle, useRef, useState } from "react";
import type { JsonObject } from "../api/json.ts";
import { ProblemNotice } from "../ui/notice.tsx";

export interface FormHandle {
  /** The entries, or null when a field is not valid; the form then shows which. */
  submit(): JsonObject | null;
}

interface FormViewProps {
  /** To ask for the entries; a form that is only shown needs none. */
  readonly ref?: Ref<FormHandle>;
  /** form-js schema as JSON text. */
  readonly schema: string;
  readonly data: JsonObject;
  readonly readOnly?: boolean;
}

export function FormView({ ref, schema, data, readOnly = false }: FormViewProps) {
  const container = useRef<HTMLDivElement>(null);
  const form = useRef<Form | null>(null);
  const [error, setError] = useState<unknown>(null);
  const firstData = useRef(data);

  useEffect(() => {
    if (!container.current) return;
    const created = new Form({ container: container.current, properties: { readOnly } });
    let closed = false;
    form.current = created;
    setError(null);
    Promise.resolve()
      .then(() => created.importSchema(JSON.parse(schema), structuredClone(firstData.current)))
      .catch((cause: unknown) => {
        if (!closed) setError(cause);
      });
    return () => {
      closed = true;
      form.current = null;
      created.destroy();
    };
  }, [schema, readOnly]);

  useImperativeHandle(ref, () => ({
    submit() {
      const result = form.current?.submit();
      if (!result || Object.keys(result.errors).length > 0) return null;
      return result.data as JsonObject;
    },
  }));

  return (
    <div className="form-frame">
      {error !== null && <ProblemNotice error={error} />}
      <div ref={container} />
    </div>
  );
}
