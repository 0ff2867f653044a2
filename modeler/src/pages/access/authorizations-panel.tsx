/** All permissions on single resources, narrowed by who holds them and what they are about. */
import { useQuery } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { authorizationsPerPage, searchAllAuthorizations } from "../../api/authorizations.ts";
import { useAddress } from "../../app/address.ts";
import { FilterBar, Pages } from "../../parts/filter-bar.tsx";
import { Button } from "../../ui/button.tsx";
import { SelectField, TextField } from "../../ui/field.tsx";
import { Empty, ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { sentence } from "../../ui/states.ts";
import { AuthorizationDialog } from "./authorization-dialog.tsx";
import { AuthorizationTable } from "./authorization-table.tsx";
import { ownerKinds, resourceGroups } from "./authorization-words.ts";

export function AuthorizationsPanel() {
  const [read, change] = useAddress();
  const [giving, setGiving] = useState(false);
  const ownerType = ownerKinds.find(([kind]) => kind === read("ownerType"))?.[0];
  const owner = read("owner") ?? "";
  const type = read("type") ?? "";
  const from = Number(read("from")) || 0;
  const filter = {
    ...(ownerType ? { ownerType } : {}),
    ...(owner === "" ? {} : { ownerId: owner }),
    ...(type === "" ? {} : { resourceType: type }),
  };
  const isNarrowed = Object.keys(filter).length > 0;
  const found = useQuery({
    queryKey: ["authorizations", "search", filter, from],
    queryFn: ({ signal }) => searchAllAuthorizations(filter, from, signal),
    placeholderData: (previous) => previous,
  });
  return (
    <>
      <FilterBar label="Filter permissions">
        <SelectField
          label="Kind of owner"
          hideLabel
          value={ownerType ?? ""}
          onChange={(event) => change({ ownerType: event.target.value, from: null })}
        >
          <option value="">Anybody</option>
          {ownerKinds.map(([kind, text]) => (
            <option key={kind} value={kind}>
              {text}
            </option>
          ))}
        </SelectField>
        <TextField
          label="Owner"
          hideLabel
          placeholder="Name, e.g. rita"
          value={owner}
          onChange={(event) => change({ owner: event.target.value, from: null })}
        />
        <SelectField
          label="About"
          hideLabel
          value={type}
          onChange={(event) => change({ type: event.target.value, from: null })}
        >
          <option value="">About anything</option>
          {resourceGroups.map(({ title, types }) => (
            <optgroup key={title} label={title}>
              {types.map((words) => (
                <option key={words.type} value={words.type}>
                  {sentence(words.many)}
                </option>
              ))}
            </optgroup>
          ))}
        </SelectField>
      </FilterBar>
      <Panel
        title="Permissions on single resources"
        flush
        actions={
          <Button small kind="primary" onClick={() => setGiving(true)}>
            <KeyRound size={14} aria-hidden="true" /> Give permission
          </Button>
        }
      >
        {found.error && <ProblemNotice error={found.error} retry={() => void found.refetch()} />}
        {found.isPending && <Skeleton />}
        {found.data?.items.length === 0 && (
          <Empty icon={<KeyRound aria-hidden="true" />} title={isNarrowed ? "No permission matches" : "None given yet"}>
            {isNarrowed
              ? "Nothing was given to them on this. What roles permit stands on the pages of roles and accounts."
              : "Roles decide for everything at once. Here somebody gets a permission on one process, decision, policy or kind of task; it adds to what roles give."}
          </Empty>
        )}
        {found.data && found.data.items.length > 0 && (
          <>
            <AuthorizationTable caption="Permissions on single resources" rows={found.data.items} withOwner />
            <Pages
              from={from}
              shown={found.data.items.length}
              total={found.data.total}
              size={authorizationsPerPage}
              onMove={(next) => change({ from: next === 0 ? null : String(next) })}
            />
          </>
        )}
      </Panel>
      {giving && <AuthorizationDialog authorization={null} owner={null} onClose={() => setGiving(false)} />}
    </>
  );
}
