/** All open incidents, over all processes: what stands still and why. */
import { useQuery } from "@tanstack/react-query";
import { CircleCheckBig } from "lucide-react";
import { listIncidents } from "../../api/instances.ts";
import { Page } from "../../app/page.tsx";
import { IncidentList } from "../../parts/incident-list.tsx";
import { Empty, ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";

export function IncidentsPage() {
  const incidents = useQuery({
    queryKey: ["incidents", "open"],
    queryFn: ({ signal }) => listIncidents({ state: "ACTIVE" }, signal),
  });
  return (
    <Page title="Incidents">
      {incidents.error && <ProblemNotice error={incidents.error} retry={() => void incidents.refetch()} />}
      {incidents.isPending && <Skeleton />}
      {incidents.data && (
        <Panel
          title={incidents.data.length === 1 ? "1 open incident" : `${incidents.data.length} open incidents`}
          flush
        >
          {incidents.data.length === 0 ? (
            <Empty icon={<CircleCheckBig aria-hidden="true" />} title="Nothing stands still">
              When an expression fails, a job runs out of retries or a budget is used up, it shows here with its text
              and a way to retry.
            </Empty>
          ) : (
            <IncidentList incidents={incidents.data} />
          )}
        </Panel>
      )}
    </Page>
  );
}
