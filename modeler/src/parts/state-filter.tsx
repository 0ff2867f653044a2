/** Chooses one state, or all of them; kept in the address under `state`. */
import { SelectField } from "../ui/field.tsx";
import { stateLook } from "../ui/states.ts";

export function StateFilter<State extends string>(props: {
  readonly states: readonly State[];
  readonly state: State | null | undefined;
  readonly change: (values: { readonly state: string }) => void;
}) {
  return (
    <SelectField
      label="State"
      hideLabel
      value={props.state ?? ""}
      onChange={(event) => props.change({ state: event.target.value })}
    >
      <option value="">All states</option>
      {props.states.map((option) => (
        <option key={option} value={option}>
          {stateLook(option).text}
        </option>
      ))}
    </SelectField>
  );
}
