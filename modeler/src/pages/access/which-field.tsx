/** On which resource of a type: all, one that exists, one that is named, or tasks by what they say of the owner. */
import type { AuthorizationContent } from "../../api/authorizations.ts";
import { ProblemNotice } from "../../ui/notice.tsx";
import { type IdSource, resourceText, resourceWords, taskProperties } from "./authorization-words.ts";
import { useResourceChoices } from "./choices.ts";
import { PickField } from "./pick-field.tsx";

export type Which = { readonly id: string } | { readonly property: string };

export function whichOf({ resourceId, resourcePropertyName }: AuthorizationContent): Which {
  return resourcePropertyName === null ? { id: resourceId ?? "" } : { property: resourcePropertyName };
}

/** Ids cannot begin like this. */
const propertyMark = "property ";

export function WhichField({
  type,
  which,
  onChange,
}: {
  readonly type: string;
  readonly which: Which;
  readonly onChange: (which: Which) => void;
}) {
  const words = resourceWords(type);
  const found = useResourceChoices(words.ids);
  const all = resourceText({ resourceType: type, resourceId: "*", resourcePropertyName: null });
  const properties = words.ids === "tasks" ? taskProperties : [];
  const choices = [
    { value: "*", text: all },
    ...properties.map(([name, text]) => ({ value: propertyMark + name, text })),
    ...(found.data ?? []),
  ];
  // One that was given elsewhere can be kept, where only all can be given here.
  const isKept = "id" in which && which.id !== "*";
  if (words.ids === "none" && !isKept) return null;
  // Named choices come later than the dialog: mounted anew, the field knows which ids are listed.
  if (found.isPending) return null;
  const byHand: Partial<Record<IdSource, string>> = {
    tasks: "One task, by its key",
    name: `One ${words.one}, by its name`,
    id: `One ${words.one}, by its id`,
  };
  return (
    <>
      <PickField
        label="Which"
        choices={choices}
        other={byHand[words.ids] ?? `Another ${words.one}, by its id`}
        value={"id" in which ? which.id : propertyMark + which.property}
        onChange={(value) =>
          onChange(value.startsWith(propertyMark) ? { property: value.slice(propertyMark.length) } : { id: value })
        }
      />
      {found.error && <ProblemNotice error={found.error} />}
    </>
  );
}
