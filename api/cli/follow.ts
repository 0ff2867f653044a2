/** What a process instance does, told line by line while it runs: `interlock start --await`. */
import type { InterlockClient } from "../client/index.ts";

interface Instance {
  readonly state: string;
}

interface Element {
  readonly elementInstanceKey: string;
  readonly elementId: string;
  readonly elementName: string | null;
  readonly state: string;
  readonly hasIncident: boolean;
}

const pollMs = 250;
const words: Readonly<Record<string, string>> = { ACTIVE: "started", COMPLETED: "completed", TERMINATED: "terminated" };

/** Asks until the instance has ended or `untilMs` (epoch milliseconds) is reached; tells each change of an element once. */
export async function followInstance(
  client: InterlockClient,
  processInstanceKey: string,
  untilMs: number,
  tell: (line: string) => void,
): Promise<string> {
  const told = new Set<string>();
  for (;;) {
    // The state first: what is told afterwards is then complete when the instance has ended.
    const { state } = await client.request<Instance>("GET", `/v2/process-instances/${processInstanceKey}`);
    const { items } = await client.search<Element>("element-instances", {
      filter: { processInstanceKey },
      sort: [{ field: "startDate", order: "ASC" }],
      page: { limit: 1000 },
    });
    for (const { elementInstanceKey, elementId, elementName, state: now, hasIncident } of items) {
      const word = hasIncident && now === "ACTIVE" ? "has an incident" : (words[now] ?? now.toLowerCase());
      const line = `${elementName ?? elementId} ${word}`;
      if (told.has(`${elementInstanceKey} ${line}`)) continue;
      told.add(`${elementInstanceKey} ${line}`);
      tell(line);
    }
    if (state !== "ACTIVE" || Date.now() >= untilMs) return state;
    await new Promise((wake) => setTimeout(wake, pollMs));
  }
}
