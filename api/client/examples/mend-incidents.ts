/**
 * What an operator does in the morning: look at what is stuck, and give jobs that failed for a passing reason another
 * three tries. Run: `node dist/api/client/examples/mend-incidents.js "connection refused"`.
 */
import { pathToFileURL } from "node:url";
import { InterlockClient } from "../index.ts";

interface Incident {
  readonly incidentKey: string;
  readonly jobKey: string | null;
  readonly elementId: string;
  readonly errorMessage: string;
}

/** Incidents of jobs whose message holds `reason`; how many were taken up again. */
export async function mendIncidents(client: InterlockClient, reason: string): Promise<number> {
  const pattern = `*${reason.replace(/[*?\\]/g, "\\$&")}*`;
  const { items } = await client.search<Incident>("incidents", {
    filter: { state: "ACTIVE", errorType: "JOB_NO_RETRIES", errorMessage: { $like: pattern } },
    page: { limit: 1_000 },
  });
  for (const { incidentKey, jobKey } of items) {
    await client.request("PATCH", `/v2/jobs/${jobKey}`, { body: { changeset: { retries: 3 } } });
    await client.request("POST", `/v2/incidents/${incidentKey}/resolution`, { body: {} });
  }
  return items.length;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const mended = await mendIncidents(new InterlockClient(), process.argv[2] ?? "");
  process.stdout.write(`${mended} taken up again\n`);
}
