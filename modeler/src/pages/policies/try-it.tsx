/**
 * Try it: the table as it stands on the screen, asked with facts that one types in. Evaluated by the server's own DMN
 * code in the browser; nothing is saved or recorded. The rules that match light up in the table.
 */
import { Play } from "lucide-react";
import { useState } from "react";
import { isObject, type JsonObject, type JsonValue } from "../../api/json.ts";
import { Button } from "../../ui/button.tsx";
import { SelectField, TextField } from "../../ui/field.tsx";
import { ProblemNotice } from "../../ui/notice.tsx";
import { StateChip } from "../../ui/state-chip.tsx";
import { sentence } from "../../ui/states.ts";
import { inlineValue } from "../../ui/values.ts";
import styles from "./policy-editor-page.module.css";
import { nested, readEntry, type TriedFact, triedFacts } from "./tried-facts.ts";

export interface Trial {
  readonly decisions: readonly {
    readonly id: string;
    readonly name: string;
    readonly output: JsonValue;
    readonly rules: readonly number[];
  }[];
  readonly matched: ReadonlySet<string>;
  readonly failure: string | null;
}

interface TryItProps {
  readonly manifest: JsonObject;
  /** Gives the model as it is now. */
  readonly read: () => Promise<string>;
  readonly onMatched: (ruleIds: ReadonlySet<string>) => void;
}

export function TryIt({ manifest, read, onMatched }: TryItProps) {
  const facts = triedFacts(manifest);
  const [entries, setEntries] = useState<ReadonlyMap<string, string>>(new Map());
  const [trial, setTrial] = useState<Trial | null>(null);
  const [error, setError] = useState<unknown>(null);
  async function run() {
    setError(null);
    try {
      const { tryModel } = await import("../../dmn/try-model.ts");
      const result = await tryModel(
        await read(),
        nested(facts.map((fact) => [fact.name, readEntry(fact, entries.get(fact.name) ?? "")])),
      );
      setTrial(result);
      onMatched(result.matched);
    } catch (cause) {
      setTrial(null);
      setError(cause);
    }
  }
  return (
    <form
      className={styles.sideBody}
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <p className={styles.muted}>Asks the table as it is on the screen. Nothing is saved or recorded.</p>
      {facts.map((fact) => (
        <FactField
          key={fact.name}
          fact={fact}
          value={entries.get(fact.name) ?? ""}
          onChange={(value) => setEntries(new Map(entries).set(fact.name, value))}
        />
      ))}
      <span className={styles.buttons}>
        <Button type="submit" kind="primary">
          <Play size={14} aria-hidden="true" /> Try facts
        </Button>
      </span>
      {error !== null && <ProblemNotice error={error} />}
      {trial && <TrialResult trial={trial} />}
    </form>
  );
}

function FactField({
  fact,
  value,
  onChange,
}: {
  readonly fact: TriedFact;
  readonly value: string;
  readonly onChange: (value: string) => void;
}) {
  if (fact.allowed.length === 0) {
    return (
      <TextField
        label={fact.name}
        hint={fact.hint}
        value={value}
        inputMode={/number|integer/.test(fact.type) ? "decimal" : undefined}
        onChange={(event) => onChange(event.target.value)}
      />
    );
  }
  return (
    <SelectField label={fact.name} hint={fact.hint} value={value} onChange={(event) => onChange(event.target.value)}>
      <option value="">not known</option>
      {fact.allowed.map((option) => (
        <option key={option} value={option}>
          {option}
        </option>
      ))}
    </SelectField>
  );
}

function TrialResult({ trial }: { readonly trial: Trial }) {
  return (
    <div className={styles.result} role="status" aria-label="Result of the trial">
      {trial.failure !== null && (
        <p>
          <StateChip state="DENY" /> The evaluation failed, and a failed evaluation denies: {trial.failure}
        </p>
      )}
      {trial.decisions.map((decision) => (
        <div key={decision.id} className={styles.decision}>
          <strong>{decision.name}</strong>
          <span>
            <Output value={decision.output} />
          </span>
          <span className={styles.muted}>
            {decision.rules.length === 0 ? "No rule matched" : `Rule ${decision.rules.join(", ")} matched`}
          </span>
        </div>
      ))}
    </div>
  );
}

function Output({ value }: { readonly value: JsonValue }) {
  const determination = isObject(value) ? value.determination : value;
  if (
    typeof determination === "string" &&
    /^(ALLOW|ALLOW_WITH_CONSTRAINTS|REQUIRE_APPROVAL|DENY|DEFER)$/.test(determination)
  ) {
    const rest = isObject(value)
      ? Object.entries(value).filter(([name, entry]) => name !== "determination" && entry !== null)
      : [];
    return (
      <>
        <StateChip state={determination} />
        {rest.map(([name, entry]) => (
          <span key={name} className={styles.detail}>
            {sentence(name)} <code>{inlineValue(entry)}</code>
          </span>
        ))}
      </>
    );
  }
  return <code>{inlineValue(value)}</code>;
}
