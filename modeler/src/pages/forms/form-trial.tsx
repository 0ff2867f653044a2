/** A form as people will see it, filled with sample variables, and what it would give back to the process. */
import { useDeferredValue, useRef, useState } from "react";
import { isObject, type JsonObject, type JsonValue } from "../../api/json.ts";
import { type FormHandle, FormView } from "../../forms/form-view.tsx";
import { Button } from "../../ui/button.tsx";
import { JsonBlock } from "../../ui/facts.tsx";
import { TextArea } from "../../ui/field.tsx";
import styles from "./form-page.module.css";

type Outcome = { readonly kind: "none" } | { readonly kind: "invalid" } | { readonly kind: "data"; data: JsonObject };

export function FormTrial({ schema }: { readonly schema: string }) {
  const form = useRef<FormHandle>(null);
  const [sample, setSample] = useState("{}");
  const [outcome, setOutcome] = useState<Outcome>({ kind: "none" });
  const data = readSample(useDeferredValue(sample));
  return (
    <div className={styles.trial}>
      <div className={styles.form}>
        {/* A form takes its data when it opens. */}
        <FormView key={JSON.stringify(data)} ref={form} schema={schema} data={data ?? {}} />
        <div>
          <Button
            onClick={() => {
              const entries = form.current?.submit() ?? null;
              setOutcome(entries === null ? { kind: "invalid" } : { kind: "data", data: entries });
            }}
          >
            Submit form
          </Button>
        </div>
      </div>
      <div className={styles.data}>
        <TextArea
          label="Variables to begin with"
          hint="JSON, as the process would give them."
          error={data === null ? "Expected a JSON object." : null}
          code
          rows={8}
          spellCheck={false}
          value={sample}
          onChange={(event) => setSample(event.target.value)}
        />
        <div role="status">
          {outcome.kind === "invalid" && "Not submitted: a field says what it expects."}
          {outcome.kind === "data" && <JsonBlock value={outcome.data} label="What the process gets" />}
        </div>
      </div>
    </div>
  );
}

function readSample(text: string): JsonObject | null {
  try {
    const value = JSON.parse(text) as JsonValue;
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
