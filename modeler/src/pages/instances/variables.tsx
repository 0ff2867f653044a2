/** Variables of the instance, by the scope that holds them. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type ElementInstance, getVariable, listVariables, type Variable } from "../../api/instances.ts";
import { type JsonValue, parseJson } from "../../api/json.ts";
import { Button } from "../../ui/button.tsx";
import { Empty, ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import styles from "./variables.module.css";

interface VariablesProps {
  readonly instanceKey: string;
  readonly elements: readonly ElementInstance[];
  readonly names: ReadonlyMap<string, string>;
}

export function Variables({ instanceKey, elements, names }: VariablesProps) {
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
                    <Value variable={variable} />
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

function Value({ variable }: { readonly variable: Variable }) {
  const [open, setOpen] = useState(false);
  const whole = useQuery({
    queryKey: ["variable", variable.variableKey],
    queryFn: () => getVariable(variable.variableKey),
    enabled: open && variable.isTruncated === true,
  });
  const text = pretty(parseJson(whole.data?.value ?? variable.value));
  const lines = text.split("\n");
  const folded = lines.length > foldedLines || variable.isTruncated === true;
  return (
    <>
      <pre>{open || lines.length <= foldedLines ? text : `${lines.slice(0, foldedLines).join("\n")}\n…`}</pre>
      {folded && (
        <Button small kind="quiet" onClick={() => setOpen(!open)}>
          {open ? "Show less" : "Show all"}
        </Button>
      )}
    </>
  );
}

function pretty(value: JsonValue): string {
  const short = JSON.stringify(value);
  return short.length <= 100 ? short : JSON.stringify(value, null, 2);
}
