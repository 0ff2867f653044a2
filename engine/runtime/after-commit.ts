/** What a commit sets in motion, read from its events: jobs, timers, messages, signals, those who wait for the end. */
import type { Actor } from "../core/command.ts";
import type { Event } from "../core/event.ts";
import type { InstanceEnd } from "./commands/instances.ts";
import type { TransitionEnd } from "./commands/tasks.ts";
import type { Deps } from "./deps.ts";
import { factsOfEvent } from "./jobs/job-row.ts";
import type { Workers } from "./jobs/workers.ts";
import { messageMatch } from "./match.ts";
import type { Outcome } from "./slot.ts";

const engineActor: Actor = { id: "engine", type: "engine" };

export interface AfterCommitOptions {
  readonly deps: Deps;
  readonly workers: Workers;
  readonly nodeId: number;
  /** Job types that became available for other nodes and remote workers. */
  readonly jobAvailable: (type: string) => void;
}

export class AfterCommit {
  readonly #options: AfterCommitOptions;

  constructor(options: AfterCommitOptions) {
    this.#options = options;
  }

  handle(outcome: Outcome): void {
    const { deps } = this.#options;
    for (const event of outcome.events) this.#event(event, outcome);
    for (const effect of outcome.effects) {
      if (effect.type === "publishMessage") this.#aside(deps.correlator.deliver(effect, engineActor));
      if (effect.type === "broadcastSignal") this.#aside(deps.signals.deliver(effect, outcome.at, engineActor));
    }
    deps.notices.committed(outcome);
  }

  /** Work that the sweep would do as well, should it fail here. */
  #aside(work: Promise<unknown>): void {
    work.catch((error: unknown) =>
      this.#options.deps.logger.warn({ error: String(error) }, "follow-up of a commit failed; the sweep takes it up"),
    );
  }

  #event(event: Event, outcome: Outcome): void {
    const { deps, workers } = this.#options;
    switch (event.type) {
      case "jobCreated":
        this.#jobCreated(event, outcome);
        break;
      case "jobFailed":
      case "jobUpdated": {
        const wait = outcome.instance.waits.get(event.key);
        if (wait?.kind !== "job") break;
        const delay = event.type === "jobFailed" ? event.retryAt - deps.clock.now() : 0;
        if (delay <= 0) this.#options.jobAvailable(wait.jobType);
        break;
      }
      case "jobCanceled":
        workers.canceled(event.key);
        break;
      case "processInstanceResumed":
        for (const wait of outcome.instance.waits.values())
          if (wait.kind === "job") this.#options.jobAvailable(wait.jobType);
        break;
      case "timerScheduled":
        deps.timers.scheduled(event.dueAt);
        break;
      case "messageSubscriptionOpened":
        if (outcome.instance.waits.has(event.key))
          deps.correlator.opened({
            key: event.key,
            match: messageMatch(outcome.tenantId, event.messageName, event.correlationKey),
          });
        break;
      case "userTaskCompleted":
      case "userTaskAssigned":
      case "userTaskUpdated":
        deps.awaiting.tell("task", event.key, { denied: false } satisfies TransitionEnd);
        break;
      case "userTaskDenied":
        deps.awaiting.tell("task", event.key, { denied: true, reason: event.reason } satisfies TransitionEnd);
        break;
      case "processInstanceCompleted":
      case "processInstanceTerminated":
        this.#processEnded(event, outcome);
        break;
    }
  }

  #jobCreated(event: Extract<Event, { type: "jobCreated" }>, outcome: Outcome): void {
    const { workers, deps } = this.#options;
    const { instance } = outcome;
    if (!instance.waits.has(event.key)) {
      deps.polls.handOver.dropped([event.key]);
      return;
    }
    const definition = instance.processes.get(event.instance)?.definition.process.key ?? outcome.definitionKey;
    const job = factsOfEvent(event, outcome.rootKey, definition, outcome.tenantId);
    if (deps.polls.handOver.committed(job, instance)) return;
    if (instance.suspended || workers.nodeFor(event.jobType) === null) this.#options.jobAvailable(event.jobType);
    else workers.dispatch(job, instance);
  }

  #processEnded(
    event: Extract<Event, { type: "processInstanceCompleted" | "processInstanceTerminated" }>,
    outcome: Outcome,
  ): void {
    const { deps } = this.#options;
    const end: InstanceEnd = {
      state: event.type === "processInstanceCompleted" ? "COMPLETED" : "TERMINATED",
      variables: event.key === outcome.rootKey ? outcome.rootVariables : null,
    };
    deps.awaiting.tell("instance", event.key, end);
    if (event.key !== outcome.rootKey) return;
    const entry = deps.catalog.definitions.entry(outcome.definitionKey);
    // The key of a message start is free again: the next buffered message may start the next instance (rule 56).
    if (entry && deps.catalog.definitions.startsByMessage(outcome.definitionKey))
      this.#aside(deps.correlator.startBuffered(entry.processId, entry.tenantId));
  }
}
