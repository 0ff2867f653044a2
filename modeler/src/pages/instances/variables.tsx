/** Variables of the instance, by the scope that holds them. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type ElementInstance, getVariable, listVariables, setVariables, type Variable } from "../../api/instances.ts";
import { type JsonValue, parseJson } from "../../api/json.ts";
import { Button } from "../../ui/button.tsx";
import { TextArea } from "../../ui/field.tsx";
import { Empty, ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import styles from "./variables.module.css";

interface VariablesProps {
  readonly instanceKey: string;
  readonly elements: readonly ElementInstance[];
  readonly names: ReadonlyMap<string, string>;
  /** Values can be changed, by this person and while the instance runs. */
  readonly active: boolean;
}

export function Variables({ instanceKey, elements, names, active }: VariablesProps) {
  const variables = useQuery({
    queryKey: ["instance", instanceKey, "variables"],
    queryFn: ({ signal }) => listVariables(instanceKey, signal),
  });
  if (variables.error) return <ProblemNotice error={variables.error} retry={() => void variables.refetch()} />;
  if (variables.isPending) return <Skeleton />;
  if (variables.data.length === 0) return <Empty title="No variables">This instance carries no data yet.</Empty>;
  const byScope = new Map<string, Variable[]>();
  for (const variable of variables.data)
    byScope.set(variable.scopeKey, [...(byScope.get(variable.scopeKey) ?? []), variable]);
  const scopes = [...byScope].sort(([a], [b]) => Number(b === instanceKey) - Number(a === instanceKey));
  return (
    <div>
      {scopes.map(([scope, list]) => (
        <section key={scope} className={styles.scope}>
          <h3>{scope === instanceKey ? "Process" : scopeName(scope, elements, names)}</h3>
          <table className={styles.table}>
            <tbody>
              {list.map((variable) => (
                <tr key={variable.variableKey}>
                  <th scope="row" className="mono">
                    {variable.name}
                  </th>
                  <td>
                    <Value variable={variable} editable={active} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      ))}
    </div>
  );
}

function scopeName(scope: string, elements: readonly ElementInstance[], names: ReadonlyMap<string, string>): string {
  const element = elements.find((candidate) => candidate.elementInstanceKey === scope);
  return element ? (names.get(element.elementId) ?? element.elementId) : `Scope ${scope}`;
}

const foldedLines = 6;

function Value({ variable, editable }: { readonly variable: Variable; readonly editable: boolean }) {
  const [open, setOpen] = useState(false);
  const [editing, setEditing] = useState(false);
  const whole = useQuery({
    queryKey: ["variable", variable.variableKey, variable.value],
    queryFn: () => getVariable(variable.variableKey),
    enabled: (open || editing) && variable.isTruncated === true,
  });
  const text = pretty(parseJson(whole.data?.value ?? variable.value));
  const lines = text.split("\n");
  const complete = variable.isTruncated !== true || whole.data !== undefined;
  if (editing && complete) return <Editor variable={variable} text={text} onClose={() => setEditing(false)} />;
  return (
    <>
      <pre>{open || lines.length <= foldedLines ? text : `${lines.slice(0, foldedLines).join("\n")}\n…`}</pre>
      {(lines.length > foldedLines || variable.isTruncated) && (
        <Button small kind="quiet" onClick={() => setOpen(!open)}>
          {open ? "Show less" : "Show all"}
        </Button>
      )}
      {editable && (
        <Button small kind="quiet" aria-label={`Change ${variable.name}`} onClick={() => setEditing(true)}>
          Change
        </Button>
      )}
    </>
  );
}

interface EditorProps {
  readonly variable: Variable;
  readonly text: string;
  readonly onClose: () => void;
}

function Editor({ variable, text, onClose }: EditorProps) {
  const client = useQueryClient();
  const [entry, setEntry] = useState(text);
  const [mistake, setMistake] = useState<string | null>(null);
  const save = useMutation({
    mutationFn: (value: JsonValue) => setVariables(variable.scopeKey, { [variable.name]: value }),
    onSuccess: onClose,
    onSettled: () => void client.invalidateQueries({ queryKey: ["instance", variable.processInstanceKey] }),
  });
  function submit() {
    try {
      save.mutate(JSON.parse(entry) as JsonValue);
      setMistake(null);
    } catch (cause) {
      setMistake(`Expected JSON, but ${cause instanceof Error ? cause.message : "it cannot be read"}.`);
    }
  }
  return (
    <div className={styles.editor}>
      <TextArea
        label={`Value of ${variable.name}`}
        code
        rows={Math.min(16, entry.split("\n").length + 1)}
        spellCheck={false}
        value={entry}
        error={mistake}
        onChange={(event) => setEntry(event.target.value)}
      />
      {save.error && <ProblemNotice error={save.error} />}
      <span className={styles.buttons}>
        <Button small kind="primary" disabled={save.isPending} onClick={submit}>
          Save value
        </Button>
        <Button small onClick={onClose}>
          Keep as it was
        </Button>
      </span>
    </div>
  );
}

function pretty(value: JsonValue): string {
  const short = JSON.stringify(value);
  return short.length <= 100 ? short : JSON.stringify(value, null, 2);
}
