/** The list of process instances; all filters stand in the address bar. */
import { useQuery } from "@tanstack/react-query";
import { Play } from "lucide-react";
import {
  type InstanceFilter,
  type InstanceState,
  instancesPerPage,
  type ProcessInstance,
  searchInstances,
} from "../../api/instances.ts";
import { listProcessDefinitions, type ProcessDefinition } from "../../api/processes.ts";
import { useAddress } from "../../app/address.ts";
import { useMay } from "../../app/may.ts";
import { Page } from "../../app/page.tsx";
import { FilterBar, Pages } from "../../parts/filter-bar.tsx";
import { Button, ButtonLink } from "../../ui/button.tsx";
import { SelectField, TextField } from "../../ui/field.tsx";
import { Empty, ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { StateChip } from "../../ui/state-chip.tsx";
import { type Column, RowLink, Table } from "../../ui/table.tsx";
import { duration, Time } from "../../ui/time.tsx";

const columns: readonly Column<ProcessInstance>[] = [
  {
    title: "Process",
    cell: (row) => (
      <RowLink href={`/instances/${row.processInstanceKey}`}>
        {row.processDefinitionName ?? row.processDefinitionId}
      </RowLink>
    ),
  },
  {
    title: "State",
    cell: (row) => <StateChip state={row.hasIncident && row.state === "ACTIVE" ? "INCIDENT" : row.state} />,
  },
  { title: "Business id", cell: (row) => row.businessId ?? <span aria-hidden="true">–</span> },
  { title: "Key", cell: (row) => <code>{row.processInstanceKey}</code> },
  { title: "Version", number: true, cell: (row) => row.processDefinitionVersion },
  { title: "Started", cell: (row) => <Time at={row.startDate} /> },
  {
    title: "Duration",
    number: true,
    cell: (row) =>
      row.endDate ? duration(Date.parse(row.endDate) - Date.parse(row.startDate)) : <span aria-hidden="true">–</span>,
  },
];

export function InstancesPage() {
  const [read, change] = useAddress();
  const filter = readFilter(read);
  const from = Number(read("from") ?? 0) || 0;
  const instances = useQuery({
    queryKey: ["instances", filter, from],
    queryFn: ({ signal }) => searchInstances(filter, from, signal),
    placeholderData: (previous) => previous,
  });
  const filtered = Object.keys(filter).length > 0;
  const mayStart = useMay()("instance:start");
  return (
    <Page title="Instances" actions={mayStart && <ButtonLink href="/processes">Start instance</ButtonLink>}>
      <Filters filter={filter} onChange={(changes) => change({ ...changes, from: null })} />
      {instances.error && <ProblemNotice error={instances.error} retry={() => void instances.refetch()} />}
      {instances.isPending && <Skeleton lines={8} />}
      {instances.data && (
        <Panel title="Process instances" flush>
          {instances.data.items.length > 0 ? (
            <>
              <Table
                caption="Process instances"
                columns={columns}
                rows={instances.data.items}
                rowKey={(row) => row.processInstanceKey}
              />
              <Pages
                from={from}
                shown={instances.data.items.length}
                total={instances.data.page.totalItems}
                size={instancesPerPage}
                onMove={(next) => change({ from: next === 0 ? null : String(next) })}
              />
            </>
          ) : (
            <Empty
              icon={<Play aria-hidden="true" />}
              title={filtered ? "No instance matches" : "No instances yet"}
              actions={
                filtered ? (
                  <Button
                    onClick={() => change({ process: null, version: null, state: null, incident: null, text: null })}
                  >
                    Clear filters
                  </Button>
                ) : (
                  <ButtonLink href="/processes">Go to processes</ButtonLink>
                )
              }
            >
              {filtered
                ? "Try fewer filters, or another key or business id."
                : "Start one from a process; a message, a timer or another system can start one too."}
            </Empty>
          )}
        </Panel>
      )}
    </Page>
  );
}

function readFilter(read: (name: string) => string | null): InstanceFilter {
  const process = read("process");
  const version = Number(read("version"));
  const state = read("state");
  const text = read("text");
  return {
    ...(process ? { processId: process } : {}),
    ...(version > 0 ? { version } : {}),
    ...(state === "ACTIVE" || state === "COMPLETED" || state === "TERMINATED" ? { state: state as InstanceState } : {}),
    ...(read("incident") === "yes" ? { incident: true } : {}),
    ...(text ? { text } : {}),
  };
}

function Filters({
  filter,
  onChange,
}: {
  readonly filter: InstanceFilter;
  readonly onChange: (changes: Record<string, string | null>) => void;
}) {
  const definitions = useQuery({
    queryKey: ["processes"],
    queryFn: ({ signal }) => listProcessDefinitions(undefined, signal),
    enabled: useMay()("definition:read"),
  });
  const state = filter.incident ? "incident" : (filter.state ?? "");
  return (
    <FilterBar label="Filter instances">
      <div data-grow="">
        <TextField
          label="Key or business id"
          hideLabel
          placeholder="Key or business id"
          type="search"
          value={filter.text ?? ""}
          onChange={(event) => onChange({ text: event.target.value })}
        />
      </div>
      <SelectField
        label="Process"
        hideLabel
        value={filter.processId ?? ""}
        onChange={(event) => onChange({ process: event.target.value, version: null })}
      >
        <option value="">All processes</option>
        {processNames(definitions.data ?? []).map(([id, name]) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </SelectField>
      {filter.processId && (
        <SelectField
          label="Version"
          hideLabel
          value={filter.version ?? ""}
          onChange={(event) => onChange({ version: event.target.value })}
        >
          <option value="">All versions</option>
          {(definitions.data ?? [])
            .filter((definition) => definition.processDefinitionId === filter.processId)
            .map((definition) => (
              <option key={definition.processDefinitionKey} value={definition.version}>
                Version {definition.version}
              </option>
            ))}
        </SelectField>
      )}
      <SelectField
        label="State"
        hideLabel
        value={state}
        onChange={(event) =>
          onChange(
            event.target.value === "incident"
              ? { incident: "yes", state: null }
              : { incident: null, state: event.target.value },
          )
        }
      >
        <option value="">All states</option>
        <option value="ACTIVE">Running</option>
        <option value="incident">With incident</option>
        <option value="COMPLETED">Completed</option>
        <option value="TERMINATED">Canceled</option>
      </SelectField>
    </FilterBar>
  );
}

/** Ids with the name of their newest version. */
function processNames(definitions: readonly ProcessDefinition[]): readonly (readonly [string, string])[] {
  const names = new Map<string, string>();
  for (const definition of definitions)
    if (!names.has(definition.processDefinitionId))
      names.set(definition.processDefinitionId, definition.name ?? definition.processDefinitionId);
  return [...names];
}
