/** Which two versions are compared: two lists and a button that swaps them. The choice stands in the address. */
import { ArrowRight, ArrowRightLeft } from "lucide-react";
import { useAddress } from "../app/address.ts";
import { IconButton } from "../ui/button.tsx";
import { SelectField } from "../ui/field.tsx";

export interface VersionOption {
  readonly version: number;
  /** What is said of it beside its number: a tag, a stage. */
  readonly note?: string | null;
}

/** The two chosen versions; without a choice, the newest and the one before it. `versions` come newest first. */
export function useVersionPair<Version extends VersionOption>(
  versions: readonly Version[],
): readonly [Version | undefined, Version | undefined] {
  const [read] = useAddress();
  const at = (name: string, otherwise: number): Version | undefined =>
    versions.find(({ version }) => String(version) === read(name)) ?? versions[otherwise];
  return [at("from", 1), at("to", 0)];
}

export function VersionPair({ versions }: { readonly versions: readonly VersionOption[] }) {
  const [, change] = useAddress();
  const [from, to] = useVersionPair(versions);
  return (
    <>
      <Choice label="Before" versions={versions} chosen={from} onChange={(version) => change({ from: version })} />
      <ArrowRight size={16} aria-hidden="true" />
      <Choice label="After" versions={versions} chosen={to} onChange={(version) => change({ to: version })} />
      <IconButton
        label="Swap before and after"
        onClick={() => change({ from: String(to?.version), to: String(from?.version) })}
      >
        <ArrowRightLeft size={16} />
      </IconButton>
    </>
  );
}

function Choice({
  label,
  versions,
  chosen,
  onChange,
}: {
  readonly label: string;
  readonly versions: readonly VersionOption[];
  readonly chosen: VersionOption | undefined;
  readonly onChange: (version: string) => void;
}) {
  return (
    <SelectField
      label={label}
      hideLabel
      value={String(chosen?.version)}
      onChange={(event) => onChange(event.target.value)}
    >
      {versions.map(({ version, note }) => (
        <option key={version} value={String(version)}>
          Version {version}
          {note ? ` (${note})` : ""}
        </option>
      ))}
    </SelectField>
  );
}
