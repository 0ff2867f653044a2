/** What a version would have answered differently while it judged beside the one in force. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { type ChangeReport, getShadowReport } from "../../api/policies.ts";
import { Chip } from "../../ui/chip.tsx";
import { Empty, ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { StateChip } from "../../ui/state-chip.tsx";
import { type Column, Table } from "../../ui/table.tsx";

type Change = ChangeReport["changes"][number];

const columns: readonly Column<Change>[] = [
  { title: "In force", cell: (row) => <StateChip state={row.from} /> },
  { title: "This version", cell: (row) => <StateChip state={row.to} /> },
  {
    title: "Effect",
    cell: (row) => (row.widens ? <Chip tone="bad">Permits more</Chip> : <Chip tone="ok">Permits less</Chip>),
  },
  { title: "Decisions", number: true, cell: (row) => row.count },
  {
    title: "Example",
    cell: (row) => {
      const [sample] = row.samples;
      return sample === undefined ? "–" : <Link href={`/decisions/${sample}`}>Open decision</Link>;
    },
  },
];

export function ShadowPanel({ policyId, version }: { readonly policyId: string; readonly version: number }) {
  const report = useQuery({
    queryKey: ["policy", policyId, "shadow", version],
    queryFn: ({ signal }) => getShadowReport(policyId, version, signal),
    refetchInterval: 10_000,
  });
  return (
    <Panel title={`Version ${version} beside the version in force`} flush>
      {report.error && <ProblemNotice error={report.error} retry={() => void report.refetch()} />}
      {report.isPending && <Skeleton lines={3} />}
      {report.data && report.data.changed === 0 && (
        <Empty title={report.data.evaluated === 0 ? "Nothing judged yet" : "No different answer"}>
          {report.data.evaluated === 0
            ? "Each live decision is judged by this version too, without any effect."
            : `${report.data.evaluated} decisions were judged by both.`}
        </Empty>
      )}
      {report.data && report.data.changed > 0 && (
        <Table
          caption={`Different answers among ${report.data.evaluated} decisions`}
          columns={columns}
          rows={report.data.changes}
          rowKey={(row) => `${row.from} ${row.to}`}
        />
      )}
    </Panel>
  );
}
