/** The register of approvals: who was asked about what, what they saw, and how they decided. */
import { useQuery } from "@tanstack/react-query";
import { ClipboardCheck } from "lucide-react";
import { type Approval, type ApprovalState, actorName, listApprovals } from "../../api/approvals.ts";
import { useAddress } from "../../app/address.ts";
import { Page } from "../../app/page.tsx";
import { ApprovalCard } from "../../parts/approval-card.tsx";
import { FilterBar } from "../../parts/filter-bar.tsx";
import { StateFilter } from "../../parts/state-filter.tsx";
import { Button } from "../../ui/button.tsx";
import { Empty, ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { StateChip } from "../../ui/state-chip.tsx";
import { sentence } from "../../ui/states.ts";
import { type Column, RowLink, Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { inlineValue } from "../../ui/values.ts";

const states: readonly ApprovalState[] = ["pending", "approved", "edited", "rejected", "expired", "stale", "cancelled"];

const columns: readonly Column<Approval>[] = [
  {
    title: "Action",
    cell: (row) => (
      <RowLink href={`/approvals?id=${encodeURIComponent(row.approvalId)}`}>{sentence(row.action.type)}</RowLink>
    ),
  },
  { title: "State", cell: (row) => <StateChip state={row.state} /> },
  {
    title: "Arguments",
    cell: (row) =>
      Object.entries(row.args)
        .slice(0, 3)
        .map(([name, value]) => `${name} ${inlineValue(value)}`)
        .join(", "),
  },
  { title: "Asked by", cell: (row) => actorName(row.requester) },
  { title: "Group", cell: (row) => row.group ?? "anyone" },
  {
    title: "Decided by",
    cell: (row) =>
      row.votes.map((vote) => actorName(vote.approver ?? vote.actor)).join(", ") ||
      (row.state === "pending" ? "nobody yet" : "nobody"),
  },
  { title: "Asked", cell: (row) => <Time at={row.createdAt} /> },
];

export function ApprovalsPage() {
  const [read, change] = useAddress();
  const state = states.find((candidate) => candidate === read("state")) ?? null;
  const chosen = read("id");
  const approvals = useQuery({
    queryKey: ["approvals", state],
    queryFn: ({ signal }) => listApprovals(state, signal),
    placeholderData: (previous) => previous,
    enabled: chosen === null,
  });
  if (chosen !== null) return <OneApproval approvalId={chosen} />;
  return (
    <Page title="Approvals">
      <FilterBar label="Filter approvals">
        <StateFilter states={states} state={state} change={change} />
      </FilterBar>
      {approvals.error && <ProblemNotice error={approvals.error} retry={() => void approvals.refetch()} />}
      {approvals.isPending && <Skeleton />}
      {approvals.data && (
        <Panel title="Register of approvals" flush>
          {approvals.data.length === 0 ? (
            <Empty
              icon={<ClipboardCheck aria-hidden="true" />}
              title={state ? "No approval matches" : "No approvals yet"}
              actions={state ? <Button onClick={() => change({ state: null })}>Clear filter</Button> : undefined}
            >
              {state
                ? "Try another state."
                : "When a policy asks for a person, the question and its answer are kept here, signed."}
            </Empty>
          ) : (
            <Table caption="Approvals" columns={columns} rows={approvals.data} rowKey={(row) => row.approvalId} />
          )}
        </Panel>
      )}
    </Page>
  );
}

function OneApproval({ approvalId }: { readonly approvalId: string }) {
  return (
    <Page title="Approval" trail={[{ href: "/approvals", text: "Approvals" }]}>
      <ApprovalCard approvalId={approvalId} />
    </Page>
  );
}
