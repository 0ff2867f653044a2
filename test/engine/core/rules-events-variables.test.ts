/** Rules 58–73 of the BPMN study as far as the core decides them (53–57 and 60 are correlation and broadcast: engine/runtime; 74: engine/model). */
import { describe, expect, it } from "vitest";
import { drive } from "../instance-driver.ts";
import {
  boundary,
  buildProcess,
  caught,
  conditional,
  type ElementSpec,
  end,
  error,
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

const above = (name: string, bound: number) =>
  conditional(`${name} > ${bound}`, [name], (get) => Number(get(name) ?? 0) > bound);
const hour = 3_600_000;

describe("messages, signals, timers, conditions", () => {
  it("rule 57: the message that created an instance stands in its record", () => {
    const process = buildProcess("p", [start("s", message("m")), service("a")], ["s -> a"]);
    const run = drive(process, {
      variables: { n: 1 },
      create: { startElementIndex: 1, message: { key: "9", name: "m", correlationKey: "k" } },
    });
    expect(run.events[0]).toMatchObject({ type: "processInstanceCreated", message: { key: "9", correlationKey: "k" } });
    expect(run.waits("job")).toEqual(["a"]);
    expect(run.variables()).toEqual({ n: 1 });
  });

  it("rule 58: the correlation key is evaluated once, from a text or number; anything else is an incident", () => {
    const process = buildProcess("p", [start(), caught("c", message("m", variable("key")))], ["start -> c"]);
    const run = drive(process, { variables: { key: 42 } });
    run.set({ key: "changed" });
    expect(run.wait("message", "c").correlationKey).toBe("42");
    const broken = drive(process, { variables: { key: null } });
    expect(broken.incidents()).toMatchObject([{ type: "EXTRACT_VALUE_ERROR" }]);
    broken.set({ key: "good" });
    broken.resolve();
    expect(broken.wait("message", "c").correlationKey).toBe("good");
  });

  it("rule 59: of a receive task and its boundary message exactly one wins", () => {
    const process = buildProcess(
      "p",
      [
        start(),
        { id: "r", type: "receiveTask", eventDefinitions: [message("m")] },
        boundary("b", "r", [message("n")]),
        service("normal"),
        service("other"),
      ],
      ["start -> r", "r -> normal", "b -> other"],
    );
    const first = drive(process);
    const late = first.wait("message", "b");
    first.correlate("r");
    expect(first.waits("job")).toEqual(["normal"]);
    expect(
      first.refused({
        type: "correlateMessage",
        subscriptionKey: late.key,
        messageKey: "m",
        messageName: "n",
        variables: {},
      }).kind,
    ).toBe("notFound");
    const second = drive(process);
    second.correlate("b");
    expect(second.waits("job")).toEqual(["other"]);
    expect(second.waits("message")).toEqual([]);
  });

  it("rule 60: a signal reaches everybody who waits for it in the instance, and the broadcast names its origin", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          { id: "f", type: "parallelGateway" },
          caught("c1", signal("S")),
          caught("c2", signal("S")),
          throwing("t", signal("S")),
          service("a"),
          service("b"),
          service("c"),
        ],
        ["start -> f", "f -> t", "f -> c1", "f -> c2", "c1 -> a", "c2 -> b", "t -> c"],
      ),
    );
    expect(run.waits("job").toSorted()).toEqual(["a", "b", "c"]);
    expect(run.effects).toMatchObject([{ type: "broadcastSignal", name: "S", origin: "1" }]);
  });

  it("rule 60: a subscription that stays open after its own instance's signal is younger than the broadcast", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          service("a"),
          throwing("t", signal("S")),
          boundary("b", "host", [signal("S")], false),
          service("host"),
          { id: "f", type: "parallelGateway" },
          service("hit"),
        ],
        ["start -> f", "f -> host", "f -> a", "a -> t", "b -> hit"],
      ),
    );
    run.complete("a");
    expect(run.waits("job")).toEqual(["host", "hit"]);
    const [broadcast] = run.effects;
    expect(broadcast?.type === "broadcastSignal" && Number(run.wait("signal", "b").key) > Number(broadcast.key)).toBe(
      true,
    );
  });

  const cycling = (text: string) =>
    buildProcess(
      "p",
      [start(), service("a"), boundary("b", "a", [timer("cycle", text)], false), service("beat")],
      ["start -> a", "b -> beat"],
    );

  it("rule 61: a timer cycle counts from its due date, stops after its number, and ends with its activity", () => {
    const run = drive(cycling("R3/PT1H"));
    const created = run.environment.now;
    for (const n of [1, 2, 3]) {
      expect(run.wait("timer", "b").dueAt).toBe(created + n * hour);
      run.environment.now = created + n * hour + 20_000;
      run.fire("b");
    }
    expect(run.waits("timer")).toEqual([]);
    expect(run.waits("job")).toEqual(["a", "beat", "beat", "beat"]);
    const ended = drive(cycling("R/PT1H"));
    ended.complete("a");
    expect(ended.waits("timer")).toEqual([]);
  });

  it("rule 61: durations of zero and less are due at once", () => {
    for (const text of ["PT0S", "-PT5M"]) {
      const run = drive(buildProcess("p", [start(), caught("t", timer("duration", text))], ["start -> t"]));
      expect(run.wait("timer", "t").dueAt).toBeLessThanOrEqual(run.environment.now);
      run.fire("t");
      expect(run.state()).toBe("completed");
    }
  });

  it("rule 62: firings missed while nobody ran collapse into one, and a start date is waited for", () => {
    const run = drive(cycling("R/PT1H"));
    const created = run.environment.now;
    run.environment.now = created + 5.5 * hour;
    run.fire("b");
    expect(run.wait("timer", "b").dueAt).toBe(created + 6 * hour);
    const dated = drive(cycling("R2/2033-01-01T00:00:00Z/PT1H"));
    expect(new Date(dated.wait("timer", "b").dueAt).toISOString()).toBe("2033-01-01T00:00:00.000Z");
  });

  it("rule 63: a cron cycle fires at the times it names", () => {
    const run = drive(cycling("0 0 9 * * MON-FRI"));
    expect(new Date(run.wait("timer", "b").dueAt).toISOString()).toBe("2023-11-15T09:00:00.000Z");
    run.fire("b");
    expect(new Date(run.wait("timer", "b").dueAt).toISOString()).toBe("2023-11-16T09:00:00.000Z");
  });

  it("a cycle on an intermediate catch event lets one token through per firing", () => {
    const run = drive(
      buildProcess("p", [start(), caught("t", timer("cycle", "R2/PT1S")), service("a")], ["start -> t", "t -> a"]),
    );
    run.fire("t");
    expect(run.waits("job")).toEqual(["a"]);
    run.fire("t");
    expect(run.waits("job")).toEqual(["a", "a"]);
    expect(run.waits("timer")).toEqual([]);
  });

  it("a timer that cannot be read is an incident, and a timer is never fired early", () => {
    expect(
      drive(buildProcess("p", [start(), caught("t", timer("duration", "tomorrow"))], ["start -> t"])).incidents(),
    ).toMatchObject([{ type: "EXTRACT_VALUE_ERROR" }]);
    const run = drive(buildProcess("p", [start(), caught("t", timer("duration", "PT1H"))], ["start -> t"]));
    expect(run.refused({ type: "fireTimer", timerKey: run.wait("timer", "t").key }).kind).toBe("invalidState");
  });

  it("rule 64: a condition is looked at when a variable it names has changed, once per command, and needs a new change each time", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          service("a"),
          boundary(
            "b",
            "a",
            [conditional("x + y > 1", ["x", "y"], (get) => Number(get("x") ?? 0) + Number(get("y") ?? 0) > 1)],
            false,
          ),
          service("hit"),
        ],
        ["start -> a", "b -> hit"],
      ),
      { variables: { x: 0, y: 0 } },
    );
    run.set({ other: 5 });
    expect(run.waits("job")).toEqual(["a"]);
    run.set({ x: 2, y: 3 });
    expect(run.waits("job")).toEqual(["a", "hit"]);
    run.set({ other: 6 });
    expect(run.waits("job")).toEqual(["a", "hit"]);
    run.set({ x: 4 });
    expect(run.waits("job")).toEqual(["a", "hit", "hit"]);
  });

  it("rule 64: an activity's own output does not trigger its conditional boundary event", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          service("a", { out: { x: value(9) } }),
          boundary("b", "a", [above("x", 1)]),
          service("next"),
          service("hit"),
        ],
        ["start -> a", "a -> next", "b -> hit"],
      ),
      { variables: { x: 0 } },
    );
    run.complete("a");
    expect(run.waits("job")).toEqual(["next"]);
  });

  it("rule 64: outer conditional events come before inner ones", () => {
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
              inside: [start("es", above("x", 1)), service("inner")],
              flows: ["es -> inner"],
            },
          ]),
          boundary("b", "scope", [above("x", 1)]),
          service("outer"),
        ],
        ["start -> scope", "b -> outer"],
      ),
      { variables: { x: 0 } },
    );
    run.set({ x: 5 });
    expect(run.waits("job")).toEqual(["outer"]);
    expect(run.log("elementActivated")).not.toContain("inner");
  });

  it("rule 65: an interrupting condition that already holds on entry cancels the activity before any work", () => {
    const run = drive(
      buildProcess(
        "p",
        [start(), service("a"), boundary("b", "a", [above("x", 1)]), service("hit")],
        ["start -> a", "b -> hit"],
      ),
      { variables: { x: 5 } },
    );
    expect(run.waits("job")).toEqual(["hit"]);
  });

  it("an intermediate conditional event passes when its condition holds, now or later", () => {
    const process = buildProcess("p", [start(), caught("c", above("x", 1)), service("a")], ["start -> c", "c -> a"]);
    expect(drive(process, { variables: { x: 5 } }).waits("job")).toEqual(["a"]);
    const later = drive(process, { variables: { x: 0 } });
    expect(later.waits("job")).toEqual([]);
    later.set({ x: 2 });
    expect(later.waits("job")).toEqual(["a"]);
  });

  it("rule 66: parallel multiple waits for all its definitions in any order, each once", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          { ...caught("c", message("m"), signal("S"), timer("duration", "PT1S")), parallelMultiple: true },
          service("a"),
        ],
        ["start -> c", "c -> a"],
      ),
    );
    run.signal("c");
    expect(run.waits("signal")).toEqual([]);
    run.fire("c");
    expect(run.waits("job")).toEqual([]);
    run.correlate("c");
    expect(run.waits("job")).toEqual(["a"]);
  });

  it("rule 66: multiple goes on with any definition and closes the others", () => {
    const run = drive(
      buildProcess("p", [start(), caught("c", message("m"), signal("S")), service("a")], ["start -> c", "c -> a"]),
    );
    run.signal("c");
    expect(run.waits("job")).toEqual(["a"]);
    expect(run.waits("message")).toEqual([]);
  });

  it("rule 66: a non-interrupting parallel multiple boundary event begins a new round after each", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          service("a"),
          { ...boundary("b", "a", [message("m"), signal("S")], false), parallelMultiple: true },
          service("hit"),
        ],
        ["start -> a", "b -> hit"],
      ),
    );
    for (const round of [1, 2]) {
      run.correlate("b");
      run.signal("b");
      expect(run.waits("job")).toHaveLength(1 + round);
    }
  });

  it("rule 66: a parallel multiple start event waits inside the instance for what has not come yet", () => {
    const process = buildProcess(
      "p",
      [{ ...start("s", message("m"), signal("S")), parallelMultiple: true }, service("a")],
      ["s -> a"],
    );
    const run = drive(process, {
      create: { startElementIndex: 1, message: { key: "9", name: "m", correlationKey: "" } },
    });
    expect(run.waits("job")).toEqual([]);
    run.signal("s");
    expect(run.waits("job")).toEqual(["a"]);
  });

  it("a multiple throw event throws each of its definitions", () => {
    const run = drive(
      buildProcess(
        "p",
        [start(), throwing("t", signal("S"), message("m", variable("key"))), end()],
        ["start -> t", "t -> end"],
      ),
      { variables: { key: "k" } },
    );
    expect(run.effects).toMatchObject([
      { type: "broadcastSignal", name: "S" },
      { type: "publishMessage", name: "m", correlationKey: "k" },
    ]);
    expect(run.state()).toBe("completed");
  });
});

describe("variables, call activities, ad-hoc", () => {
  it("rule 67: results go up to the first scope that has their name, else to the root; with outputs only mapped ones leave", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          sub("scope", [service("a")], [], { in: { here: value(0) } }),
          service("b", { out: { mapped: variable("result") } }),
        ],
        ["start -> scope", "scope -> b"],
      ),
    );
    run.complete("a", { here: 1, fresh: 2 });
    expect(run.variables()).toEqual({ fresh: 2 });
    run.complete("b", { result: 3, secret: 4 });
    expect(run.variables()).toEqual({ fresh: 2, mapped: 3 });
  });

  it("rule 68: inputs become locals in order, later ones see earlier ones, no source is null, dotted targets merge", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          service("a", {
            in: {
              one: variable("x"),
              two: feel("one + 1", ["one"], (get) => Number(get("one")) + 1),
              empty: null,
              "deep.a": value(1),
              "deep.b.c": value(2),
              missing: variable("nowhere"),
            },
          }),
        ],
        ["start -> a"],
      ),
      { variables: { x: 1 } },
    );
    expect(run.variables("a")).toEqual({ one: 1, two: 2, empty: null, deep: { a: 1, b: { c: 2 } }, missing: null });
  });

  it("rule 68: a mapping that fails is an incident; a failed output leaves the element completing until it is resolved", () => {
    const fails = feel("x.y", ["x"], (get) => {
      if (get("x") === undefined) throw new Error("no x");
      return 1;
    });
    const input = drive(buildProcess("p", [start(), service("a", { in: { y: fails } })], ["start -> a"]));
    expect(input.incidents()).toMatchObject([{ type: "IO_MAPPING_ERROR" }]);
    input.set({ x: 1 });
    input.resolve();
    expect(input.waits("job")).toEqual(["a"]);
    const output = drive(buildProcess("p", [start(), service("a", { out: { y: fails } })], ["start -> a"]));
    output.complete("a", { z: 1 });
    expect(output.incidents()).toMatchObject([{ type: "IO_MAPPING_ERROR" }]);
    expect(output.instance.elements.get(output.keyOf("a"))?.state).toBe("completing");
    output.set({ x: 1 });
    output.resolve();
    expect(output.variables()).toEqual({ x: 1, y: 1 });
  });

  it("rule 69: locals of a sub-process vanish with it, and siblings never see them", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          { id: "f", type: "parallelGateway" },
          sub("one", [service("a")], [], { in: { local: value(1) } }),
          sub("two", [service("b", { in: { seen: variable("local") } })]),
        ],
        ["start -> f", "f -> one", "f -> two"],
      ),
    );
    expect(run.variables("b")).toEqual({ seen: null });
    run.complete("a", { local: 5 });
    run.complete("b");
    expect(run.variables()).toEqual({});
  });

  const calling = (more: Partial<NonNullable<ElementSpec["calledElement"]>>, extra: Partial<ElementSpec> = {}) => [
    buildProcess(
      "p",
      [
        start(),
        {
          id: "call",
          type: "callActivity",
          calledElement: {
            processId: value("called"),
            propagateAllChildVariables: false,
            propagateAllParentVariables: true,
            binding: { type: "latest" },
            ...more,
          },
          ...extra,
        },
        service("next"),
      ],
      ["start -> call", "call -> next"],
    ),
    buildProcess("called", [start("cs"), service("inner")], ["cs -> inner"]),
  ];
  const childVariables = (run: ReturnType<typeof drive>) =>
    Object.fromEntries(run.wait("job", "inner").owner.process.root!.variables ?? []);

  it("rule 70: the called process gets all variables unless told otherwise, and gives back what is asked for", () => {
    const all = drive(calling({ propagateAllChildVariables: true }), { variables: { x: 1 } });
    expect(childVariables(all)).toEqual({ x: 1 });
    all.complete("inner", { y: 2 });
    expect(all.variables()).toEqual({ x: 1, y: 2 });
    const only = drive(
      calling({ propagateAllParentVariables: false }, { in: { given: variable("x") }, out: { back: variable("y") } }),
      { variables: { x: 1 } },
    );
    expect(childVariables(only)).toEqual({ given: 1 });
    only.complete("inner", { y: 2 });
    expect(only.variables()).toEqual({ x: 1, back: 2 });
    const nothing = drive(calling({}), { variables: { x: 1 } });
    nothing.complete("inner", { y: 2 });
    expect(nothing.variables()).toEqual({ x: 1 });
  });

  it("rule 71: cancelling the parent ends the called instance first; the called one is not cancelled by itself", () => {
    const run = drive(calling({}));
    const child = run.wait("job", "inner").owner.process.key;
    expect(run.refused({ type: "cancelInstance", processInstanceKey: child }).kind).toBe("invalidState");
    const events = run.send({ type: "cancelInstance", processInstanceKey: "1" });
    expect(events.flatMap((event) => (event.type === "processInstanceTerminated" ? [event.key] : []))).toEqual([
      child,
      "1",
    ]);
  });

  it("rule 71: a process that is missing or cannot be called is an incident that can be tried again; endless calls end", () => {
    const missing = drive(calling({ processId: variable("which") }), { variables: { which: "nowhere" } });
    expect(missing.incidents()).toMatchObject([{ type: "CALLED_ELEMENT_ERROR" }]);
    missing.set({ which: "called" });
    missing.resolve();
    expect(missing.waits("job")).toEqual(["inner"]);
    const endless = drive(calling({ processId: value("p") }));
    expect(endless.incidents()).toMatchObject([{ type: "CALLED_ELEMENT_ERROR" }]);
  });

  const adHoc = (more: Partial<NonNullable<ElementSpec["adHoc"]>>, extra: Partial<ElementSpec> = {}) =>
    buildProcess(
      "p",
      [
        start(),
        {
          id: "free",
          type: "adHocSubProcess",
          inside: [service("a"), service("b"), service("after-a")],
          flows: ["a -> after-a"],
          adHoc: { parallel: true, cancelRemainingInstances: true, tools: [], agent: null, ...more },
          ...extra,
        },
        service("next"),
      ],
      ["start -> free", "free -> next"],
    );

  it("rule 72: an ad-hoc sub-process runs what its list names and completes when nothing is active", () => {
    const run = drive(adHoc({ activeElementsCollection: value(["a", "b"]) }));
    expect(run.waits("job")).toEqual(["a", "b"]);
    for (const id of ["a", "b", "after-a"]) run.complete(id);
    expect(run.waits("job")).toEqual(["next"]);
    expect(drive(adHoc({ activeElementsCollection: value(["a", "nowhere"]) })).incidents()).toMatchObject([
      { type: "EXTRACT_VALUE_ERROR" },
    ]);
  });

  it("rule 72: a completion condition ends it early, or when the active ones are done", () => {
    const condition = feel("done", ["done"], (get) => get("done") === true);
    const cancelling = drive(adHoc({ activeElementsCollection: value(["a", "b"]), completionCondition: condition }), {
      variables: { done: false },
    });
    cancelling.complete("b", { done: true });
    expect(cancelling.waits("job")).toEqual(["next"]);
    const waiting = drive(
      adHoc({
        activeElementsCollection: value(["a", "b"]),
        completionCondition: condition,
        cancelRemainingInstances: false,
      }),
      { variables: { done: false } },
    );
    waiting.complete("b", { done: true });
    expect(waiting.waits("job")).toEqual(["a"]);
    waiting.complete("a");
    waiting.complete("after-a");
    expect(waiting.waits("job")).toEqual(["next"]);
  });

  it("rule 72: an empty list keeps it waiting; operators can activate its elements", () => {
    const run = drive(adHoc({ activeElementsCollection: value([]) }));
    expect(run.waits("job")).toEqual([]);
    expect(
      run.refused({
        type: "activateAdHocElements",
        adHocKey: run.keyOf("free"),
        elements: [{ elementId: "after-a", variables: {} }],
        cancelRemainingInstances: false,
      }).kind,
    ).toBe("notFound");
    run.send({
      type: "activateAdHocElements",
      adHocKey: run.keyOf("free"),
      elements: [{ elementId: "b", variables: { n: 1 } }],
      cancelRemainingInstances: false,
    });
    expect(run.wait("job", "b").owner.parent?.variables?.get("n")).toBe(1);
    run.complete("b");
    expect(run.waits("job")).toEqual(["next"]);
  });

  it("a sequential ad-hoc sub-process runs one element at a time", () => {
    const run = drive(adHoc({ parallel: false, activeElementsCollection: value(["b", "a"]) }));
    expect(run.waits("job")).toEqual(["b"]);
    run.complete("b");
    expect(run.waits("job")).toEqual(["a"]);
  });

  it("rule 73: a job worker decides what runs: one job at a time, made anew after each inner flow, locals stay inside", () => {
    const run = drive(
      adHoc(
        { outputCollection: "results", outputElement: variable("out") },
        { job: { type: value("worker"), retries: value("3"), headers: {} } },
      ),
    );
    expect(run.wait("job", "free").jobKind).toBe("AD_HOC_SUB_PROCESS");
    const activate = (elementId: string) => ({
      type: "adHocSubProcess" as const,
      activateElements: [{ elementId, variables: { n: elementId } }],
      isCompletionConditionFulfilled: false,
      isCancelRemainingInstances: false,
    });
    expect(
      run.refused({
        type: "completeJob",
        jobKey: run.wait("job", "free").key,
        variables: {},
        result: { ...activate("a"), isCompletionConditionFulfilled: true },
      }).kind,
    ).toBe("invalid");
    expect(
      run.refused({
        type: "completeJob",
        jobKey: run.wait("job", "free").key,
        variables: {},
        result: activate("nowhere"),
      }).kind,
    ).toBe("notFound");
    run.complete(
      "free",
      {},
      {
        result: {
          ...activate("b"),
          activateElements: [
            { elementId: "b", variables: {} },
            { elementId: "b", variables: {} },
          ],
        },
      },
    );
    expect(run.waits("job")).toEqual(["b", "b"]);
    run.complete("b", { out: 1, secret: 2 });
    const first = run.wait("job", "free").key;
    run.complete("b", { out: 3 });
    expect(run.refused({ type: "completeJob", jobKey: first, variables: {} }).kind).toBe("notFound");
    run.complete(
      "free",
      { own: 1 },
      {
        result: {
          type: "adHocSubProcess",
          activateElements: [],
          isCompletionConditionFulfilled: true,
          isCancelRemainingInstances: false,
        },
      },
    );
    expect(run.waits("job")).toEqual(["next"]);
    expect(run.variables()).toEqual({ results: [1, 3], own: 1 });
  });

  it("an ad-hoc sub-process can be left by a boundary error of one of its elements", () => {
    const process = buildProcess(
      "p",
      [
        start(),
        {
          id: "free",
          type: "adHocSubProcess",
          inside: [service("a")],
          adHoc: { parallel: true, cancelRemainingInstances: true, tools: [], agent: null },
        },
        boundary("b", "free", [error("E")]),
        service("next"),
      ],
      ["start -> free", "b -> next"],
    );
    const run = drive(process);
    run.throwError("a", "E");
    expect(run.waits("job")).toEqual(["next"]);
  });
});
