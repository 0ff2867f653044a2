/**
 * One simulated life of one instance. A store keeps the log and sometimes a snapshot; before and after every commit the
 * node crashes and loads again. Commands come twice and late; the clock jumps. After every step: invariants, and the
 * state from the log, from the snapshot and live must be the same bytes.
 */
import type { Command } from "../../engine/core/command.ts";
import type { ActionDecision, Environment } from "../../engine/core/environment.ts";
import type { Event } from "../../engine/core/event.ts";
import {
  checkInvariants,
  createInstance,
  fromSnapshot,
  type HistoryRecord,
  type Instance,
  replay,
  step,
  toSnapshot,
} from "../../engine/core/index.ts";
import type { Wait } from "../../engine/core/instance.ts";
import type { JsonObject } from "../../engine/core/json.ts";
import type { ExecutableProcess } from "../../engine/core/process.ts";
import type { Random } from "./random.ts";
import { variableNames } from "./random-process.ts";

export interface RunResult {
  readonly crashes: number;
  readonly commands: number;
  readonly refused: number;
  readonly events: number;
  readonly end: "completed" | "terminated" | "waiting";
  readonly activated: ReadonlySet<string>;
}

interface Store {
  readonly log: HistoryRecord[];
  snapshot: { readonly at: number; readonly text: string } | null;
}

const busySteps = 15;
const stepsMax = 120;

export function simulate(processes: readonly ExecutableProcess[], random: Random): RunResult {
  const world = new World(processes, random);
  world.create();
  for (let count = 0; count < stepsMax && world.instance.state === "active"; count++) {
    const command = world.chooseCommand(count < busySteps);
    if (!command) break;
    world.deliver(command);
    if (world.commands.length > 0 && random.chance(0.3)) world.deliverAgain(random.pick(world.commands));
  }
  return world.result();
}

class World {
  private readonly processes: ReadonlyMap<string, ExecutableProcess>;
  private readonly known: readonly ExecutableProcess[];
  private readonly random: Random;
  private readonly store: Store = { log: [], snapshot: null };
  readonly commands: Command[] = [];
  private readonly activated = new Set<string>();
  instance!: Instance;
  private now = 1_700_000_000_000;
  private key = 100;
  private crashes = 0;
  private refused = 0;

  constructor(processes: readonly ExecutableProcess[], random: Random) {
    this.known = processes;
    this.processes = new Map(processes.map((process) => [process.key, process]));
    this.random = random;
  }

  /** Keys and answers depend on the place in the log only, as after a real crash the same command may get the same ones. */
  private environment(): Environment {
    let key = this.key;
    let decisions = 0;
    const decide = (): ActionDecision => {
      const choice = (this.store.log.length + decisions++) % 4;
      const base: ActionDecision = {
        decisionId: `d${key}-${decisions}`,
        determination: "ALLOW",
        constraints: [],
        approval: null,
        riskScore: 0,
        reasonCodes: [],
        policies: [],
        permit: "p",
        expiresAt: null,
        trace: null,
      };
      if (choice === 1) return { ...base, determination: "DENY", permit: null };
      if (choice === 2)
        return {
          ...base,
          determination: "REQUIRE_APPROVAL",
          permit: null,
          approval: {
            approvalId: `a${key}`,
            group: "g",
            quorum: 1,
            slaMs: 20_000,
            onTimeout: "escalate",
            escalateTo: "h",
          },
        };
      if (choice === 3)
        return {
          ...base,
          determination: "ALLOW_WITH_CONSTRAINTS",
          constraints: [{ path: "args.amount", op: "max", value: 1 }],
        };
      return base;
    };
    return {
      now: this.now,
      actor: { id: "sim", type: "service" },
      limits: {
        activationsPerCommandMax: 500,
        elementInstancesMax: 2_000,
        callDepthMax: 4,
        multiInstanceMax: 100,
        variablesBytesMax: 100_000,
      },
      nextKey: () => String(++key),
      processByKey: (wanted) => this.processes.get(wanted),
      findProcess: ({ processId }) => this.known.find((process) => process.processId === processId),
      evaluateDecision: () => ({
        ok: true,
        value: { value: 3, evaluationKey: String(++key), decisionKey: "7", trace: null },
      }),
      decideAction: (request) =>
        request.approval
          ? { ...decide(), determination: "ALLOW", approval: null, permit: "p", constraints: [] }
          : decide(),
      judgeVote: (_approval, vote) => ({
        resolution: vote.verdict === "approve" ? "approved" : "rejected",
        trace: null,
      }),
      findForm: () => undefined,
    };
  }

  create(): void {
    const created = createInstance(
      { type: "createInstance", key: "1", definitionKey: this.known[0]!.key, variables: this.randomVariables() },
      this.environment(),
    );
    if ("rejected" in created) throw new Error(created.rejected.message);
    this.instance = created.instance;
    this.commit(created.events);
  }

  deliver(command: Command): void {
    this.commands.push(command);
    const before = this.text();
    const first = step(this.instance, command, this.environment());
    // The node dies before its commit: nothing of this has happened.
    this.crash(before);
    const second = step(this.instance, command, this.environment());
    if (JSON.stringify(first) !== JSON.stringify(second))
      throw new Error(`Expected ${command.type} to give the same events after a crash, but they differ`);
    if ("rejected" in second) {
      this.refused++;
      return;
    }
    this.commit(second.events);
  }

  /** A command that was carried out comes again: it is refused, or it is one of the few that may be repeated. */
  deliverAgain(command: Command): void {
    const before = this.text();
    const outcome = step(this.instance, command, this.environment());
    if ("rejected" in outcome) {
      if (this.text() !== before)
        throw new Error(`Expected the refused ${command.type} to leave no trace, but the state has changed`);
      this.refused++;
      return;
    }
    if (command.type !== "setVariables" && !this.repeatable(command))
      throw new Error(`Expected the repeated ${command.type} to be refused, but it was carried out`);
    this.commit(outcome.events);
  }

  /** Subscriptions of non-interrupting events stay open; the runtime keeps each message to one delivery. Failing again is another failure. */
  private repeatable(command: Command): boolean {
    // A task listener may have denied the completion: the task is there to be completed again.
    if (command.type === "completeUserTask") return true;
    // Activating once more puts one more token there.
    if (command.type === "modifyInstance") return command.activate.length > 0;
    return (
      command.type === "correlateMessage" ||
      command.type === "triggerSignal" ||
      command.type === "failJob" ||
      command.type === "throwJobError"
    );
  }

  private commit(events: readonly Event[]): void {
    for (const event of events) if (event.type === "elementActivated") this.activated.add(event.elementType);
    this.store.log.push({ at: this.instance.clock, events: JSON.parse(JSON.stringify(events)) as Event[] });
    this.key += 100_000;
    const broken = checkInvariants(this.instance);
    if (broken.length > 0) throw new Error(broken.join("\n"));
    const after = this.text();
    if (this.random.chance(0.2)) this.store.snapshot = { at: this.store.log.length, text: after };
    this.crash(after);
  }

  /** Loads from the log, or from the snapshot and what came after it; must give exactly the expected state. */
  private crash(expected: string): void {
    this.crashes++;
    const { log, snapshot } = this.store;
    const processes = (key: string) => this.processes.get(key);
    const usesSnapshot = snapshot && this.random.chance(0.7);
    const from = usesSnapshot ? fromSnapshot(JSON.parse(snapshot.text) as JsonObject, processes) : undefined;
    this.instance = replay(usesSnapshot ? log.slice(snapshot.at) : log, processes, from);
    // Time is not part of the log's last row when the crashed command had moved it.
    const loaded = this.text();
    if (loaded !== expected)
      throw new Error(
        `Expected the state after a crash (${usesSnapshot ? "snapshot" : "log"}) to equal the live one, but\n${loaded}\nis not\n${expected}`,
      );
  }

  private text(): string {
    const { clock: _clock, ...state } = toSnapshot(this.instance) as JsonObject & { clock: number };
    return JSON.stringify({ ...state, clock: 0 });
  }

  private randomVariables(calm = false): JsonObject {
    return Object.fromEntries(variableNames.map((name) => [name, calm ? 0 : this.random.below(5)]));
  }

  chooseCommand(busy: boolean): Command | null {
    const { random, instance } = this;
    if (busy && random.chance(0.05))
      return {
        type: "setVariables",
        scopeKey: random.pick([...instance.elements.keys()]),
        variables: this.randomVariables(),
        local: random.chance(0.3),
      };
    if (busy && random.chance(0.008)) return { type: "cancelInstance", processInstanceKey: instance.key };
    if (busy && random.chance(0.03)) return this.modification();
    const waits = [...instance.waits.values()].filter((wait) => !this.blockedByIncident(wait));
    // An error that nobody catches stays an incident however often it is tried again.
    const hopeless = waits.every(
      (wait) => wait.kind === "incident" && wait.errorType === "UNHANDLED_ERROR_EVENT" && wait.job === null,
    );
    if (hopeless) return null;
    return this.commandFor(random.pick(waits), busy);
  }

  /** Operators put tokens anywhere and take them away; much of it is refused. */
  private modification(): Command {
    const { random, instance } = this;
    const self = random.pick([...instance.elements.values()]);
    const elementId = random.pick(self.definition.elements).id;
    const activates = random.chance(0.5);
    return {
      type: "modifyInstance",
      processInstanceKey: self.process.key,
      activate: activates ? [{ elementId, variableInstructions: [{ variables: { v0: 1 }, scopeId: elementId }] }] : [],
      terminate: activates ? [] : [{ elementInstanceKey: self.key }],
      move: [],
    };
  }

  private blockedByIncident(wait: Wait): boolean {
    if (wait.kind === "userTask" && wait.owner.detail?.userTask) return true;
    if (wait.kind !== "job") return false;
    return [...wait.owner.waits!].some((other) => other.kind === "incident" && other.job === wait.key);
  }

  private commandFor(wait: Wait, busy: boolean): Command {
    const { random } = this;
    const variables = this.randomVariables(!busy);
    switch (wait.kind) {
      case "job": {
        if (busy && random.chance(0.08))
          return {
            type: "failJob",
            jobKey: wait.key,
            retries: random.below(2),
            errorMessage: "sim",
            retryBackOffMs: 10,
          };
        if (busy && wait.jobKind === "BPMN_ELEMENT" && random.chance(0.12))
          return {
            type: "throwJobError",
            jobKey: wait.key,
            errorCode: random.pick(["X1", "X2"]),
            errorMessage: "sim",
            variables,
          };
        if (wait.jobKind === "TASK_LISTENER")
          return {
            type: "completeJob",
            jobKey: wait.key,
            variables: {},
            result: { type: "userTask", denied: busy && random.chance(0.2), deniedReason: null, corrections: {} },
          };
        if (wait.jobKind === "AD_HOC_SUB_PROCESS")
          return { type: "completeJob", jobKey: wait.key, variables, result: this.adHocResult(wait, busy) };
        return { type: "completeJob", jobKey: wait.key, variables };
      }
      case "userTask":
        return wait.approvalId === null
          ? { type: "completeUserTask", userTaskKey: wait.key, variables, action: "complete" }
          : {
              type: "voteOnApproval",
              userTaskKey: wait.key,
              verdict: random.pick(["approve", "reject"]),
              comment: null,
            };
      case "timer":
        this.now = Math.max(this.now, wait.dueAt) + random.below(50_000);
        return { type: "fireTimer", timerKey: wait.key };
      case "message":
        return {
          type: "correlateMessage",
          subscriptionKey: wait.key,
          messageKey: "m",
          messageName: wait.messageName,
          variables,
        };
      case "signal":
        return { type: "triggerSignal", subscriptionKey: wait.key, signalName: wait.signalName, variables };
      case "incident":
        return { type: "resolveIncident", incidentKey: wait.key, retries: 2 };
    }
  }

  private adHocResult(wait: Wait, busy: boolean): Extract<Command, { type: "completeJob" }>["result"] {
    const { random } = this;
    const tools = wait.owner.element.children.map((child) => wait.owner.definition.elements[child]!.id);
    const ends = !busy || random.chance(0.4);
    return {
      type: "adHocSubProcess",
      isCompletionConditionFulfilled: ends,
      isCancelRemainingInstances: random.chance(0.3),
      activateElements: ends
        ? []
        : [
            { elementId: random.pick(tools), variables: { n: 1 } },
            { elementId: random.pick(tools), variables: {} },
          ],
    };
  }

  result(): RunResult {
    const { state } = this.instance;
    return {
      crashes: this.crashes,
      commands: this.commands.length,
      refused: this.refused,
      activated: this.activated,
      events: this.store.log.reduce((sum, { events }) => sum + events.length, 0),
      end: state === "completed" || state === "terminated" ? state : "waiting",
    };
  }
}
