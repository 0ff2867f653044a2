/** The use cases side by side: how much each process decided by itself, how right, and how good what it retrieved was. */
import { Link } from "wouter";
import type { UseCase } from "../../api/measures.ts";
import { Empty } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { type Column, Table } from "../../ui/table.tsx";
import { percent } from "./percent.ts";

const columns: readonly Column<UseCase>[] = [
  {
    title: "Process",
    cell: ({ processId }) =>
      processId === null ? (
        "Outside of processes"
      ) : (
        <Link href={`/processes/${encodeURIComponent(processId)}`}>{processId}</Link>
      ),
  },
  { title: "Decisions", number: true, cell: ({ decisions }) => decisions.toLocaleString("en") },
  { title: "Automated", number: true, cell: ({ automationRate }) => percent(automationRate) },
  { title: "Accuracy", number: true, cell: ({ decisionAccuracy }) => percent(decisionAccuracy) },
  { title: "Retrieval", number: true, cell: ({ retrievalPrecision }) => percent(retrievalPrecision) },
];

export function UseCasesPanel({ useCases }: { readonly useCases: readonly UseCase[] }) {
  return (
    <Panel title="Use cases" flush>
      {useCases.length === 0 ? (
        <Empty title="No decisions in this period" />
      ) : (
        <Table
          caption="Key figures of each process"
          columns={columns}
          rows={useCases}
          rowKey={({ processId }) => processId ?? ""}
        />
      )}
    </Panel>
  );
}
