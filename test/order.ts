/**
 * In which order the files run. A long file that comes last runs alone, with one of the two workers idle; and a worker is
 * shared by files of a project only where they follow each other. So: what takes longest first, what shares a worker last.
 * Vitest's own order, by size where it knows no durations, is kept in between.
 */
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Half a minute and more, most of it spent waiting: for timers, for pages, for servers to come back. */
const longest = [
  "conformance/bpmn",
  "chaos/kill",
  "browser/quality",
  "browser/refund",
  "engine/runtime/kill",
  "engine/runtime/timers-and-signals",
  "decisions/plane/watch",
];

function place({ moduleId, project }: TestSpecification): number {
  const at = longest.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
  if (at !== -1) return at;
  return project.config.isolate ? longest.length : longest.length + 1;
}

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return [...sorted].sort((one, other) => place(one) - place(other));
  }
}
