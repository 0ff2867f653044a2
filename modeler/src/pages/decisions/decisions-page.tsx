/** Decision records: every time a policy was asked, allowed or not. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { FileClock } from "lucide-react";
import { type DecisionFilter, type DecisionSummary, searchDecisions } from "../../api/decisions.ts";
import { useAddress } from "../../app/address.ts";
import { Page } from "../../app/page.tsx";
import { FilterBar } from "../../parts/filter-bar.tsx";
import { Button } from "../../ui/button.tsx";
import { SelectField, TextField } from "../../ui/field.tsx";
import { Empty, ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { StateChip } from "../../ui/state-chip.tsx";
import { sentence, stateLook } from "../../ui/states.ts";
import { type Column, RowLink, Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";

const columns: readonly Column<DecisionSummary>[] = [
  {
    title: "Action",
    cell: (row) => (
      <RowLink href={`/decisions/${encodeURIComponent(row.decisionId)}`}>
        {sentence(row.actionType ?? "unknown action")}
      </RowLink>
    ),
  },
  { title: "Determination", cell: (row) => <StateChip state={row.determination} /> },
  { title: "Reasons", cell: (row) => <code>{row.reasonCodes.join(", ")}</code> },
  {
    title: "Policy",
    cell: (row) => row.policies.map((policy) => `${policy.policyId} v${policy.version}`).join(", ") || "none",
  },
  { title: "Asked by", cell: (row) => row.agentId ?? row.actorId ?? "unknown" },
  { title: "Risk", number: true, cell: (row) => row.riskScore },
  { title: "Decided", cell: (row) => <Time at={row.decidedAt} /> },
];

const determinations = ["ALLOW", "ALLOW_WITH_CONSTRAINTS", "REQUIRE_APPROVAL", "DENY", "DEFER"];

export function DecisionsPage() {
  const [read, change] = useAddress();
  const filter: DecisionFilter = {
    ...field("determination", read("determination")),
    ...field("policyId", read("policy")),
    ...field("actionType", read("action")),
    ...field("agentId", read("agent")),
    ...field("processInstanceKey", read("instance")),
  };
  const decisions = useInfiniteQuery({
    queryKey: ["decisions", filter],
    queryFn: ({ pageParam, signal }) => searchDecisions(filter, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    placeholderData: (previous) => previous,
  });
  const rows = decisions.data?.pages.flatMap((page) => page.items) ?? [];
  const filtered = Object.keys(filter).length > 0;
  return (
    <Page title="Decisions">
      <FilterBar label="Filter decisions">
        <SelectField
          label="Determination"
          hideLabel
          value={filter.determination ?? ""}
          onChange={(event) => change({ determination: event.target.value })}
        >
          <option value="">All determinations</option>
          {determinations.map((determination) => (
            <option key={determination} value={determination}>
              {stateLook(determination).text}
            </option>
          ))}
        </SelectField>
        <TextField
          label="Action"
          hideLabel
          placeholder="Action, e.g. issue_refund"
          value={filter.actionType ?? ""}
          onChange={(event) => change({ action: event.target.value })}
        />
        <TextField
          label="Policy"
          hideLabel
          placeholder="Policy id"
          value={filter.policyId ?? ""}
          onChange={(event) => change({ policy: event.target.value })}
        />
        <TextField
          label="Agent"
          hideLabel
          placeholder="Agent id"
          value={filter.agentId ?? ""}
          onChange={(event) => change({ agent: event.target.value })}
        />
      </FilterBar>
      {decisions.error && <ProblemNotice error={decisions.error} retry={() => void decisions.refetch()} />}
      {decisions.isPending && <Skeleton lines={8} />}
      {decisions.data && (
        <Panel title="Decision records" flush>
          {rows.length === 0 ? (
            <Empty
              icon={<FileClock aria-hidden="true" />}
              title={filtered ? "No decision matches" : "No decisions yet"}
              actions={
                filtered ? (
                  <Button
                    onClick={() =>
                      change({ determination: null, policy: null, action: null, agent: null, instance: null })
                    }
                  >
                    Clear filters
                  </Button>
                ) : undefined
              }
            >
              {filtered
                ? "Try fewer filters."
                : "Each time an agent or a process is about to act, the policy's answer is recorded here, denials and errors included."}
            </Empty>
          ) : (
            <Table caption="Decision records" columns={columns} rows={rows} rowKey={(row) => row.decisionId} />
          )}
        </Panel>
      )}
      {decisions.hasNextPage && (
        <div>
          <Button disabled={decisions.isFetchingNextPage} onClick={() => void decisions.fetchNextPage()}>
            Show older decisions
          </Button>
        </div>
      )}
    </Page>
  );
}

function field(name: keyof DecisionFilter, value: string | null): DecisionFilter {
  return value ? { [name]: value } : {};
}
