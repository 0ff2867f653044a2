/** The log of commands: who did what to which thing, and whether the server accepted it. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { type CommandEntry, commandsPerPage, searchCommands } from "../../api/commands.ts";
import { useAddress } from "../../app/address.ts";
import { FilterBar, Pages } from "../../parts/filter-bar.tsx";
import { Chip } from "../../ui/chip.tsx";
import { TextField } from "../../ui/field.tsx";
import { Empty, ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { sentence } from "../../ui/states.ts";
import { type Column, Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";

const columns: readonly Column<CommandEntry>[] = [
  { title: "When", cell: (row) => <Time at={row.timestamp} /> },
  { title: "Who", cell: (row) => row.actorId ?? "unknown" },
  { title: "Did", cell: (row) => sentence(row.interlockCommand) },
  { title: "To", cell: (row) => <Thing entry={row} /> },
  {
    title: "Result",
    cell: (row) =>
      row.result === "SUCCESS" ? <Chip tone="ok">Accepted</Chip> : <Chip tone="bad">{sentence(row.result)}</Chip>,
  },
];

export function CommandsPanel() {
  const [read, change] = useAddress();
  const actor = read("actor") ?? "";
  const instance = read("instance") ?? "";
  const from = Number(read("from")) || 0;
  const filter = {
    ...(actor === "" ? {} : { actorId: actor }),
    ...(/^\d+$/.test(instance) ? { processInstanceKey: instance } : {}),
  };
  const commands = useQuery({
    queryKey: ["commands", filter, from],
    queryFn: ({ signal }) => searchCommands(filter, from, signal),
    placeholderData: (previous) => previous,
  });
  return (
    <>
      <FilterBar label="Filter commands">
        <TextField
          label="Who"
          hideLabel
          placeholder="Account, e.g. rita"
          value={actor}
          onChange={(event) => change({ actor: event.target.value, from: null })}
        />
        <TextField
          label="Instance key"
          hideLabel
          placeholder="Key of an instance"
          inputMode="numeric"
          value={instance}
          onChange={(event) => change({ instance: event.target.value, from: null })}
        />
      </FilterBar>
      <Panel title="Commands" flush>
        {commands.error && <ProblemNotice error={commands.error} retry={() => void commands.refetch()} />}
        {commands.isPending && <Skeleton />}
        {commands.data?.items.length === 0 && <Empty title="No command matches" />}
        {commands.data && commands.data.items.length > 0 && (
          <>
            <Table caption="Commands" columns={columns} rows={commands.data.items} rowKey={(row) => row.auditLogKey} />
            <Pages
              from={from}
              shown={commands.data.items.length}
              total={commands.data.page.totalItems}
              size={commandsPerPage}
              onMove={(next) => change({ from: next === 0 ? null : String(next) })}
            />
          </>
        )}
      </Panel>
    </>
  );
}

function Thing({ entry }: { readonly entry: CommandEntry }) {
  const text = `${sentence(entry.entityType)} ${entry.entityKey}`;
  if (entry.processInstanceKey === null) return <>{text}</>;
  return <Link href={`/instances/${entry.processInstanceKey}`}>{text}</Link>;
}
