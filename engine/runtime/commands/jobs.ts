/** Calls of workers. */

import type { Actor, Command } from "../../core/command.ts";
import type { JsonValue, Key } from "../../core/json.ts";
import { admitJson, admitObject } from "../admit-input.ts";
import type { CallContext } from "../contract/context.ts";
import type { Engine } from "../contract/engine.ts";
import { EngineError } from "../contract/errors.ts";
import type { CompleteJobInput, FailJobInput, ThrowJobErrorInput, WorkerAnswer } from "../contract/jobs.ts";
import type { Deps } from "../deps.ts";
import { RejectedError } from "../intake-errors.ts";
import type { JobFacts } from "../jobs/job-view.ts";
import { type Located, locate } from "../locate.ts";
import { storableText } from "../storable-text.ts";

const messageLengthMax = 10_000;

type JobCalls = Pick<Engine, "activateJobs" | "completeJob" | "failJob" | "throwJobError" | "updateJob">;

export function jobCalls(deps: Deps): JobCalls {
  const { database, intake, polls } = deps;

  async function onJob(jobKey: Key, context: CallContext, command: (job: Located) => Command): Promise<void> {
    const located = await locate(database, "job", jobKey, context);
    await intake.run(located.rootKey, located.tenantId, command(located), { actor: context.actor });
  }

  /** The answer of a worker, whose job this node has handed out itself as a rule. */
  async function answer(jobKey: Key, context: CallContext, command: Command): Promise<void> {
    // The process of a job may change (migration): for callers who are limited to some, the table says which it is.
    const known = context.scope ? undefined : polls.handedOut.find(jobKey, context.tenantIds);
    if (known) {
      try {
        await intake.run(known.rootKey, known.tenantId, command, { actor: context.actor });
        polls.handedOut.forget(jobKey);
        return;
      } catch (error) {
        if (!(error instanceof RejectedError)) throw error;
        // Most likely over: the table says what became of it.
        polls.handedOut.forget(jobKey);
      }
    }
    await onJob(jobKey, context, (job) => {
      if (command.type === "completeJob") assertPermitted(jobKey, job);
      return command;
    });
  }

  return {
    activateJobs: (input, context) => polls.activate(input, context),
    completeJob: async (jobKey, input, context) => answer(jobKey, context, completeCommand(deps, jobKey, input)),
    failJob: (jobKey, input, context) =>
      onJob(jobKey, context, (job) => failCommand(deps, jobKey, input, Number(job.row.retries))),
    throwJobError: async (jobKey, input, context) => answer(jobKey, context, errorCommand(deps, jobKey, input)),
    async updateJob(jobKey, input, context) {
      const { retries, priority, timeoutMs } = input;
      if (retries === undefined && priority === undefined && timeoutMs === undefined)
        throw new EngineError("invalid", "Expected retries, priority or timeout, but got none of them");
      if (retries !== undefined && !(retries >= 1))
        throw new EngineError("invalid", `Expected at least one retry, but got ${retries}`);
      if (timeoutMs !== undefined) await extendLock(deps, jobKey, timeoutMs, context);
      if (retries === undefined && priority === undefined) return;
      await onJob(jobKey, context, () => ({
        type: "updateJob",
        jobKey,
        ...(retries === undefined ? {} : { retries }),
        ...(priority === undefined ? {} : { priority }),
      }));
    },
  };
}

/** The permit of a guarded job is used when a worker is handed the job (`jobs/redeem-permit.ts`). */
function assertPermitted(jobKey: Key, { row }: Located): void {
  if (row.unpermitted !== true) return;
  throw new EngineError(
    "invalidState",
    `Expected the guarded job ${jobKey} to have been activated, which uses its permit, but nobody has: activate it first`,
  );
}

/** A lock is delivery, not state of the instance: the row is changed at once. */
async function extendLock(deps: Deps, jobKey: Key, timeoutMs: number, context: CallContext): Promise<void> {
  if (!(timeoutMs >= 0)) throw new EngineError("invalid", `Expected a timeout of at least 0 ms, but got ${timeoutMs}`);
  await locate(deps.database, "job", jobKey, context);
  const now = deps.clock.now();
  const rows = await deps.database.query(
    "update job set deadline = $2::bigint where key = $1 and ended_at is null and deadline is not null returning key",
    [jobKey, now + timeoutMs],
  );
  if (rows.length === 0)
    throw new EngineError("invalidState", `Expected job ${jobKey} to be with a worker, but it is not`);
}

function completeCommand(deps: Deps, jobKey: Key, input: CompleteJobInput): Command {
  const { limits } = deps;
  const variables = admitObject(input.variables, "variables", limits.variablesBytesMax);
  if (input.result) admitJson(input.result as unknown as JsonValue, "result", limits.variablesBytesMax);
  if (input.agentStep) admitJson(input.agentStep as unknown as JsonValue, "agentStep", limits.variablesBytesMax * 4);
  return {
    type: "completeJob",
    jobKey,
    variables,
    ...(input.result ? { result: input.result } : {}),
    ...(input.agentStep ? { agentStep: input.agentStep } : {}),
  };
}

function failCommand(deps: Deps, jobKey: Key, input: FailJobInput, retriesNow: number): Command {
  const retries = input.retries ?? Math.max(0, retriesNow - 1);
  if (!Number.isInteger(retries) || retries < 0)
    throw new EngineError("invalid", `Expected retries of at least 0, but got ${retries}`);
  const retryBackOffMs = input.retryBackOffMs ?? 0;
  if (!(retryBackOffMs >= 0))
    throw new EngineError("invalid", `Expected a back-off of at least 0 ms, but got ${retryBackOffMs}`);
  if (input.agentStep)
    admitJson(input.agentStep as unknown as JsonValue, "agentStep", deps.limits.variablesBytesMax * 4);
  return {
    type: "failJob",
    jobKey,
    retries,
    errorMessage: cleanText(input.errorMessage ?? ""),
    retryBackOffMs,
    ...(input.variables ? { variables: admitObject(input.variables, "variables", deps.limits.variablesBytesMax) } : {}),
    ...(input.agentStep ? { agentStep: input.agentStep } : {}),
  };
}

function errorCommand(deps: Deps, jobKey: Key, input: ThrowJobErrorInput): Command {
  if (input.errorCode === "" || input.errorCode.length > 1_000)
    throw new EngineError("invalid", "Expected an error code of 1 to 1000 characters, but it is not");
  return {
    type: "throwJobError",
    jobKey,
    errorCode: cleanText(input.errorCode),
    errorMessage: cleanText(input.errorMessage ?? ""),
    ...(input.variables ? { variables: admitObject(input.variables, "variables", deps.limits.variablesBytesMax) } : {}),
    ...(input.agentStep ? { agentStep: input.agentStep } : {}),
  };
}

/** Error texts come from anywhere (a stack, a library, a model): kept, without what the database refuses. */
export function cleanText(text: string): string {
  return storableText(text, messageLengthMax);
}

/** The answer of a worker of this process, as a command. */
export async function answerJob(
  deps: Deps,
  job: JobFacts,
  answer: WorkerAnswer | { readonly type: "judgeAgain" },
  worker: { readonly name: string; readonly type: "service" | "agent" },
): Promise<void> {
  const actor: Actor = { id: worker.name, type: worker.type };
  const command = commandOf(deps, job, answer);
  await deps.intake.run(job.rootKey, job.tenantId, command, { actor, internal: true });
}

function commandOf(deps: Deps, job: JobFacts, answer: WorkerAnswer | { readonly type: "judgeAgain" }): Command {
  switch (answer.type) {
    case "judgeAgain":
      return { type: "judgeActionAgain", jobKey: job.key };
    case "complete":
      return completeCommand(deps, job.key, answer);
    case "fail":
      return failCommand(deps, job.key, answer, job.retries);
    case "error":
      return errorCommand(deps, job.key, answer);
  }
}
