/** An environment for the core without anything around it: a clock that the test sets, keys that count, no decisions. */
import type { Actor } from "../../engine/core/command.ts";
import type { Environment, Limits } from "../../engine/core/environment.ts";
import type { ExecutableProcess } from "../../engine/core/process.ts";

export type TestEnvironment = Environment & { now: number; actor: Actor };

export const testLimits: Limits = {
  activationsPerCommandMax: 2_000,
  elementInstancesMax: 20_000,
  callDepthMax: 10,
  multiInstanceMax: 2_000,
  variablesBytesMax: 1_000_000,
};

const human: Actor = { id: "test", type: "human" };

export function environmentFor(
  processes: readonly ExecutableProcess[],
  overrides: Partial<Environment> = {},
): TestEnvironment {
  let key = 1000;
  const byKey = new Map(processes.map((process) => [process.key, process]));
  return {
    now: 1_700_000_000_000,
    actor: human,
    limits: testLimits,
    nextKey: () => String(++key),
    processByKey: (wanted) => byKey.get(wanted),
    findProcess: ({ processId }) => processes.findLast((process) => process.processId === processId),
    evaluateDecision: () => ({
      ok: false,
      failure: { kind: "CALLED_DECISION_ERROR", message: "Expected a decision, but there is none" },
    }),
    decideAction: () => {
      throw new Error("no guard expected in this test");
    },
    judgeVote: () => {
      throw new Error("no vote expected in this test");
    },
    findForm: () => undefined,
    ...overrides,
  };
}
