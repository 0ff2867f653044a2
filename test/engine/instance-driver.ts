/** Drives one instance in a test: creates it, sends commands by names instead of keys, and answers questions about the event log. Checks invariants, replay and snapshot after every command. */
import { expect } from "vitest";
import type { Command } from "../../engine/core/command.ts";
import type { Effect } from "../../engine/core/effect.ts";
import type { Environment } from "../../engine/core/environment.ts";
import type { Event } from "../../engine/core/event.ts";
import type { Rejection } from "../../engine/core/failure.ts";
import {
  checkInvariants,
  createInstance,
  fromSnapshot,
  type Instance,
  replay,
  step,
  toSnapshot,
} from "../../engine/core/index.ts";
import type { Wait } from "../../engine/core/instance.ts";
import type { JsonObject, JsonValue, Key } from "../../engine/core/json.ts";
import type { ExecutableProcess } from "../../engine/core/process.ts";
import { environmentFor, type TestEnvironment } from "./environment.ts";

export interface Driver {
  readonly instance: Instance;
  readonly events: readonly Event[];
  readonly effects: readonly Effect[];
  readonly environment: TestEnvironment;
  /** Sends a command; fails the test when it is refused. Gives its events. */
  send(command: Command): readonly Event[];
  /** Sends a command that must be refused; nothing may change. */
  refused(command: Command): Rejection;
  complete(
    elementId: string,
    variables?: JsonObject,
    more?: Partial<Extract<Command, { type: "completeJob" }>>,
  ): readonly Event[];
  fail(elementId: string, retries: number, message?: string): readonly Event[];
  throwError(elementId: string, errorCode: string, variables?: JsonObject): readonly Event[];
  /** Moves the clock to the timer of the event and fires it. */
  fire(elementId: string): readonly Event[];
  correlate(elementId: string, variables?: JsonObject): readonly Event[];
  signal(elementId: string, variables?: JsonObject): readonly Event[];
  set(variables: JsonObject, elementId?: string, local?: boolean): readonly Event[];
  resolve(retries?: number): readonly Event[];
  wait<Kind extends Wait["kind"]>(kind: Kind, elementId: string): Extract<Wait, { kind: Kind }>;
  waits(kind: Wait["kind"]): string[];
  /** Ids of activated, completed, terminated … elements in order. */
  log(type: "elementActivated" | "elementCompleted" | "elementTerminated"): string[];
  flows(): string[];
  incidents(): { readonly type: string; readonly message: string; readonly elementId: string }[];
  active(): string[];
  variables(elementId?: string): JsonObject;
  state(): string;
  keyOf(elementId: string): Key;
}

export interface Given {
  readonly variables?: JsonObject;
  readonly environment?: Partial<Environment>;
  readonly create?: Partial<Extract<Command, { type: "createInstance" }>>;
}

/** Creates an instance of the first process; the others can be called. */
export function drive(processes: ExecutableProcess | readonly ExecutableProcess[], given: Given = {}): Driver {
  const known =
    "elements" in processes ? [processes as ExecutableProcess] : (processes as readonly ExecutableProcess[]);
  const environment = environmentFor(known, given.environment);
  const created = createInstance(
    {
      type: "createInstance",
      key: "1",
      definitionKey: known[0]!.key,
      variables: given.variables ?? {},
      ...given.create,
    },
    environment,
  );
  if ("rejected" in created) throw new Error(created.rejected.message);
  const { instance } = created;
  const history = [{ at: environment.now, events: created.events }];
  const events: Event[] = [...created.events];
  const effects: Effect[] = [...created.effects];
  const check = () => {
    expect(checkInvariants(instance)).toEqual([]);
    const live = JSON.stringify(toSnapshot(instance));
    expect(JSON.stringify(toSnapshot(replay(history, environment.processByKey)))).toBe(live);
    expect(JSON.stringify(toSnapshot(fromSnapshot(JSON.parse(live) as JsonObject, environment.processByKey)))).toBe(
      live,
    );
  };
  check();

  const send = (command: Command): readonly Event[] => {
    const result = step(instance, command, environment);
    if ("rejected" in result) throw new Error(`${command.type} was refused: ${result.rejected.message}`);
    history.push({ at: environment.now, events: result.events });
    events.push(...result.events);
    effects.push(...result.effects);
    check();
    return result.events;
  };

  const elementIdOf = (wait: Wait) =>
    "event" in wait ? wait.owner.definition.elements[wait.event]!.id : wait.owner.element.id;
  const wait: Driver["wait"] = (kind, elementId) => {
    for (const candidate of instance.waits.values()) {
      if (candidate.kind === kind && elementIdOf(candidate) === elementId) return candidate as never;
    }
    throw new Error(
      `Expected an open ${kind} of ${elementId}, but there are ${[...instance.waits.values()].map((other) => `${other.kind} ${elementIdOf(other)}`).join(", ") || "none"}`,
    );
  };
  const elementOf = (elementId: string) => {
    for (const self of instance.elements.values()) if (self.element.id === elementId) return self;
    throw new Error(`Expected an active ${elementId}, but there is none`);
  };

  return {
    instance,
    events,
    effects,
    environment,
    send,
    wait,
    refused(command) {
      const before = JSON.stringify(toSnapshot(instance));
      const result = step(instance, command, environment);
      if (!("rejected" in result)) throw new Error(`Expected ${command.type} to be refused, but it was carried out`);
      expect(JSON.stringify(toSnapshot(instance))).toBe(before);
      return result.rejected;
    },
    complete: (elementId, variables = {}, more = {}) =>
      send({ type: "completeJob", jobKey: wait("job", elementId).key, variables, ...more }),
    fail: (elementId, retries, errorMessage = "broken") =>
      send({ type: "failJob", jobKey: wait("job", elementId).key, retries, errorMessage, retryBackOffMs: 0 }),
    throwError: (elementId, errorCode, variables) =>
      send({
        type: "throwJobError",
        jobKey: wait("job", elementId).key,
        errorCode,
        errorMessage: "thrown",
        ...(variables && { variables }),
      }),
    fire(elementId) {
      const due = wait("timer", elementId);
      environment.now = Math.max(environment.now, due.dueAt);
      return send({ type: "fireTimer", timerKey: due.key });
    },
    correlate(elementId, variables = {}) {
      const { key, messageName } = wait("message", elementId);
      return send({ type: "correlateMessage", subscriptionKey: key, messageKey: "m", messageName, variables });
    },
    signal(elementId, variables = {}) {
      const { key, signalName } = wait("signal", elementId);
      return send({ type: "triggerSignal", subscriptionKey: key, signalName, variables });
    },
    set: (variables, elementId, local = false) =>
      send({
        type: "setVariables",
        scopeKey: elementId === undefined ? instance.key : elementOf(elementId).key,
        variables,
        local,
      }),
    resolve(retries) {
      const incident = [...instance.waits.values()].find((candidate) => candidate.kind === "incident");
      if (!incident) throw new Error("Expected an incident, but there is none");
      return send({ type: "resolveIncident", incidentKey: incident.key, ...(retries !== undefined && { retries }) });
    },
    waits: (kind) => [...instance.waits.values()].filter((candidate) => candidate.kind === kind).map(elementIdOf),
    log(type) {
      const ids = new Map(
        events.flatMap((event): [Key, string][] =>
          event.type === "elementActivated" ? [[event.key, event.elementId]] : [],
        ),
      );
      return events.flatMap((event) => (event.type === type ? [ids.get(event.key)!] : []));
    },
    flows: () => events.flatMap((event) => (event.type === "flowTaken" ? [event.flowId] : [])),
    incidents: () => {
      const open = new Set(
        [...instance.waits.values()].flatMap((candidate) => (candidate.kind === "incident" ? [candidate.key] : [])),
      );
      return events.flatMap((event) =>
        event.type === "incidentCreated" && open.has(event.key)
          ? [{ type: event.errorType, message: event.message, elementId: event.elementId }]
          : [],
      );
    },
    active: () => [...instance.elements.values()].map((self) => self.element.id),
    variables(elementId) {
      if (elementId !== undefined) return Object.fromEntries(elementOf(elementId).variables ?? []);
      const root = instance.elements.get(instance.key);
      if (root) return Object.fromEntries(root.variables ?? []);
      const values = events.flatMap((event): [string, JsonValue][] =>
        event.type === "variablesSet" && event.scope === instance.key ? Object.entries(event.values) : [],
      );
      return Object.fromEntries(values);
    },
    state: () => instance.state,
    keyOf: (elementId) => elementOf(elementId).key,
  };
}
