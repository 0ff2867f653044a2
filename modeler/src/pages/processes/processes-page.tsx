/** The processes that can be started, with what runs in them. */
import { useQuery } from "@tanstack/react-query";
import { Workflow } from "lucide-react";
import { Link } from "wouter";
import {
  countByProcess,
  listProcessDefinitions,
  type ProcessDefinition,
  type VersionCounts,
} from "../../api/processes.ts";
import { useMay } from "../../app/may.ts";
import { Page } from "../../app/page.tsx";
import { ButtonLink } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { Empty, ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { type Column, RowLink, Table } from "../../ui/table.tsx";
import { DeployArea } from "./deploy.tsx";

interface Row {
  readonly newest: ProcessDefinition;
  readonly versions: number;
  readonly counts: VersionCounts | undefined;
}

const columns: readonly Column<Row>[] = [
  {
    title: "Process",
    cell: ({ newest }) => (
      <RowLink href={`/processes/${encodeURIComponent(newest.processDefinitionId)}`}>
        {newest.name ?? newest.processDefinitionId}
      </RowLink>
    ),
  },
  { title: "Id", cell: ({ newest }) => <code>{newest.processDefinitionId}</code> },
  { title: "Newest version", number: true, cell: ({ newest }) => newest.version },
  { title: "Versions", number: true, cell: ({ versions }) => versions },
  {
    title: "Running",
    number: true,
    cell: ({ newest, counts }) => (
      <Link href={`/instances?process=${encodeURIComponent(newest.processDefinitionId)}&state=ACTIVE`}>
        {counts?.running ?? 0}
      </Link>
    ),
  },
  {
    title: "Incidents",
    number: true,
    cell: ({ newest, counts }) =>
      counts?.withIncident ? (
        <Link href={`/instances?process=${encodeURIComponent(newest.processDefinitionId)}&incident=yes`}>
          <Chip tone="bad">{counts.withIncident}</Chip>
        </Link>
      ) : (
        0
      ),
  },
];

export function ProcessesPage() {
  const definitions = useQuery({
    queryKey: ["processes"],
    queryFn: ({ signal }) => listProcessDefinitions(undefined, signal),
  });
  const counts = useQuery({
    queryKey: ["process-counts"],
    queryFn: ({ signal }) => countByProcess(signal),
    enabled: useMay()("instance:read"),
  });
  return (
    <DeployArea>
      {(button, problem) => (
        <Page
          title="Processes"
          actions={
            <>
              <ButtonLink href="/processes/new">Model new process</ButtonLink>
              {button}
            </>
          }
        >
          {problem}
          {definitions.error && <ProblemNotice error={definitions.error} retry={() => void definitions.refetch()} />}
          {counts.error && <ProblemNotice error={counts.error} retry={() => void counts.refetch()} />}
          {definitions.isPending && <Skeleton />}
          {definitions.data && (
            <Panel title="Deployed processes" flush>
              {definitions.data.length === 0 ? (
                <Empty
                  icon={<Workflow aria-hidden="true" />}
                  title="No processes yet"
                  actions={<ButtonLink href="/processes/new">Model new process</ButtonLink>}
                >
                  Draw one here, or drop BPMN, DMN and form files anywhere on this page to deploy them together.
                </Empty>
              ) : (
                <Table
                  caption="Deployed processes"
                  columns={columns}
                  rows={toRows(definitions.data, counts.data)}
                  rowKey={(row) => row.newest.processDefinitionId}
                />
              )}
            </Panel>
          )}
        </Page>
      )}
    </DeployArea>
  );
}

function toRows(
  definitions: readonly ProcessDefinition[],
  counts: ReadonlyMap<string, VersionCounts> | undefined,
): readonly Row[] {
  const rows = new Map<string, { newest: ProcessDefinition; versions: number }>();
  for (const definition of definitions) {
    const row = rows.get(definition.processDefinitionId);
    if (!row) rows.set(definition.processDefinitionId, { newest: definition, versions: 1 });
    else
      rows.set(definition.processDefinitionId, {
        newest: definition.version > row.newest.version ? definition : row.newest,
        versions: row.versions + 1,
      });
  }
  return [...rows.values()].map((row) => ({ ...row, counts: counts?.get(row.newest.processDefinitionId) }));
}
