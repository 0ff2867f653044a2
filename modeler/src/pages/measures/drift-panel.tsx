/** Whether what each policy is asked lately differs from what it was released on. */
import { useQueries, useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { type Drift, getDrift } from "../../api/measures.ts";
import { listPolicies, type PolicySummary } from "../../api/policies.ts";
import { Chip } from "../../ui/chip.tsx";
import { Empty, ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { sentence } from "../../ui/states.ts";
import { type Column, Table } from "../../ui/table.tsx";

interface Row {
  readonly policy: PolicySummary;
  readonly drift: Drift | undefined;
}

const columns: readonly Column<Row>[] = [
  {
    title: "Policy",
    cell: ({ policy }) => (
      <Link href={`/policies/${encodeURIComponent(policy.policyId)}`}>{policy.name ?? sentence(policy.policyId)}</Link>
    ),
  },
  { title: "Decisions", number: true, cell: ({ drift }) => (drift ? drift.recent.decisions : "–") },
  { title: "Answers", cell: ({ drift }) => verdict(drift, drift?.determinations.drifted ? ["moved"] : []) },
  {
    title: "Facts",
    cell: ({ drift }) =>
      verdict(
        drift,
        (drift?.facts ?? []).filter((fact) => fact.drifted).map((fact) => fact.name),
      ),
  },
];

export function DriftPanel() {
  const policies = useQuery({
    queryKey: ["policies", { stage: "active" }],
    queryFn: ({ signal }) => listPolicies({ stage: "active" }, signal),
  });
  const known = policies.data ?? [];
  const drifts = useQueries({
    queries: known.map((policy) => ({
      queryKey: ["measures", "drift", policy.policyId],
      queryFn: ({ signal }: { signal: AbortSignal }) => getDrift(policy.policyId, signal),
      refetchInterval: 60_000,
    })),
  });
  const rows = known.map((policy, index) => ({ policy, drift: drifts[index]?.data }));
  return (
    <Panel title="Drift since release" flush>
      {policies.error && <ProblemNotice error={policies.error} retry={() => void policies.refetch()} />}
      {policies.isPending && <Skeleton lines={3} />}
      {policies.data?.length === 0 && <Empty title="No policy is active" />}
      {rows.length > 0 && (
        <Table caption="Drift of each policy" columns={columns} rows={rows} rowKey={(row) => row.policy.policyId} />
      )}
    </Panel>
  );
}

function verdict(drift: Drift | undefined, moved: readonly string[]) {
  if (!drift) return "–";
  if (!drift.enough) return <Chip title="More decisions are needed for a statement.">Too few</Chip>;
  if (moved.length === 0) return <Chip tone="ok">Stable</Chip>;
  return <Chip tone="warn">{moved.join(", ")}</Chip>;
}
