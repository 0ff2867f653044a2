/** What operators do: modify, migrate, suspend, set variables, resolve incidents; and the limits that hold a poisoned instance. */
import { describe, expect, it } from "vitest";
import type { Command } from "../../../engine/core/command.ts";
import { type Driver, drive } from "../instance-driver.ts";
import {
  buildProcess,
  type ElementSpec,
  end,
  message,
  service,
  start,
  sub,
  timer,
  value,
  variable,
} from "../process-builder.ts";

const boundary = (id: string, on: string, name: string): ElementSpec => ({
  id,
  type: "boundaryEvent",
  on,
  eventDefinitions: [message(name, value("k"))],
});
const modification = (more: Partial<Extract<Command, { type: "modifyInstance" }>>): Command => ({
  type: "modifyInstance",
  processInstanceKey: "1",
  activate: [],
  terminate: [],
  move: [],
  ...more,
});

describe("start instructions", () => {
  it("start where the caller says, inside sub-processes too", () => {
    const process = buildProcess(
      "p",
      [start(), service("a"), sub("scope", [start("s"), service("b"), service("c")], ["s -> b"])],
      ["start -> a", "a -> scope"],
    );
    const run = drive(process, { create: { startInstructions: [{ elementId: "b" }, { elementId: "c" }] } });
    expect(run.waits("job")).toEqual(["b", "c"]);
    expect(run.log("elementActivated")).toEqual(["p", "scope", "b", "c"]);
    expect(() => drive(process, { create: { startInstructions: [{ elementId: "nowhere" }] } })).toThrow(
      "Expected an element of the process 'p' to start at, but 'nowhere' is none",
    );
  });

  it("refuse a process without a none start event", () => {
    expect(() => drive(buildProcess("p", [start("s", message("m"))], []))).toThrow(
      "Expected the process 'p' to have a none start event, but it has none",
    );
  });
});

describe("modify", () => {
  const process = buildProcess(
    "p",
    [start(), service("a"), service("b"), sub("scope", [service("c")]), end()],
    ["start -> a", "a -> b", "b -> scope", "scope -> end"],
  );

  it("moves a token with variables", () => {
    const run = drive(process);
    run.send(
      modification({
        move: [
          {
            sourceElementId: "a",
            targetElementId: "c",
            variableInstructions: [
              { variables: { n: 1 }, scopeId: null },
              { variables: { m: 2 }, scopeId: "c" },
            ],
          },
        ],
      }),
    );
    expect(run.waits("job")).toEqual(["c"]);
    expect(run.variables()).toEqual({ n: 1 });
    expect(run.variables("c")).toEqual({ m: 2 });
    run.complete("c");
    expect(run.state()).toBe("completed");
  });

  it("activates and terminates by id and by key; a process left empty is terminated", () => {
    const run = drive(process);
    run.send(modification({ activate: [{ elementId: "b", variableInstructions: [] }] }));
    expect(run.waits("job")).toEqual(["a", "b"]);
    run.send(modification({ terminate: [{ elementInstanceKey: run.keyOf("a") }] }));
    expect(run.waits("job")).toEqual(["b"]);
    run.send(modification({ terminate: [{ elementId: "b" }] }));
    expect(run.state()).toBe("terminated");
  });

  it("asks which scope when there are several, and refuses what cannot be activated, without a trace", () => {
    const each = buildProcess(
      "p",
      [
        start(),
        sub("each", [service("a"), service("b")], [], {
          loop: { kind: "multiInstance", sequential: false, cardinality: value(2), behavior: "All" },
        }),
      ],
      ["start -> each"],
    );
    const run = drive(each);
    expect(run.refused(modification({ activate: [{ elementId: "a", variableInstructions: [] }] })).message).toContain(
      "give the key of the ancestor",
    );
    expect(run.refused(modification({ activate: [{ elementId: "start", variableInstructions: [] }] })).kind).toBe(
      "invalid",
    );
    expect(run.refused(modification({ terminate: [{ elementInstanceKey: "999" }] })).kind).toBe("notFound");
    const ancestorElementInstanceKey = run.wait("job", "a").owner.parent!.key;
    run.send(modification({ activate: [{ elementId: "a", ancestorElementInstanceKey, variableInstructions: [] }] }));
    expect(run.waits("job").filter((id) => id === "a")).toHaveLength(3);
  });

  it("terminating one instance of a multi-instance counts it and lets the body complete", () => {
    const each = buildProcess(
      "p",
      [
        start(),
        service("a", { loop: { kind: "multiInstance", sequential: false, cardinality: value(2), behavior: "All" } }),
        service("next"),
      ],
      ["start -> a", "a -> next"],
    );
    const run = drive(each);
    run.send(modification({ terminate: [{ elementInstanceKey: run.wait("job", "a").owner.key }] }));
    run.complete("a");
    expect(run.waits("job")).toEqual(["next"]);
  });
});

describe("migrate", () => {
  const source = buildProcess(
    "old",
    [
      start(),
      service("a"),
      boundary("b", "a", "m"),
      { id: "t", type: "boundaryEvent", on: "a", interrupting: false, eventDefinitions: [timer("duration", "PT1H")] },
      service("x"),
    ],
    ["start -> a", "b -> x", "t -> x"],
  );
  const target = buildProcess(
    "new",
    [
      start(),
      service("first"),
      service("a2"),
      boundary("b", "a2", "m"),
      boundary("extra", "a2", "n"),
      service("y"),
      service("after"),
    ],
    ["start -> first", "first -> a2", "a2 -> after", "b -> y", "extra -> y"],
  );
  const migration = (mappings: { sourceElementId: string; targetElementId: string }[]): Command => ({
    type: "migrateInstance",
    processInstanceKey: "1",
    targetDefinitionKey: target.key,
    mappings,
  });

  it("goes on in the other version: jobs stay, events are kept, closed and opened as the target has them", () => {
    const run = drive([source, target]);
    const { key } = run.wait("job", "a");
    const subscription = run.wait("message", "b").key;
    run.send(migration([{ sourceElementId: "a", targetElementId: "a2" }]));
    expect(run.wait("job", "a2").key).toBe(key);
    expect(run.wait("message", "b").key).toBe(subscription);
    expect(run.waits("message").toSorted()).toEqual(["b", "extra"]);
    expect(run.waits("timer")).toEqual([]);
    run.complete("a2");
    expect(run.waits("job")).toEqual(["after"]);
  });

  it("is refused with the reason when an active element has no counterpart of its kind", () => {
    const run = drive([source, target]);
    expect(run.refused(migration([])).message).toBe("Expected a mapping for every active element, but 'a' has none");
    expect(run.refused(migration([{ sourceElementId: "a", targetElementId: "nowhere" }])).kind).toBe("invalid");
    expect(run.refused(migration([{ sourceElementId: "a", targetElementId: "b" }])).message).toContain(
      "to map to the same kind of element",
    );
  });
});

describe("suspension", () => {
  it("refuses work until resumed, but lets operators change and cancel", () => {
    const run = drive(buildProcess("p", [start(), service("a")], ["start -> a"]));
    run.send({ type: "suspendInstance", processInstanceKey: "1" });
    expect(run.refused({ type: "completeJob", jobKey: run.wait("job", "a").key, variables: {} })).toMatchObject({
      kind: "invalidState",
    });
    expect(run.refused({ type: "suspendInstance", processInstanceKey: "1" }).kind).toBe("invalidState");
    run.set({ n: 1 });
    run.send({ type: "resumeInstance", processInstanceKey: "1" });
    run.complete("a");
    expect(run.state()).toBe("completed");
  });
});

describe("incidents and limits", () => {
  it("a job without retries waits for its incident, and the retries given with the resolution count", () => {
    const run = drive(buildProcess("p", [start(), service("a")], ["start -> a"]));
    run.fail("a", 0, "no connection");
    expect(run.incidents()).toEqual([{ type: "JOB_NO_RETRIES", message: "no connection", elementId: "a" }]);
    run.resolve(3);
    expect(run.wait("job", "a").retries).toBe(3);
  });

  it("execution listeners run before and after, in order, and their variables are the element's own", () => {
    const listener = (eventType: string, type: string) => ({
      eventType,
      type: value(type),
      retries: value("1"),
      headers: {},
    });
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          service("a", {
            executionListeners: [listener("start", "one"), listener("start", "two"), listener("end", "three")],
          }),
          service("next"),
        ],
        ["start -> a", "a -> next"],
      ),
    );
    const seen: string[] = [];
    for (let count = 0; count < 4; count++) {
      seen.push(run.wait("job", "a").jobType);
      run.complete("a", { [`v${count}`]: count });
    }
    expect(seen).toEqual(["one", "two", "a", "three"]);
    expect(run.variables()).toEqual({ v2: 2 });
  });

  it("an oversized value is an incident of its own instance", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          {
            id: "grow",
            type: "scriptTask",
            script: {
              expression: { ...variable("x"), evaluate: () => ({ ok: true, value: "x".repeat(2_000_000) }) },
              resultVariable: "x",
            },
          },
        ],
        ["start -> grow"],
      ),
      { variables: { x: "" } },
    );
    expect(run.incidents()).toHaveLength(1);
    expect(run.incidents()[0]?.message).toContain("at most 1000000 bytes");
  });

  it("a value that nests itself deeper with every round is an incident before any reader breaks on it", () => {
    const nest = {
      ...variable("x"),
      evaluate: (variables: { get(name: string): unknown }) => ({
        ok: true as const,
        value: [variables.get("x") as string],
      }),
    };
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          { id: "merge", type: "exclusiveGateway" },
          { id: "nest", type: "scriptTask", script: { expression: nest, resultVariable: "x" } },
        ],
        ["start -> merge", "merge -> nest", "nest -> merge"],
      ),
      { variables: { x: "" } },
    );
    expect(run.incidents()).toHaveLength(1);
    expect(run.incidents()[0]?.message).toContain("64 levels");
  });

  it("names like __proto__ are plain variables", () => {
    const hostile = JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}') as Record<string, number>;
    const run = drive(
      buildProcess("p", [start(), service("a", { out: { seen: variable("constructor") } })], ["start -> a"]),
      { variables: hostile },
    );
    run.complete("a", hostile);
    expect(run.variables()).toMatchObject({ seen: 1 });
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it("an unknown command is refused", () => {
    const run: Driver = drive(buildProcess("p", [start(), service("a")], ["start -> a"]));
    expect(run.refused({ type: "explode" } as unknown as Command).kind).toBe("invalid");
  });
});
