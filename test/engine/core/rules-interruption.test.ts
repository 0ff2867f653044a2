/** Rules 17–37 of the BPMN study: event sub-processes, boundary events, terminate, links, errors, escalations. */
import { describe, expect, it } from "vitest";
import type { EventDefinition } from "../../../engine/core/process.ts";
import { drive } from "../instance-driver.ts";
import {
  boundary,
  buildProcess,
  type ElementSpec,
  end,
  error,
  escalation,
  type FlowSpec,
  feel,
  message,
  service,
  signal,
  start,
  sub,
  throwing,
  timer,
  value,
  variable,
} from "../process-builder.ts";

const handler = (id: string, definition: EventDefinition, interrupting: boolean, task = `${id}-task`): ElementSpec => ({
  id,
  type: "eventSubProcess",
  inside: [{ ...start(`${id}-start`, definition), interrupting }, service(task)],
  flows: [`${id}-start -> ${task}`],
});
const call = (id: string, processId: string, more: Partial<ElementSpec> = {}): ElementSpec => ({
  id,
  type: "callActivity",
  calledElement: {
    processId: value(processId),
    propagateAllChildVariables: false,
    propagateAllParentVariables: true,
    binding: { type: "latest" },
  },
  ...more,
});

describe("sub-processes, events, interruption", () => {
  it("rule 17: an event interrupts unless the model says otherwise", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          service("a"),
          { id: "b", type: "boundaryEvent", on: "a", eventDefinitions: [message("m")] },
          service("after"),
        ],
        ["start -> a", "b -> after"],
      ),
    );
    run.correlate("b");
    expect(run.waits("job")).toEqual(["after"]);
  });

  it("rule 18: an interrupting event sub-process ends everything else first, fires once, and completes its scope", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          sub(
            "scope",
            [
              start("s"),
              { id: "fork", type: "parallelGateway" },
              service("a"),
              service("b"),
              handler("esp", message("m"), true),
            ],
            ["s -> fork", "fork -> a", "fork -> b"],
          ),
          service("next"),
        ],
        ["start -> scope", "scope -> next"],
      ),
    );
    run.fail("a", 0);
    expect(run.incidents()).toHaveLength(1);
    run.correlate("esp-start");
    expect(run.incidents()).toEqual([]);
    expect(run.waits("job")).toEqual(["esp-task"]);
    expect(run.waits("message")).toEqual([]);
    const types = run.events.map((event) => event.type);
    expect(types.lastIndexOf("elementTerminated")).toBeLessThan(types.lastIndexOf("elementActivated"));
    run.complete("esp-task");
    expect(run.waits("job")).toEqual(["next"]);
  });

  it("rule 19: an interrupting event sub-process also ends running non-interrupting ones, and only one wins", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          service("a"),
          handler("soft", message("soft"), false),
          handler("one", message("one"), true),
          handler("two", message("two"), true),
        ],
        ["start -> a"],
      ),
    );
    run.correlate("soft-start");
    expect(run.waits("job")).toEqual(["a", "soft-task"]);
    const other = run.wait("message", "two-start");
    run.correlate("one-start");
    expect(run.waits("job")).toEqual(["one-task"]);
    expect(
      run.refused({
        type: "correlateMessage",
        subscriptionKey: other.key,
        messageKey: "m",
        messageName: "two",
        variables: {},
      }).kind,
    ).toBe("notFound");
  });

  it("rule 20: an interrupting event sub-process leaves the boundary events of its scope open", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          sub("scope", [service("a"), handler("esp", message("m"), true)]),
          boundary("late", "scope", [message("b")]),
          service("after"),
        ],
        ["start -> scope", "late -> after"],
      ),
    );
    run.correlate("esp-start");
    expect(run.waits("message")).toEqual(["late"]);
    run.correlate("late");
    expect(run.waits("job")).toEqual(["after"]);
  });

  it("rule 21: a non-interrupting event sub-process keeps its scope open, and each trigger has its own variables", () => {
    const run = drive(buildProcess("p", [start(), service("a"), handler("esp", message("m"), false)], ["start -> a"]));
    run.correlate("esp-start", { n: 1 });
    run.correlate("esp-start", { n: 2 });
    const scopes = [...run.instance.elements.values()].filter((self) => self.element.id === "esp");
    expect(scopes.map((self) => self.variables?.get("n"))).toEqual([1, 2]);
    expect(run.variables()).toEqual({});
    run.complete("a");
    expect(run.state()).toBe("active");
    run.complete("esp-task");
    run.complete("esp-task");
    expect(run.state()).toBe("completed");
  });

  for (const [kind, definition] of [
    ["escalation", escalation("E")],
    ["signal", signal("S")],
  ] as const) {
    it(`rule 22: a thrown ${kind} that interrupts its own scope never goes past the throw`, () => {
      const run = drive(
        buildProcess(
          "p",
          [
            start(),
            sub("scope", [start("s"), throwing("t", definition), service("never")], ["s -> t", "t -> never"]),
            boundary("b", "scope", [definition]),
            service("caught"),
          ],
          ["start -> scope", "b -> caught"],
        ),
      );
      expect(run.waits("job")).toEqual(["caught"]);
      expect(run.log("elementActivated")).not.toContain("never");
    });
  }

  it("rule 23: a boundary event is activated only after its activity has ended", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          sub("scope", [sub("deep", [service("a")])]),
          boundary("b", "scope", [message("m")]),
          service("after"),
        ],
        ["start -> scope", "b -> after"],
      ),
    );
    const events = run.correlate("b");
    const order = events.flatMap((event) =>
      event.type === "elementTerminated" || event.type === "elementActivated"
        ? [event.type === "elementActivated" ? `+${event.elementId}` : "-"]
        : [],
    );
    expect(order).toEqual(["-", "-", "-", "+b", "+after"]);
  });

  it("rule 23: a scope that is being terminated does not activate its boundary events", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          sub("scope", [service("a"), boundary("inner", "a", [error("E")]), service("no")], ["inner -> no"]),
          boundary("b", "scope", [message("m")]),
        ],
        ["start -> scope"],
      ),
    );
    run.correlate("b");
    expect(run.log("elementActivated")).not.toContain("no");
  });

  const multi = (interrupting: boolean) =>
    buildProcess(
      "p",
      [
        start(),
        service("a", {
          loop: {
            kind: "multiInstance",
            sequential: false,
            inputCollection: value([1, 2, 3]),
            inputElement: "n",
            outputCollection: "out",
            outputElement: variable("n"),
            behavior: "All",
          },
        }),
        boundary("b", "a", [message("m")], interrupting),
        service("after"),
      ],
      ["start -> a", "b -> after"],
    );

  it("rule 24: an interrupting boundary event on a multi-instance body ends all instances and gives no partial output", () => {
    const run = drive(multi(true));
    run.complete("a");
    run.correlate("b");
    expect(run.waits("job")).toEqual(["after"]);
    expect(run.variables()).toEqual({});
  });

  it("rule 24: a non-interrupting boundary event leaves the instances alone", () => {
    const run = drive(multi(false));
    run.correlate("b");
    expect(run.waits("job")).toEqual(["a", "a", "a", "after"]);
  });

  it("rule 25: the correlation key of a boundary event is evaluated in the scope around the activity", () => {
    const run = drive(
      buildProcess(
        "p",
        [start(), service("a", { in: { key: value("inner") } }), boundary("b", "a", [message("m", variable("key"))])],
        ["start -> a"],
      ),
      { variables: { key: "outer" } },
    );
    expect(run.wait("message", "b").correlationKey).toBe("outer");
  });

  it("rule 26: a terminate end event ends its own scope only, which completes", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          { id: "fork", type: "parallelGateway" },
          sub(
            "scope",
            [
              start("s"),
              { id: "f2", type: "parallelGateway" },
              service("a"),
              service("b"),
              end("kill", { type: "terminate" }),
            ],
            ["s -> f2", "f2 -> a", "f2 -> b", "a -> kill"],
          ),
          service("sibling"),
          service("next"),
        ],
        ["start -> fork", "fork -> scope", "fork -> sibling", "scope -> next"],
      ),
    );
    run.complete("a");
    expect(run.waits("job").toSorted()).toEqual(["next", "sibling"]);
    run.complete("next");
    run.complete("sibling");
    expect(run.state()).toBe("completed");
  });

  it("rule 27: terminate in one instance of a multi-instance sub-process leaves the others", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          sub(
            "each",
            [
              start("s"),
              { id: "f", type: "parallelGateway" },
              service("a"),
              service("b"),
              end("kill", { type: "terminate" }),
            ],
            ["s -> f", "f -> a", "f -> b", "a -> kill"],
            { loop: { kind: "multiInstance", sequential: false, cardinality: value(2), behavior: "All" } },
          ),
        ],
        ["start -> each"],
      ),
    );
    run.complete("a");
    expect(run.waits("job")).toEqual(["a", "b"]);
    run.complete("a");
    expect(run.state()).toBe("completed");
  });

  it("rule 28: several link throws lead to the one catch of their name in their scope", () => {
    const link: EventDefinition = { type: "link", name: "L" };
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          { id: "f", type: "parallelGateway" },
          throwing("t1", link),
          throwing("t2", link),
          { id: "c", type: "intermediateCatchEvent", eventDefinitions: [link] },
          service("after"),
        ],
        ["start -> f", "f -> t1", "f -> t2", "c -> after"],
      ),
    );
    expect(run.waits("job")).toEqual(["after", "after"]);
  });

  it("rule 29: an activity that is completing can still be interrupted or cancelled", () => {
    const process = buildProcess(
      "p",
      [
        start(),
        service("a", {
          executionListeners: [{ eventType: "end", type: value("listen"), retries: value("1"), headers: {} }],
        }),
        boundary("b", "a", [message("m")]),
        service("after"),
      ],
      ["start -> a", "b -> after"],
    );
    const run = drive(process);
    run.complete("a");
    run.correlate("b");
    expect(run.waits("job")).toEqual(["after"]);
    const cancelled = drive(process);
    cancelled.complete("a");
    cancelled.send({ type: "cancelInstance", processInstanceKey: "1" });
    expect(cancelled.state()).toBe("terminated");
  });
});

describe("errors and escalations", () => {
  it("rule 30: the innermost catcher wins, and a specific code beats a catch-all", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          sub(
            "scope",
            [
              service("a"),
              boundary("all", "a", [error(null)]),
              boundary("exact", "a", [error("E")]),
              service("x"),
              service("y"),
              handler("esp", error("E"), true),
            ],
            ["all -> x", "exact -> y"],
          ),
          boundary("outer", "scope", [error("E")]),
        ],
        ["start -> scope"],
      ),
    );
    run.throwError("a", "E");
    expect(run.waits("job")).toEqual(["y"]);
  });

  it("rule 31: an uncaught error is an incident, the job stays and works again after the incident is resolved", () => {
    const run = drive(buildProcess("p", [start(), service("a")], ["start -> a"]));
    const { key } = run.wait("job", "a");
    run.throwError("a", "E");
    expect(run.incidents()).toMatchObject([{ type: "UNHANDLED_ERROR_EVENT", elementId: "a" }]);
    expect(run.refused({ type: "completeJob", jobKey: key, variables: {} }).kind).toBe("invalidState");
    run.resolve();
    run.complete("a");
    expect(run.state()).toBe("completed");
  });

  it("rule 31: an uncaught error end event does not end the instance silently", () => {
    const run = drive(buildProcess("p", [start(), end("failed", error("E"))], ["start -> failed"]));
    expect(run.incidents()).toMatchObject([{ type: "UNHANDLED_ERROR_EVENT", elementId: "failed" }]);
    expect(run.state()).toBe("active");
  });

  it("rule 32: an error out of an interrupting event sub-process is not caught by its own scope", () => {
    const run = drive(
      buildProcess(
        "p",
        [start(), service("a"), handler("esp", message("m"), true), handler("errors", error(null), true)],
        ["start -> a"],
      ),
    );
    run.correlate("esp-start");
    run.throwError("esp-task", "E");
    expect(run.incidents()).toMatchObject([{ type: "UNHANDLED_ERROR_EVENT" }]);
  });

  it("rule 33: an error crosses call activities, ends the called instance and brings its variables to the catcher", () => {
    const called = buildProcess("called", [start("cs"), service("inner")], ["cs -> inner"]);
    const run = drive([
      buildProcess(
        "p",
        [
          start(),
          call("call", "called"),
          boundary("b", "call", [{ type: "error", code: value("E"), codeVariable: "code" }]),
          service("after"),
        ],
        ["start -> call", "b -> after"],
      ),
      called,
    ]);
    const events = run.throwError("inner", "E", { why: "no" });
    expect(run.waits("job")).toEqual(["after"]);
    expect(run.variables()).toEqual({ why: "no", code: "E" });
    expect(events.map((event) => event.type)).toContain("processInstanceTerminated");
  });

  it("rule 33: the output mapping of the catcher decides what error variables leave", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          service("a"),
          { ...boundary("b", "a", [error("E")]), out: { reason: variable("why") } },
          service("after"),
        ],
        ["start -> a", "b -> after"],
      ),
    );
    run.throwError("a", "E", { why: "no", other: 1 });
    expect(run.variables()).toEqual({ reason: "no" });
  });

  it("rule 34: an error inside one instance of a multi-instance is caught inside by that instance, outside by all", () => {
    const each = (inside: readonly ElementSpec[], flows: readonly FlowSpec[]) =>
      sub("each", inside, flows, {
        loop: { kind: "multiInstance", sequential: false, cardinality: value(2), behavior: "All" },
      });
    const within = drive(
      buildProcess(
        "p",
        [start(), each([service("a"), boundary("b", "a", [error("E")]), service("fix")], ["b -> fix"])],
        ["start -> each"],
      ),
    );
    within.throwError("a", "E");
    expect(within.waits("job")).toEqual(["a", "fix"]);
    const around = drive(
      buildProcess(
        "p",
        [start(), each([service("a")], []), boundary("b", "each", [error("E")]), service("after")],
        ["start -> each", "b -> after"],
      ),
    );
    around.throwError("a", "E");
    expect(around.waits("job")).toEqual(["after"]);
  });

  it("rule 35: an uncaught escalation is no incident: the thrower goes on", () => {
    const run = drive(
      buildProcess(
        "p",
        [start(), throwing("t", escalation("E")), service("a"), end("e", escalation("E"))],
        ["start -> t", "t -> a", "a -> e"],
      ),
    );
    run.complete("a");
    expect(run.state()).toBe("completed");
    expect(run.incidents()).toEqual([]);
  });

  it("rule 36: an escalation goes to the first catcher and no further; a non-interrupting one runs beside the thrower", () => {
    const called = buildProcess(
      "called",
      [start("cs"), throwing("t", escalation("E")), service("goes-on")],
      ["cs -> t", "t -> goes-on"],
    );
    const run = drive([
      buildProcess(
        "p",
        [
          start(),
          sub(
            "outer",
            [call("call", "called"), boundary("near", "call", [escalation("E")], false), service("near-task")],
            ["near -> near-task"],
          ),
          boundary("far", "outer", [escalation(null)]),
          service("far-task"),
        ],
        ["start -> outer", "far -> far-task"],
      ),
      called,
    ]);
    expect(run.waits("job").toSorted()).toEqual(["goes-on", "near-task"]);
  });

  it("rule 37: an escalation out of a call activity brings the output variables of the called instance", () => {
    const called = buildProcess(
      "called",
      [
        start("cs"),
        { id: "set", type: "scriptTask", script: { expression: value(5), resultVariable: "result" } },
        throwing("t", escalation("E")),
        service("goes-on"),
      ],
      ["cs -> set", "set -> t", "t -> goes-on"],
    );
    const run = drive([
      buildProcess(
        "p",
        [
          start(),
          call("call", "called", { out: { seen: variable("result") } }),
          boundary("b", "call", [escalation("E")], false),
          service("after"),
        ],
        ["start -> call", "b -> after"],
      ),
      called,
    ]);
    expect(run.waits("job").toSorted()).toEqual(["after", "goes-on"]);
    expect(run.variables()).toEqual({ seen: 5 });
  });

  it("an escalation end event inside an event sub-process reaches the boundary of its scope", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          sub("scope", [
            service("a"),
            {
              id: "esp",
              type: "eventSubProcess",
              inside: [{ ...start("es", timer("duration", "PT1S")), interrupting: false }, end("ee", escalation("E"))],
              flows: ["es -> ee"],
            },
          ]),
          boundary("b", "scope", [escalation("E")]),
          service("after"),
        ],
        ["start -> scope", "b -> after"],
      ),
    );
    run.fire("es");
    expect(run.waits("job")).toEqual(["after"]);
  });

  it("an error expression that fails at the thrower is an incident, not a crash", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          end("e", {
            type: "error",
            code: feel("x.y", ["x"], () => {
              throw new Error("nope");
            }),
          }),
        ],
        ["start -> e"],
      ),
    );
    expect(run.incidents()).toMatchObject([{ type: "EXTRACT_VALUE_ERROR" }]);
  });
});
