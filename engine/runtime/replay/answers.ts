/**
 * The environment of a command that is executed again: everything that the world answered then is read from the events
 * of that command, in their order. What the record does not answer (a call or a decision more than were recorded) gets
 * an answer that cannot be mistaken for one, so that the difference shows in the events.
 */
import type { ActionDecision, ActionRequest, Environment, Limits } from "../../core/environment.ts";
import type { Event } from "../../core/event.ts";
import type { EpochMs, Key } from "../../core/json.ts";
import type { ExecutableProcess } from "../../core/process.ts";
import type { RecordedCommand } from "../command-record.ts";
import { keyBlockOf } from "../keys.ts";

type EventOf<Type extends Event["type"]> = Extract<Event, { type: Type }>;

export interface ReplayWorld {
  readonly limits: Limits;
  processByKey(key: Key): ExecutableProcess | undefined;
}

export interface RecordedEntry {
  readonly sequence: number;
  readonly at: EpochMs;
  readonly events: readonly Event[];
  readonly recorded: RecordedCommand;
}

/** What must be true of an entry for its command to be executed again is in `entry`; `world` knows the models. */
export function recordedEnvironment(entry: RecordedEntry, world: ReplayWorld): Environment {
  const { events, at, recorded } = entry;
  const keys = keysOf(entry);
  const decisions = queuesBy(eventsOf(events, "decisionMade"), ({ element }) => element);
  const evaluations = queuesBy(eventsOf(events, "decisionEvaluated"), ({ element }) => element);
  const calls = queuesBy(
    eventsOf(events, "processInstanceCreated").filter(({ parent }) => parent !== null),
    ({ processId }) => processId,
  );
  const forms = eventsOf(events, "userTaskCreated").flatMap(({ formKey }) => formKey ?? []);
  return {
    now: at,
    actor: recorded.actor,
    limits: world.limits,
    nextKey: keys.next,
    processByKey: (key) => world.processByKey(key),
    findProcess({ processId }) {
      const created = calls.get(processId)?.shift();
      return created && world.processByKey(created.definition);
    },
    evaluateDecision(_reference, _variables, { elementInstanceKey }) {
      const evaluated = evaluations.get(elementInstanceKey)?.shift();
      if (evaluated) {
        keys.next();
        return {
          ok: true,
          value: {
            value: evaluated.output,
            evaluationKey: evaluated.evaluation,
            decisionKey: evaluated.decision,
            trace: null,
          },
        };
      }
      const incident = eventsOf(events, "incidentCreated").find(({ element }) => element === elementInstanceKey);
      // An evaluation that failed took a key of its own before the incident took one; a decision that is not there took none.
      if (incident && keys.upcoming() !== incident.key) keys.next();
      return {
        ok: false,
        failure: {
          kind: incident?.errorType ?? "CALLED_DECISION_ERROR",
          message: incident?.message ?? "Expected a recorded evaluation, but there is none",
        },
      };
    },
    decideAction: (request) => answerOf(decisions, request, events),
    judgeVote: ({ approvalId }) => ({ resolution: resolutionOf(events, approvalId), trace: null }),
    findForm: () => forms.shift(),
    taskListeners: (transition) => recorded.taskListeners?.[transition] ?? [],
    ...(recorded.clusterVariables !== null && { clusterVariables: () => recorded.clusterVariables ?? {} }),
  };
}

function eventsOf<Type extends Event["type"]>(events: readonly Event[], type: Type): EventOf<Type>[] {
  return events.filter((event): event is EventOf<Type> => event.type === type);
}

function queuesBy<Item>(items: readonly Item[], name: (item: Item) => string): Map<string, Item[]> {
  const queues = new Map<string, Item[]>();
  for (const item of items) {
    const queue = queues.get(name(item));
    if (queue) queue.push(item);
    else queues.set(name(item), [item]);
  }
  return queues;
}

/** One step takes keys that follow one another, but for the end of a block: the next block is that of a key in its events. */
function keysOf({ events, recorded }: RecordedEntry): { readonly next: () => Key; readonly upcoming: () => Key } {
  let upcoming = recorded.firstKey === null ? Number.NaN : Number(recorded.firstKey);
  const blocks = [...new Set(events.flatMap((event) => ("key" in event ? [keyBlockOf(event.key)] : [])))].sort(
    (one, other) => one - other,
  );
  return {
    upcoming: () => String(upcoming),
    next() {
      const key = upcoming;
      upcoming++;
      if (keyBlockOf(String(upcoming)) !== keyBlockOf(String(key)))
        upcoming = blocks.find((block) => block > key) ?? upcoming;
      return String(key);
    },
  };
}

function answerOf(
  decisions: ReadonlyMap<string, EventOf<"decisionMade">[]>,
  request: ActionRequest,
  events: readonly Event[],
): ActionDecision {
  const element = request.process.elementInstanceKey;
  const made = decisions.get(element)?.shift();
  if (!made)
    return {
      decisionId: "not recorded",
      determination: "DENY",
      constraints: [],
      approval: null,
      riskScore: 0,
      reasonCodes: ["NOT_RECORDED"],
      policies: [],
      permit: null,
      expiresAt: null,
      trace: null,
    };
  const job = eventsOf(events, "jobCreated").find(
    (created) => created.element === element && created.guard?.decisionId === made.decisionId,
  );
  const deadline = eventsOf(events, "timerScheduled").find(
    (timer) => timer.element === element && timer.purpose === "approvalSla",
  );
  return {
    decisionId: made.decisionId,
    determination: made.determination,
    constraints: made.constraints,
    approval: made.approval,
    riskScore: made.riskScore,
    reasonCodes: made.reasonCodes,
    policies: made.policies.map((policy) => ({ ...policy, contentHash: "" })),
    permit: job?.guard?.permit ?? null,
    expiresAt: deadline?.dueAt ?? null,
    trace: null,
  };
}

function resolutionOf(events: readonly Event[], approvalId: string): "pending" | "approved" | "rejected" | "edited" {
  const resolved = eventsOf(events, "approvalResolved").find((event) => event.approvalId === approvalId);
  if (!resolved || resolved.resolution === "timedOut") return "pending";
  // The plane had approved; the engine saw that the facts were others.
  return resolved.resolution === "stale" ? "approved" : resolved.resolution;
}
