/** Which versions of a policy were handed in for approval, and who has approved them. */
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { listChanges } from "../../api/changes.ts";
import { useMay } from "../../app/may.ts";
import { ProblemNotice } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { StateChip } from "../../ui/state-chip.tsx";
import { Timeline, TimelineStep } from "../../ui/timeline.tsx";

/** Draws nothing where nothing was handed in, or for who may not see it. */
export function ChangesPanel({ policyId }: { readonly policyId: string }) {
  const changes = useQuery({
    queryKey: ["changes", "policy", policyId],
    queryFn: ({ signal }) => listChanges({ policyId }, signal),
    enabled: useMay()("change:read"),
  });
  if (changes.error) return <ProblemNotice error={changes.error} retry={() => void changes.refetch()} />;
  if (!changes.data || changes.data.length === 0) return null;
  return (
    <Panel title="Handed in for approval">
      <Timeline>
        {changes.data.map((change) => (
          <TimelineStep
            key={change.changeId}
            head={
              <>
                <Link href={`/changes/${encodeURIComponent(change.changeId)}`}>Version {change.policy?.version}</Link>
                <StateChip state={change.state} />
              </>
            }
            note={
              <>
                by {change.author.id}
                {change.approval && `, approved by ${change.approval.approver.id}`}
              </>
            }
          >
            <span>{change.title}</span>
          </TimelineStep>
        ))}
      </Timeline>
    </Panel>
  );
}
