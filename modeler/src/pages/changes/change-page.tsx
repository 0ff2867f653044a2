/** One change: what would change, who has said what of it, and what one may do with it oneself. */
import { useQuery } from "@tanstack/react-query";
import { useParams } from "wouter";
import { type ChangeDetail, getChange } from "../../api/changes.ts";
import { Page } from "../../app/page.tsx";
import { Facts } from "../../ui/facts.tsx";
import { ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { StateChip } from "../../ui/state-chip.tsx";
import { Time } from "../../ui/time.tsx";
import { Timeline, TimelineStep } from "../../ui/timeline.tsx";
import { ChangeActions } from "./change-actions.tsx";
import { ChangeDifference } from "./change-difference.tsx";
import styles from "./change-page.module.css";

export function ChangePage() {
  const { changeId = "" } = useParams<{ changeId: string }>();
  const change = useQuery({
    queryKey: ["change", changeId],
    queryFn: ({ signal }) => getChange(changeId, signal),
    refetchInterval: 10_000,
  });
  const trail = [{ href: "/changes", text: "Changes" }];
  if (change.error)
    return (
      <Page title="Change" trail={trail}>
        <ProblemNotice error={change.error} retry={() => void change.refetch()} />
      </Page>
    );
  if (!change.data) return <Skeleton lines={8} />;
  const { title, state } = change.data;
  return (
    <Page
      title={title}
      trail={trail}
      chips={<StateChip state={state} />}
      actions={<ChangeActions change={change.data} />}
    >
      <div className={styles.columns}>
        <ChangeDifference change={change.data} />
        <div className={styles.side}>
          <About change={change.data} />
          <Deeds change={change.data} />
        </div>
      </div>
    </Page>
  );
}

function About({ change }: { readonly change: ChangeDetail }) {
  const { description, author, approval, revision, tenantId, separationOfDuties } = change;
  return (
    <Panel title="About this change">
      {description && <p className={styles.description}>{description}</p>}
      <Facts
        items={[
          ["Author", author.id],
          ["Approved by", approval?.approver.id ?? "nobody yet"],
          ["Revision", String(revision)],
          ["Tenant", tenantId ?? "all of the organisation"],
          ["Handed in", <Time key="at" at={change.createdAt} />],
          [
            "Duties",
            separationOfDuties === "kept"
              ? "author, approver and deployer are three people"
              : "not checked: nobody is authenticated",
          ],
        ]}
      />
    </Panel>
  );
}

const deeds: Readonly<Record<ChangeDetail["events"][number]["deed"], string>> = {
  submitted: "Handed in",
  replaced: "Replaced",
  approved: "Approved",
  rejected: "Rejected",
  withdrawn: "Withdrawn",
  deployed: "Deployed",
};

function Deeds({ change }: { readonly change: ChangeDetail }) {
  return (
    <Panel title="What was done">
      <Timeline>
        {[...change.events].reverse().map((event) => (
          <TimelineStep
            key={event.sequence}
            head={
              <strong>
                {deeds[event.deed]}, revision {event.revision}
              </strong>
            }
            note={
              <>
                {event.actor.id}, <Time at={event.at} />
              </>
            }
          >
            {event.comment && <span className={styles.comment}>{event.comment}</span>}
          </TimelineStep>
        ))}
      </Timeline>
    </Panel>
  );
}
