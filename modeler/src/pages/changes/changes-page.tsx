/** What is handed in for approval, newest first, and what became of it. */
import { useQuery } from "@tanstack/react-query";
import { GitPullRequestArrow } from "lucide-react";
import { useState } from "react";
import { type Change, type ChangeState, listChanges } from "../../api/changes.ts";
import { useAddress } from "../../app/address.ts";
import { useMay } from "../../app/may.ts";
import { Page } from "../../app/page.tsx";
import { FilterBar } from "../../parts/filter-bar.tsx";
import { StateFilter } from "../../parts/state-filter.tsx";
import { Button } from "../../ui/button.tsx";
import { Empty, ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { StateChip } from "../../ui/state-chip.tsx";
import { type Column, RowLink, Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { HandInFiles } from "./hand-in-files.tsx";

const states: readonly ChangeState[] = ["submitted", "approved", "rejected", "withdrawn", "deployed"];

const columns: readonly Column<Change>[] = [
  {
    title: "Change",
    cell: (row) => <RowLink href={`/changes/${encodeURIComponent(row.changeId)}`}>{row.title}</RowLink>,
  },
  { title: "State", cell: (row) => <StateChip state={row.state} /> },
  { title: "Of", cell: contents },
  { title: "Author", cell: (row) => row.author.id },
  { title: "Approved by", cell: (row) => row.approval?.approver.id ?? "nobody yet" },
  { title: "Revision", number: true, cell: (row) => row.revision },
  { title: "Handed in", cell: (row) => <Time at={row.createdAt} /> },
];

function contents({ policy, resources }: Change): string {
  if (policy) return `policy ${policy.policyId} version ${policy.version}`;
  const [first] = resources;
  return resources.length > 1 ? `${first?.name} and ${resources.length - 1} more` : (first?.name ?? "nothing");
}

export function ChangesPage() {
  const [read, change] = useAddress();
  const mayHandIn = useMay()("change:propose");
  const [handsIn, setHandsIn] = useState(false);
  const state = states.find((candidate) => candidate === read("state")) ?? null;
  const changes = useQuery({
    queryKey: ["changes", state],
    queryFn: ({ signal }) => listChanges({ state }, signal),
    placeholderData: (previous) => previous,
    refetchInterval: 10_000,
  });
  return (
    <Page
      title="Changes"
      actions={
        mayHandIn && (
          <Button kind="primary" onClick={() => setHandsIn(true)}>
            Hand in files
          </Button>
        )
      }
    >
      <FilterBar label="Filter changes">
        <StateFilter states={states} state={state} change={change} />
      </FilterBar>
      {changes.error && <ProblemNotice error={changes.error} retry={() => void changes.refetch()} />}
      {changes.isPending && <Skeleton />}
      {changes.data && (
        <Panel title="Change requests" flush>
          {changes.data.length === 0 ? (
            <Empty
              icon={<GitPullRequestArrow aria-hidden="true" />}
              title={state ? "No change matches" : "No changes yet"}
              actions={state ? <Button onClick={() => change({ state: null })}>Clear filter</Button> : undefined}
            >
              {state
                ? "Try another state."
                : "A model or policy that somebody hands in for approval stands here with everything that was said of it."}
            </Empty>
          ) : (
            <Table caption="Change requests" columns={columns} rows={changes.data} rowKey={(row) => row.changeId} />
          )}
        </Panel>
      )}
      {handsIn && <HandInFiles onClose={() => setHandsIn(false)} />}
    </Page>
  );
}
