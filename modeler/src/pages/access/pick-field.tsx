/** Choosing from what exists, or naming what does not stand in the list. */
import { useState } from "react";
import { SelectField, TextField } from "../../ui/field.tsx";

export interface Choice {
  readonly value: string;
  readonly text: string;
}

export function PickField({
  label,
  choices,
  other,
  value,
  onChange,
  placeholder = "Choose",
}: {
  readonly label: string;
  readonly choices: readonly Choice[];
  /** "Another process, by its id"; absent: only what is in the list. */
  readonly other?: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly placeholder?: string;
}) {
  const isListed = choices.some((choice) => choice.value === value);
  const [naming, setNaming] = useState(value !== "" && !isListed);
  const isOther = other !== undefined && naming;
  return (
    <>
      <SelectField
        label={label}
        value={isOther ? otherValue : isListed ? value : ""}
        onChange={(event) => {
          const isNaming = event.target.value === otherValue;
          setNaming(isNaming);
          onChange(isNaming ? "" : event.target.value);
        }}
      >
        {!isListed && !isOther && <option value="">{placeholder}</option>}
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.text}
          </option>
        ))}
        {other !== undefined && <option value={otherValue}>{other}…</option>}
      </SelectField>
      {isOther && (
        <TextField label={other} required value={value} onChange={(event) => onChange(event.target.value.trim())} />
      )}
    </>
  );
}

/** No id has a blank at its end. */
const otherValue = "other ";
