/** What agents (planning) and workers (execution) did, and how much of it failed. */
import { useQuery } from "@tanstack/react-query";
import { type JobTypeStatistics, listJobTypeStatistics } from "../../api/measures.ts";
import { Empty, ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { Bars } from "./bars.tsx";
import { beginOf, type Period } from "./periods.ts";

export function WorkPanel({ period }: { readonly period: Period }) {
  const work = useQuery({
    queryKey: ["measures", "work", period.id],
    queryFn: ({ signal }) =>
      listJobTypeStatistics(
        beginOf(period, Date.now()) ?? "1970-01-01T00:00:00Z",
        new Date(Date.now() + 60_000).toISOString(),
        signal,
      ),
    refetchInterval: 10_000,
  });
  return (
    <Panel title="Planning and execution">
      {work.error && <ProblemNotice error={work.error} retry={() => void work.refetch()} />}
      {work.isPending && <Skeleton lines={3} />}
      {work.data?.length === 0 && <Empty title="No work in this period" />}
      {work.data && work.data.length > 0 && (
        <Bars
          rows={work.data.map((row) => ({
            name: nameOf(row),
            parts: [
              { share: row.completed.count, tone: "ok" },
              { share: row.failed.count, tone: "bad" },
            ],
            text: `${row.completed.count} done, ${row.failed.count} failed`,
          }))}
        />
      )}
    </Panel>
  );
}

function nameOf({ jobType }: JobTypeStatistics): string {
  if (jobType === "interlock:agent") return "Agent turns (planning)";
  if (jobType === "interlock:http") return "HTTP calls (execution)";
  return jobType;
}
