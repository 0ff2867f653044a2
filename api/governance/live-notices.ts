/** Notices of engine and plane as one numbered list, the last of which are kept for readers that come back. */
import { randomUUID } from "node:crypto";
import type { DecisionPlane } from "../../decisions/index.ts";
import type { Engine } from "../../engine/index.ts";

export const liveTopics = [
  "instances",
  "tasks",
  "incidents",
  "policies",
  "decisions",
  "approvals",
  "deployments",
  "batches",
] as const;

export interface LiveNotice {
  /** "<run>-<number>": numbers start again with each start of the server, the run tells them apart. */
  readonly id: string;
  readonly topic: (typeof liveTopics)[number];
  readonly key: string;
  readonly what: string | null;
  readonly processInstanceKey: string | null;
  readonly rootProcessInstanceKey: string | null;
  readonly processDefinitionId: string | null;
  /** Null: concerns everybody. */
  readonly tenantId: string | null;
}

export interface LiveNotices {
  subscribe(reader: (notice: LiveNotice) => void): () => void;
  since(lastId: string | undefined): { readonly missed: readonly LiveNotice[]; readonly complete: boolean };
  lastId(): string;
  close(): void;
}

const keptMax = 2_000;

export function openLiveNotices(engine: Engine, plane: DecisionPlane): LiveNotices {
  const run = randomUUID().slice(0, 8);
  const readers = new Set<(notice: LiveNotice) => void>();
  const kept: LiveNotice[] = [];
  let number = 0;
  const publish = (notice: Omit<LiveNotice, "id">): void => {
    number++;
    const numbered = { id: `${run}-${number}`, ...notice };
    kept.push(numbered);
    if (kept.length > keptMax * 2) kept.splice(0, kept.length - keptMax);
    for (const reader of readers) reader(numbered);
  };
  const stopEngine = engine.subscribe(({ sequence: _, ...notice }) => publish(notice));
  const stopPlane = plane.onChange(({ topic, key, tenantId }) =>
    publish({
      topic,
      key,
      what: null,
      processInstanceKey: null,
      rootProcessInstanceKey: null,
      processDefinitionId: null,
      tenantId,
    }),
  );
  return {
    subscribe(reader) {
      readers.add(reader);
      return () => readers.delete(reader);
    },
    since(lastId) {
      if (lastId === undefined || lastId === "") return { missed: [], complete: true };
      const [lastRun, text] = lastId.split("-", 2);
      const last = Number(text);
      if (lastRun !== run || !Number.isSafeInteger(last) || last < number - kept.length || last > number)
        return { missed: [], complete: false };
      return { missed: last === number ? [] : kept.slice(-(number - last)), complete: true };
    },
    lastId: () => `${run}-${number}`,
    close() {
      stopEngine();
      stopPlane();
      readers.clear();
    },
  };
}
