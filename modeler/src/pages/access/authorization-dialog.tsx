/** Giving a permission on a resource, or changing one: who, on what, which. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import {
  type Authorization,
  type AuthorizationContent,
  type AuthorizationOwner,
  changeAuthorization,
  createAuthorization,
} from "../../api/authorizations.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Facts } from "../../ui/facts.tsx";
import { SelectField } from "../../ui/field.tsx";
import { ProblemNotice } from "../../ui/notice.tsx";
import { sentence } from "../../ui/states.ts";
import { useToast } from "../../ui/toast.tsx";
import styles from "./access.module.css";
import { ownerKinds, ownerText, resourceGroups, resourceWords } from "./authorization-words.ts";
import { useOwnerChoices } from "./choices.ts";
import { PickField } from "./pick-field.tsx";
import { type Which, WhichField, whichOf } from "./which-field.tsx";

type Owner = Pick<Authorization, "ownerType" | "ownerId">;

export function AuthorizationDialog({
  authorization,
  owner,
  onClose,
}: {
  /** The one to change; null gives a new one. */
  readonly authorization: Authorization | null;
  /** Who gets it; null lets one choose. */
  readonly owner: Owner | null;
  readonly onClose: () => void;
}) {
  const client = useQueryClient();
  const toast = useToast();
  const form = useId();
  const [who, setWho] = useState<Owner>(owner ?? { ownerType: "USER", ownerId: "" });
  const [type, setType] = useState(authorization?.resourceType ?? "PROCESS_DEFINITION");
  const [which, setWhich] = useState<Which>(authorization ? whichOf(authorization) : { id: "*" });
  const [chosen, setChosen] = useState<readonly string[]>(authorization?.permissionTypes ?? []);
  const content: AuthorizationContent = {
    ownerId: who.ownerId,
    ownerType: who.ownerType,
    resourceType: type,
    resourceId: "id" in which ? which.id : null,
    resourcePropertyName: "property" in which ? which.property : null,
    permissionTypes: chosen,
  };
  const save = useMutation({
    mutationFn: async () =>
      authorization
        ? void (await changeAuthorization(authorization.authorizationKey, content))
        : void (await createAuthorization(content)),
    onSuccess: async () => {
      toast(authorization ? "Permission changed" : `Permission given to ${who.ownerId}`);
      await client.invalidateQueries({ queryKey: ["authorizations"] });
      onClose();
    },
  });
  const isOffered = resourceGroups.some(({ types }) => types.some((words) => words.type === type));
  const isComplete = who.ownerId !== "" && content.resourceId !== "" && chosen.length > 0;
  function submit(event: FormEvent) {
    event.preventDefault();
    if (isComplete && !save.isPending) save.mutate();
  }
  return (
    <Dialog
      title={authorization ? "Change permission" : "Give permission"}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button type="submit" form={form} kind="primary" disabled={!isComplete || save.isPending}>
            {authorization ? "Save permission" : "Give permission"}
          </Button>
        </>
      }
    >
      <form id={form} className={styles.fields} onSubmit={submit}>
        {owner ? <Facts items={[["Who", ownerText(owner)]]} /> : <OwnerField who={who} onChange={setWho} />}
        <div className={styles.pair}>
          <SelectField
            label="On"
            value={type}
            onChange={(event) => {
              setType(event.target.value);
              setWhich({ id: "*" });
              setChosen([]);
            }}
          >
            {resourceGroups.map(({ title, types }) => (
              <optgroup key={title} label={title}>
                {types.map((words) => (
                  <option key={words.type} value={words.type}>
                    {sentence(words.many)}
                  </option>
                ))}
              </optgroup>
            ))}
            {!isOffered && <option value={type}>{sentence(resourceWords(type).many)}</option>}
          </SelectField>
          <WhichField key={type} type={type} which={which} onChange={setWhich} />
        </div>
        <Permissions type={type} chosen={chosen} onChange={setChosen} />
      </form>
      {save.error && <ProblemNotice error={save.error} />}
    </Dialog>
  );
}

/** Where names come from an identity provider, they need not stand in a list here. */
const otherOwner: Readonly<Partial<Record<AuthorizationOwner, string>>> = {
  USER: "Another person, by the sign-in name",
  CLIENT: "Another program, by its client id",
  GROUP: "Another group, by its id",
};

function OwnerField({ who, onChange }: { readonly who: Owner; readonly onChange: (owner: Owner) => void }) {
  const choices = useOwnerChoices(who.ownerType);
  const other = otherOwner[who.ownerType];
  const kind = ownerKinds.find(([name]) => name === who.ownerType)?.[1] ?? "Owner";
  return (
    <div className={styles.pair}>
      <SelectField
        label="Who"
        value={who.ownerType}
        onChange={(event) => onChange({ ownerType: event.target.value as AuthorizationOwner, ownerId: "" })}
      >
        {ownerKinds.map(([name, text]) => (
          <option key={name} value={name}>
            {text}
          </option>
        ))}
      </SelectField>
      <PickField
        key={who.ownerType}
        label={kind}
        choices={choices.data ?? []}
        {...(other ? { other } : {})}
        value={who.ownerId}
        onChange={(ownerId) => onChange({ ...who, ownerId })}
      />
      {choices.error && <ProblemNotice error={choices.error} />}
    </div>
  );
}

function Permissions({
  type,
  chosen,
  onChange,
}: {
  readonly type: string;
  readonly chosen: readonly string[];
  readonly onChange: (chosen: readonly string[]) => void;
}) {
  const { permissions } = resourceWords(type);
  const areAll = permissions.every(([name]) => chosen.includes(name));
  return (
    <fieldset className={styles.permissions}>
      <legend>They may</legend>
      {permissions.map(([name, text]) => (
        <label key={name}>
          <input
            type="checkbox"
            checked={chosen.includes(name)}
            onChange={(event) =>
              onChange(event.target.checked ? [...chosen, name] : chosen.filter((other) => other !== name))
            }
          />
          <span>
            {sentenceOf(text)} <code>{name}</code>
          </span>
        </label>
      ))}
      {permissions.length > 1 && (
        <Button small onClick={() => onChange(areAll ? [] : permissions.map(([name]) => name))}>
          {areAll ? "Choose none" : "Choose all"}
        </Button>
      )}
    </fieldset>
  );
}

/** Only the first letter: `sentence` would write FEEL small. */
function sentenceOf(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
