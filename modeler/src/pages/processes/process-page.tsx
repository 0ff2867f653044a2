/** One process: its drawing, its versions with what runs on each, and starting an instance. */
import { useQuery } from "@tanstack/react-query";
import { Play } from "lucide-react";
import { useState } from "react";
import { Link, useParams } from "wouter";
import {
  countByVersion,
  getProcessXml,
  listProcessDefinitions,
  type ProcessDefinition,
  type VersionCounts,
} from "../../api/processes.ts";
import { useAddress } from "../../app/address.ts";
import { processThing, useMay } from "../../app/may.ts";
import { Page } from "../../app/page.tsx";
import { Diagram } from "../../bpmn/diagram.tsx";
import { Button, ButtonLink } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { Empty, ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import styles from "./process-page.module.css";
import { StartDialog } from "./start-dialog.tsx";

export function ProcessPage() {
  const { processId = "" } = useParams<{ processId: string }>();
  const definitions = useQuery({
    queryKey: ["processes", processId],
    queryFn: ({ signal }) => listProcessDefinitions(processId, signal),
  });
  const trail = [{ href: "/processes", text: "Processes" }];
  if (definitions.error) {
    return (
      <Page title={processId} trail={trail}>
        <ProblemNotice error={definitions.error} retry={() => void definitions.refetch()} />
      </Page>
    );
  }
  if (!definitions.data) return <Skeleton />;
  const versions = [...definitions.data].sort((a, b) => b.version - a.version);
  const newest = versions[0];
  if (!newest) {
    return (
      <Page title={processId} trail={trail}>
        <Empty title="No such process" actions={<ButtonLink href="/processes">Go to processes</ButtonLink>}>
          Nothing with the id {processId} has been deployed.
        </Empty>
      </Page>
    );
  }
  return <ProcessDetail newest={newest} versions={versions} trail={trail} />;
}

interface DetailProps {
  readonly newest: ProcessDefinition;
  readonly versions: readonly ProcessDefinition[];
  readonly trail: readonly { readonly href: string; readonly text: string }[];
}

function ProcessDetail({ newest, versions, trail }: DetailProps) {
  const [read, change] = useAddress();
  const [starting, setStarting] = useState(false);
  const shown = versions.find((version) => String(version.version) === read("version")) ?? newest;
  const xml = useQuery({
    queryKey: ["process-xml", shown.processDefinitionKey],
    queryFn: ({ signal }) => getProcessXml(shown.processDefinitionKey, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const may = useMay();
  const { processDefinitionId } = newest;
  const counts = useQuery({
    queryKey: ["process-counts", processDefinitionId],
    queryFn: ({ signal }) => countByVersion(processDefinitionId, signal),
    enabled: may("instance:read", processThing(processDefinitionId, "READ_PROCESS_INSTANCE")),
  });
  return (
    <Page
      title={newest.name ?? newest.processDefinitionId}
      trail={trail}
      chips={<Chip>Version {shown.version}</Chip>}
      actions={
        <>
          {versions.length > 1 && <ButtonLink href={compareAddress(versions, shown)}>Compare versions</ButtonLink>}
          <ButtonLink
            href={`/processes/${encodeURIComponent(shown.processDefinitionId)}/versions/${shown.processDefinitionKey}/model`}
          >
            Edit model
          </ButtonLink>
          {may("instance:start", processThing(processDefinitionId, "CREATE_PROCESS_INSTANCE")) && (
            <Button kind="primary" onClick={() => setStarting(true)}>
              <Play size={14} aria-hidden="true" /> Start instance
            </Button>
          )}
        </>
      }
    >
      <Panel title={`Model of version ${shown.version}`} flush>
        <div className={styles.diagram}>
          {xml.data ? (
            <Diagram xml={xml.data} label={`Diagram of ${newest.name ?? newest.processDefinitionId}`} />
          ) : xml.error ? (
            <ProblemNotice error={xml.error} />
          ) : (
            <Skeleton />
          )}
        </div>
      </Panel>
      <Panel title="Versions" flush>
        {counts.error && <ProblemNotice error={counts.error} />}
        <Table
          caption="Versions"
          columns={versionColumns(shown, counts.data, (version) => change({ version: String(version) }))}
          rows={versions}
          rowKey={(version) => version.processDefinitionKey}
        />
      </Panel>
      {starting && <StartDialog definition={shown} onClose={() => setStarting(false)} />}
    </Page>
  );
}

/** The version against the one before it; the oldest against the one after. */
function compareAddress(versions: readonly ProcessDefinition[], shown: ProcessDefinition): string {
  const index = versions.indexOf(shown);
  const [from, to] = index === versions.length - 1 ? [shown, versions[index - 1]] : [versions[index + 1], shown];
  return `/processes/${encodeURIComponent(shown.processDefinitionId)}/compare?from=${from?.version}&to=${to?.version}`;
}

function versionColumns(
  shown: ProcessDefinition,
  counts: ReadonlyMap<string, VersionCounts> | undefined,
  show: (version: number) => void,
): readonly Column<ProcessDefinition>[] {
  const list = (row: ProcessDefinition, more: string) =>
    `/instances?process=${encodeURIComponent(row.processDefinitionId)}&version=${row.version}${more}`;
  return [
    {
      title: "Version",
      cell: (row) => (
        <Button
          small
          kind={row === shown ? "plain" : "quiet"}
          aria-pressed={row === shown}
          onClick={() => show(row.version)}
        >
          Version {row.version}
        </Button>
      ),
    },
    { title: "Tag", cell: (row) => row.versionTag ?? <span aria-hidden="true">–</span> },
    { title: "File", cell: (row) => row.resourceName ?? <span aria-hidden="true">–</span> },
    { title: "Key", cell: (row) => <code>{row.processDefinitionKey}</code> },
    {
      title: "Running",
      number: true,
      cell: (row) => (
        <Link href={list(row, "&state=ACTIVE")}>{counts?.get(row.processDefinitionKey)?.running ?? 0}</Link>
      ),
    },
    {
      title: "Incidents",
      number: true,
      cell: (row) => (
        <Link href={list(row, "&incident=yes")}>{counts?.get(row.processDefinitionKey)?.withIncident ?? 0}</Link>
      ),
    },
    {
      title: "Model",
      cell: (row) => (
        <Link
          href={`/processes/${encodeURIComponent(row.processDefinitionId)}/versions/${row.processDefinitionKey}/model`}
        >
          Edit
        </Link>
      ),
    },
  ];
}
