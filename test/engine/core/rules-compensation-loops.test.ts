/** Rules 38–52 of the BPMN study: compensation, transactions, multi-instance and loops. */
import { describe, expect, it } from "vitest";
import { drive } from "../instance-driver.ts";
import {
  boundary,
  buildProcess,
  compensation,
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
  value,
  variable,
} from "../process-builder.ts";

const done = (id: string, more: Partial<ElementSpec> = {}): ElementSpec =>
  service(id, { undoneBy: `undo-${id}`, ...more });
const undo = (id: string): ElementSpec => service(`undo-${id}`, { isForCompensation: true });
const pair = (id: string, more: Partial<ElementSpec> = {}): ElementSpec[] => [done(id, more), undo(id)];
const undoAll = (id = "undo-all", wait = true): ElementSpec => ({
  id,
  type: "intermediateThrowEvent",
  eventDefinitions: [compensation(wait)],
});
const parallel = (more: object) =>
  ({ kind: "multiInstance", sequential: false, behavior: "All", ...more }) as ElementSpec["loop"];

describe("compensation and transactions", () => {
  it("rule 38: only completed activities are undone, neither active nor terminated ones", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          { id: "f", type: "parallelGateway" },
          ...pair("a"),
          ...pair("b"),
          ...pair("c"),
          boundary("bc", "c", [error("E")]),
          undoAll(),
          end(),
        ],
        ["start -> f", "f -> a", "f -> b", "f -> c", "bc -> undo-all", "undo-all -> end"],
      ),
    );
    run.complete("a");
    run.throwError("c", "E");
    expect(run.waits("job").toSorted()).toEqual(["b", "undo-a"]);
    run.complete("undo-a");
    expect(run.waits("job")).toEqual(["b"]);
  });

  it("rule 38: a sub-process is undone only when it has completed, then with what it holds", () => {
    const process = buildProcess(
      "p",
      [
        start(),
        { id: "f", type: "parallelGateway" },
        sub("scope", [start("s"), ...pair("in"), service("rest")], ["s -> in", "in -> rest"]),
        service("other"),
        undoAll(),
        end(),
      ],
      ["start -> f", "f -> scope", "f -> other", "other -> undo-all", "undo-all -> end"],
    );
    const open = drive(process);
    open.complete("in");
    open.complete("other");
    expect(open.waits("job")).toEqual(["rest"]);
    const closed = drive(process);
    closed.complete("in");
    closed.complete("rest");
    closed.complete("other");
    expect(closed.waits("job")).toEqual(["undo-in"]);
    closed.complete("undo-in");
    expect(closed.state()).toBe("completed");
  });

  it("rule 39: handlers run one after the other, in reverse order of completion", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          { id: "f", type: "parallelGateway" },
          ...pair("a"),
          ...pair("b"),
          ...pair("c"),
          { id: "j", type: "parallelGateway" },
          undoAll(),
          end(),
        ],
        ["start -> f", "f -> a", "f -> b", "f -> c", "a -> j", "b -> j", "c -> j", "j -> undo-all", "undo-all -> end"],
      ),
    );
    for (const id of ["b", "c", "a"]) run.complete(id);
    for (const id of ["undo-a", "undo-c", "undo-b"]) {
      expect(run.waits("job")).toEqual([id]);
      run.complete(id);
    }
    expect(run.state()).toBe("completed");
  });

  it("rule 40: each handler runs at most once, even when two events throw at the same time", () => {
    const run = drive(
      buildProcess(
        "p",
        [start(), ...pair("a"), { id: "f", type: "parallelGateway" }, undoAll("t1"), undoAll("t2"), end()],
        ["start -> a", "a -> f", "f -> t1", "f -> t2", "t1 -> end", "t2 -> end"],
      ),
    );
    run.complete("a");
    run.complete("undo-a");
    expect(run.state()).toBe("completed");
    expect(run.log("elementActivated").filter((id) => id === "undo-a")).toHaveLength(1);
  });

  it("rule 41: an activity that ran n times in a loop is undone n times", () => {
    const run = drive(
      buildProcess(
        "p",
        [start(), ...pair("a"), { id: "x", type: "exclusiveGateway" }, undoAll(), end()],
        [
          "start -> a",
          "a -> x",
          ["x -> a", feel("again", ["again"], (get) => get("again") === true)],
          ["x -> undo-all", "default"],
          "undo-all -> end",
        ],
      ),
    );
    run.complete("a", { again: true });
    run.complete("a", { again: false });
    run.complete("undo-a");
    run.complete("undo-a");
    expect(run.state()).toBe("completed");
  });

  it("rule 41: a multi-instance activity is undone once, and only when the whole body has completed", () => {
    const process = buildProcess(
      "p",
      [
        start(),
        { id: "f", type: "parallelGateway" },
        ...pair("a", { loop: parallel({ cardinality: value(2) }) }),
        service("b"),
        undoAll(),
        end(),
      ],
      ["start -> f", "f -> a", "f -> b", "b -> undo-all", "undo-all -> end"],
    );
    const early = drive(process);
    early.complete("a");
    early.complete("b");
    expect(early.waits("job")).toEqual(["a"]);
    const late = drive(process);
    late.complete("a");
    late.complete("a");
    late.complete("b");
    expect(late.waits("job")).toEqual(["undo-a"]);
    late.complete("undo-a");
    expect(late.state()).toBe("completed");
  });

  it("rule 41: a handler inside a multi-instance sub-process runs once per instance", () => {
    const run = drive(
      buildProcess(
        "p",
        [start(), sub("each", pair("a"), [], { loop: parallel({ cardinality: value(2) }) }), undoAll(), end()],
        ["start -> each", "each -> undo-all", "undo-all -> end"],
      ),
    );
    run.complete("a");
    run.complete("a");
    run.complete("undo-a");
    expect(run.waits("job")).toEqual(["undo-a"]);
    run.complete("undo-a");
    expect(run.state()).toBe("completed");
  });

  it("rule 42: a throw inside a sub-process undoes that scope only, from an event sub-process the enclosing one", () => {
    const inner = drive(
      buildProcess(
        "p",
        [
          start(),
          ...pair("a"),
          sub("scope", [start("s"), ...pair("b"), undoAll("t")], ["s -> b", "b -> t"]),
          service("next"),
        ],
        ["start -> a", "a -> scope", "scope -> next"],
      ),
    );
    inner.complete("a");
    inner.complete("b");
    expect(inner.waits("job")).toEqual(["undo-b"]);
    inner.complete("undo-b");
    expect(inner.waits("job")).toEqual(["next"]);
    const event = drive(
      buildProcess(
        "p",
        [
          start(),
          ...pair("a"),
          service("wait"),
          { id: "esp", type: "eventSubProcess", inside: [start("es", message("m")), undoAll("t")], flows: ["es -> t"] },
        ],
        ["start -> a", "a -> wait"],
      ),
    );
    event.complete("a");
    event.correlate("es");
    expect(event.waits("job")).toEqual(["undo-a"]);
    event.complete("undo-a");
    expect(event.state()).toBe("completed");
  });

  it("rule 42: a throw with an activity undoes that activity only", () => {
    const run = drive(
      buildProcess(
        "p",
        [start(), ...pair("a"), ...pair("b"), { id: "t", type: "intermediateThrowEvent", undoes: "a" }, end()],
        ["start -> a", "a -> b", "b -> t", "t -> end"],
      ),
    );
    run.complete("a");
    run.complete("b");
    run.complete("undo-a");
    expect(run.state()).toBe("completed");
  });

  it("rule 43: a throw stops at call activities: their own handler runs, those of the called process do not", () => {
    const called = buildProcess("called", [start("cs"), ...pair("inner")], ["cs -> inner"]);
    const run = drive([
      buildProcess(
        "p",
        [
          start(),
          {
            id: "call",
            type: "callActivity",
            undoneBy: "undo-call",
            calledElement: {
              processId: value("called"),
              propagateAllChildVariables: false,
              propagateAllParentVariables: true,
              binding: { type: "latest" },
            },
          },
          undo("call"),
          undoAll(),
          end(),
        ],
        ["start -> call", "call -> undo-all", "undo-all -> end"],
      ),
      called,
    ]);
    run.complete("inner");
    expect(run.waits("job")).toEqual(["undo-call"]);
    run.complete("undo-call");
    expect(run.state()).toBe("completed");
  });

  it("rule 44: the handler inside a sub-process sees the data as of its completion", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          sub("scope", [start("s"), ...pair("a")], ["s -> a"], { in: { local: variable("n") } }),
          service("change"),
          undoAll(),
          end(),
        ],
        ["start -> scope", "scope -> change", "change -> undo-all", "undo-all -> end"],
      ),
      { variables: { n: 1 } },
    );
    run.complete("a", { local: 2 });
    run.complete("change", { local: 99 });
    const handler = run.wait("job", "undo-a").owner;
    expect(handler.parent!.variables!.get("local")).toBe(2);
  });

  const transaction = (
    inside: readonly ElementSpec[],
    flows: readonly FlowSpec[],
    more: readonly ElementSpec[] = [],
    moreFlows: readonly FlowSpec[] = [],
  ) =>
    buildProcess(
      "p",
      [
        start(),
        { id: "tx", type: "transaction", inside, flows },
        boundary("cancelled", "tx", [{ type: "cancel" }]),
        service("after"),
        service("normal"),
        ...more,
      ],
      ["start -> tx", "tx -> normal", "cancelled -> after", ...moreFlows],
    );

  it("rule 45: a cancel end event ends the rest, undoes what has completed, and only then leaves by the cancel boundary", () => {
    const run = drive(
      transaction(
        [
          start("s"),
          ...pair("a"),
          { id: "f", type: "parallelGateway" },
          service("b"),
          service("c"),
          end("cancel", { type: "cancel" }),
        ],
        ["s -> a", "a -> f", "f -> b", "f -> c", "b -> cancel"],
      ),
    );
    run.complete("a");
    run.complete("b");
    expect(run.waits("job")).toEqual(["undo-a"]);
    run.complete("undo-a");
    expect(run.waits("job")).toEqual(["after"]);
    run.complete("after");
    expect(run.state()).toBe("completed");
  });

  it("rule 45: an inner cancel cancels the inner transaction only; an error boundary does not compensate", () => {
    const inner: ElementSpec = {
      id: "in",
      type: "transaction",
      inside: [start("is"), end("cancel", { type: "cancel" })],
      flows: ["is -> cancel"],
    };
    const nested = drive(
      transaction(
        [start("s"), inner, boundary("ib", "in", [{ type: "cancel" }]), service("goes-on")],
        ["s -> in", "ib -> goes-on"],
      ),
    );
    expect(nested.waits("job")).toEqual(["goes-on"]);
    const failed = drive(
      transaction(
        [start("s"), ...pair("a"), service("b")],
        ["s -> a", "a -> b"],
        [boundary("err", "tx", [error("E")]), service("handled")],
        ["err -> handled"],
      ),
    );
    failed.complete("a");
    failed.throwError("b", "E");
    expect(failed.waits("job")).toEqual(["handled"]);
  });

  it("waitForCompletion=false lets the thrower go on while handlers run", () => {
    const run = drive(
      buildProcess(
        "p",
        [start(), ...pair("a"), undoAll("t", false), service("next"), end()],
        ["start -> a", "a -> t", "t -> next", "next -> end"],
      ),
    );
    run.complete("a");
    expect(run.waits("job").toSorted()).toEqual(["next", "undo-a"]);
    run.complete("next");
    expect(run.state()).toBe("active");
    run.complete("undo-a");
    expect(run.state()).toBe("completed");
  });

  it("a compensation event sub-process decides for its scope what undoing means", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          sub(
            "scope",
            [
              start("s"),
              ...pair("a"),
              {
                id: "esp",
                type: "eventSubProcess",
                inside: [start("es", compensation()), service("own"), undoAll("t")],
                flows: ["es -> own", "own -> t"],
              },
            ],
            ["s -> a"],
          ),
          undoAll(),
          end(),
        ],
        ["start -> scope", "scope -> undo-all", "undo-all -> end"],
      ),
    );
    run.complete("a");
    expect(run.waits("job")).toEqual(["own"]);
    run.complete("own");
    run.complete("undo-a");
    expect(run.state()).toBe("completed");
  });
});

describe("multi-instance and loops", () => {
  const each = (more: object, extra: Partial<ElementSpec> = {}) =>
    buildProcess("p", [start(), service("a", { loop: parallel(more), ...extra }), end()], ["start -> a", "a -> end"]);

  it("rule 46: parallel output keeps the input order, with null for what was not set; an empty collection skips the body", () => {
    const run = drive(
      each({
        inputCollection: value(["x", "y", "z"]),
        inputElement: "item",
        outputCollection: "out",
        outputElement: variable("result"),
      }),
    );
    const jobs = [...run.instance.waits.values()].flatMap((wait) => (wait.kind === "job" ? [wait.key] : []));
    run.send({ type: "completeJob", jobKey: jobs[2]!, variables: { result: "third" } });
    run.send({ type: "completeJob", jobKey: jobs[0]!, variables: { result: "first" } });
    run.send({ type: "completeJob", jobKey: jobs[1]!, variables: {} });
    expect(run.variables()).toEqual({ out: ["first", null, "third"] });
    const empty = drive(
      each({ inputCollection: value([]), outputCollection: "out", outputElement: variable("result") }),
    );
    expect(empty.state()).toBe("completed");
    expect(empty.variables()).toEqual({ out: [] });
  });

  it("rule 47: an output element that is a plain variable is local to its instance, so that instances cannot race", () => {
    const run = drive(
      each({ inputCollection: value([1, 2]), outputCollection: "out", outputElement: variable("result") }),
    );
    run.complete("a", { result: "mine" });
    expect(run.variables().result).toBeUndefined();
    run.complete("a");
    expect(run.variables()).toEqual({ out: ["mine", null] });
  });

  it("rule 48: the completion condition sees the counters and ends the remaining instances", () => {
    const counters: unknown[] = [];
    const names = [
      "numberOfInstances",
      "numberOfActiveInstances",
      "numberOfCompletedInstances",
      "numberOfTerminatedInstances",
    ];
    const run = drive(
      each({
        cardinality: value(3),
        completionCondition: feel("two", names, (get) => {
          counters.push(names.map((name) => get(name)));
          return Number(get("numberOfCompletedInstances")) >= 2;
        }),
      }),
    );
    run.complete("a");
    run.complete("a");
    expect(run.state()).toBe("completed");
    expect(counters).toEqual([
      [3, 2, 1, 0],
      [3, 1, 2, 0],
    ]);
    expect(run.log("elementTerminated")).toEqual(["a"]);
  });

  it("rule 49: the input collection is read once", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          service("a", {
            loop: {
              kind: "multiInstance",
              sequential: true,
              inputCollection: variable("list"),
              inputElement: "item",
              behavior: "All",
            },
          }),
        ],
        ["start -> a"],
      ),
      { variables: { list: [1, 2] } },
    );
    run.set({ list: [9, 9, 9] });
    run.complete("a");
    expect(run.wait("job", "a").owner.variables?.get("item")).toBe(2);
    run.complete("a");
    expect(run.state()).toBe("completed");
  });

  it("rule 50: the loop counter begins at 1, and neither it nor the input element leaves the instance", () => {
    const run = drive(each({ inputCollection: value(["x"]), inputElement: "item" }));
    expect(Object.fromEntries(run.wait("job", "a").owner.variables!)).toEqual({ item: "x", loopCounter: 1 });
    run.complete("a");
    expect(run.variables()).toEqual({});
  });

  it("rule 51: a standard loop goes on while its condition holds, at least once unless tested before, at most to its maximum", () => {
    const looping = (
      testBefore: boolean,
      maximum: number | null,
      condition = feel("again", ["again"], (get) => get("again") === true),
    ) =>
      buildProcess(
        "p",
        [start(), service("a", { loop: { kind: "standard", condition, testBefore, maximum } }), end()],
        ["start -> a", "a -> end"],
      );
    const after = drive(looping(false, null), { variables: { again: false } });
    after.complete("a", { again: true });
    after.complete("a", { again: false });
    expect(after.state()).toBe("completed");
    expect(drive(looping(true, null), { variables: { again: false } }).state()).toBe("completed");
    const capped = drive(looping(false, 2), { variables: { again: true } });
    capped.complete("a");
    capped.complete("a");
    expect(capped.state()).toBe("completed");
  });

  it("rule 52: behaviours None, One and Complex throw their event to the boundary per instance, without ending it", () => {
    const thrown = (behavior: object, interrupting = true) =>
      drive(
        buildProcess(
          "p",
          [
            start(),
            service("a", { loop: parallel({ cardinality: value(2), ...behavior }) }),
            boundary("b", "a", [signal("S")], interrupting),
            service("caught"),
            service("after"),
          ],
          ["start -> a", "a -> after", "b -> caught"],
        ),
      );
    const none = thrown({ behavior: "None", noneEvent: signal("S") });
    none.complete("a");
    none.complete("a");
    expect(none.waits("job").toSorted()).toEqual(["after", "caught", "caught"]);
    const one = thrown({ behavior: "One", oneEvent: signal("S") });
    one.complete("a");
    one.complete("a");
    expect(one.waits("job").toSorted()).toEqual(["after", "caught"]);
    const complex = thrown({ behavior: "Complex", complex: [{ condition: value(true), event: signal("S") }] });
    complex.complete("a");
    expect(complex.waits("job").toSorted()).toEqual(["after", "caught"]);
  });

  it("rule 52: an escalation of a behaviour reaches an event further out", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          sub("scope", [
            service("a", { loop: parallel({ cardinality: value(1), behavior: "None", noneEvent: escalation("E") }) }),
          ]),
          boundary("b", "scope", [escalation("E")], false),
          service("caught"),
        ],
        ["start -> scope", "b -> caught"],
      ),
    );
    run.complete("a");
    expect(run.waits("job")).toEqual(["caught"]);
  });

  it("a collection that is no list, a negative cardinality and too many instances are incidents", () => {
    expect(drive(each({ inputCollection: value("x") })).incidents()).toMatchObject([{ type: "EXTRACT_VALUE_ERROR" }]);
    expect(drive(each({ cardinality: value(-1) })).incidents()).toMatchObject([{ type: "EXTRACT_VALUE_ERROR" }]);
    expect(drive(each({ cardinality: value(1_000_000) })).incidents()).toMatchObject([{ type: "EXTRACT_VALUE_ERROR" }]);
  });

  it("a sequential multi-instance runs one instance at a time, and an incident in one stops only that", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          service("a", { loop: { kind: "multiInstance", sequential: true, cardinality: value(3), behavior: "All" } }),
        ],
        ["start -> a"],
      ),
    );
    expect(run.waits("job")).toEqual(["a"]);
    run.complete("a");
    run.fail("a", 0);
    run.resolve(2);
    run.complete("a");
    run.complete("a");
    expect(run.state()).toBe("completed");
  });
});
