/** Rules 1–16 of the BPMN study: gateways and tokens. */
import { describe, expect, it } from "vitest";
import { drive } from "../instance-driver.ts";
import {
  buildProcess,
  conditional,
  type ElementSpec,
  end,
  error,
  feel,
  message,
  service,
  signal,
  start,
  timer,
  value,
  variable,
} from "../process-builder.ts";

const is = (name: string, wanted: unknown) =>
  feel(`${name} = ${JSON.stringify(wanted)}`, [name], (get) => get(name) === wanted);
const truth = value(true);
const gateway = (
  id: string,
  type: "exclusiveGateway" | "parallelGateway" | "inclusiveGateway" | "complexGateway",
): ElementSpec => ({ id, type });

describe("gateways and tokens", () => {
  const twicePerFlow = buildProcess(
    "p",
    [
      start(),
      gateway("fork", "parallelGateway"),
      service("a"),
      service("b"),
      service("c"),
      gateway("merge", "exclusiveGateway"),
      gateway("join", "parallelGateway"),
      service("after"),
      end(),
    ],
    [
      "start -> fork",
      "fork -> a",
      "fork -> b",
      "fork -> c",
      "a -> merge",
      "b -> merge",
      "merge -> join",
      "c -> join",
      "join -> after",
      "after -> end",
    ],
  );

  it("rule 01: a parallel join counts distinct flows, a flow taken twice does not fire it", () => {
    const run = drive(twicePerFlow);
    run.complete("a");
    run.complete("b");
    expect(run.waits("job")).toEqual(["c"]);
    run.complete("c");
    expect(run.waits("job")).toEqual(["after"]);
  });

  it("rule 02: surplus tokens at a join do not keep the scope alive", () => {
    const run = drive(twicePerFlow);
    for (const id of ["a", "b", "c", "after"]) run.complete(id);
    expect(run.state()).toBe("completed");
    expect(run.log("elementActivated").filter((id) => id === "after")).toHaveLength(1);
  });

  it("rule 02: a join that never fired keeps its scope open, so that people see the deadlock", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          gateway("x", "exclusiveGateway"),
          service("a"),
          service("b"),
          gateway("join", "parallelGateway"),
          end(),
        ],
        ["start -> x", ["x -> a", truth], ["x -> b", "default"], "a -> join", "b -> join", "join -> end"],
      ),
    );
    run.complete("a");
    expect(run.state()).toBe("active");
  });

  it("rule 03: an exclusive gateway takes the first true flow and never evaluates the default flow's condition", () => {
    const explodes = feel("boom()", [], () => {
      throw new Error("evaluated");
    });
    const process = buildProcess(
      "p",
      [start(), gateway("x", "exclusiveGateway"), service("a"), service("b"), service("c")],
      ["start -> x", ["x -> a", is("n", 1)], ["x -> b", is("n", 1)], ["x -> c", explodes]],
    );
    const defaulted = {
      ...process,
      elements: process.elements.map((element) => (element.id === "x" ? { ...element, defaultFlow: 3 } : element)),
    };
    expect(drive(defaulted, { variables: { n: 1 } }).waits("job")).toEqual(["a"]);
    expect(drive(defaulted, { variables: { n: 2 } }).waits("job")).toEqual(["c"]);
  });

  for (const type of ["exclusiveGateway", "inclusiveGateway"] as const) {
    it(`rule 04: no true condition and no default at an ${type} is an incident that a changed variable resolves`, () => {
      const run = drive(
        buildProcess("p", [start(), gateway("x", type), service("a")], ["start -> x", ["x -> a", is("n", 1)]]),
      );
      expect(run.incidents()).toMatchObject([{ type: "CONDITION_ERROR", elementId: "x" }]);
      run.set({ n: 1 });
      run.resolve();
      expect(run.waits("job")).toEqual(["a"]);
      expect(run.incidents()).toEqual([]);
    });
  }

  it("rule 04: a condition that is neither true nor false is an incident", () => {
    const run = drive(
      buildProcess(
        "p",
        [start(), gateway("x", "exclusiveGateway"), service("a")],
        ["start -> x", ["x -> a", variable("n")]],
      ),
    );
    expect(run.incidents()[0]?.message).toContain("to be true or false, but it is null");
  });

  const inclusive = buildProcess(
    "p",
    [
      start(),
      gateway("split", "inclusiveGateway"),
      service("a"),
      service("b"),
      service("c"),
      gateway("join", "inclusiveGateway"),
      service("after"),
      end(),
    ],
    [
      "start -> split",
      ["split -> a", variable("a")],
      ["split -> b", variable("b")],
      ["split -> c", "default"],
      "a -> join",
      "b -> join",
      "c -> join",
      "join -> after",
      "after -> end",
    ],
  );

  it("rule 05: an inclusive join fires when every flow that can still deliver has delivered", () => {
    const both = drive(inclusive, { variables: { a: true, b: true } });
    both.complete("a");
    expect(both.waits("job")).toEqual(["b"]);
    both.complete("b");
    expect(both.waits("job")).toEqual(["after"]);
    const one = drive(inclusive, { variables: { a: false, b: true } });
    one.complete("b");
    expect(one.waits("job")).toEqual(["after"]);
    const none = drive(inclusive, { variables: { a: false, b: false } });
    none.complete("c");
    expect(none.waits("job")).toEqual(["after"]);
  });

  it("rule 06: inclusive reachability follows loops with a path to the gateway, and ignores those without", () => {
    const looping = (back: string) =>
      buildProcess(
        "p",
        [
          start(),
          gateway("fork", "parallelGateway"),
          service("quick"),
          service("work"),
          gateway("again", "exclusiveGateway"),
          gateway("join", "inclusiveGateway"),
          service("after"),
          service("aside"),
        ],
        [
          "start -> fork",
          "fork -> quick",
          "fork -> work",
          "quick -> join",
          "work -> again",
          [`again -> ${back}`, is("again", true)],
          ["again -> join", "default"],
          "join -> after",
        ],
      );
    const run = drive(looping("work"), { variables: { again: true } });
    run.complete("quick");
    run.complete("work", { again: true });
    expect(run.waits("job")).toEqual(["work"]);
    run.complete("work", { again: false });
    expect(run.waits("job")).toEqual(["after"]);
    const away = drive(looping("aside"), { variables: { again: true } });
    away.complete("quick");
    away.complete("work", { again: true });
    expect(away.waits("job").toSorted()).toEqual(["after", "aside"]);
  });

  it("rule 06: inclusive reachability goes through links, boundary events and event-based gateways", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          gateway("fork", "inclusiveGateway"),
          service("quick"),
          service("host"),
          { id: "late", type: "boundaryEvent", on: "host", eventDefinitions: [error("E")] },
          { id: "throw", type: "intermediateThrowEvent", eventDefinitions: [{ type: "link", name: "L" }] },
          { id: "catch", type: "intermediateCatchEvent", eventDefinitions: [{ type: "link", name: "L" }] },
          { id: "first", type: "eventBasedGateway" },
          { id: "t", type: "intermediateCatchEvent", eventDefinitions: [timer("duration", "PT1H")] },
          { id: "m", type: "intermediateCatchEvent", eventDefinitions: [message("m")] },
          end("elsewhere"),
          gateway("join", "inclusiveGateway"),
          service("after"),
        ],
        [
          "start -> fork",
          ["fork -> quick", truth],
          ["fork -> host", truth],
          "quick -> join",
          "host -> elsewhere",
          "late -> throw",
          "catch -> first",
          "first -> t",
          "first -> m",
          "t -> join",
          "m -> elsewhere",
          "join -> after",
        ],
      ),
    );
    run.complete("quick");
    expect(run.waits("job")).toEqual(["host"]);
    run.throwError("host", "E");
    expect(run.waits("job")).toEqual([]);
    run.fire("t");
    expect(run.waits("job")).toEqual(["after"]);
  });

  it("rule 07: inclusive reachability sees tokens inside sub-processes and call activities on the path", () => {
    const called = buildProcess("called", [start("cs"), service("inner")], ["cs -> inner"]);
    const run = drive([
      buildProcess(
        "p",
        [
          start(),
          gateway("fork", "inclusiveGateway"),
          service("quick"),
          { id: "sub", type: "subProcess", inside: [service("x")] },
          {
            id: "call",
            type: "callActivity",
            calledElement: {
              processId: value("called"),
              propagateAllChildVariables: true,
              propagateAllParentVariables: true,
              binding: { type: "latest" },
            },
          },
          gateway("join", "inclusiveGateway"),
          service("after"),
        ],
        [
          "start -> fork",
          ["fork -> quick", truth],
          ["fork -> sub", truth],
          "quick -> join",
          "sub -> call",
          "call -> join",
          "join -> after",
        ],
      ),
      called,
    ]);
    run.complete("quick");
    expect(run.waits("job")).toEqual(["x"]);
    run.complete("x");
    expect(run.waits("job")).toEqual(["inner"]);
    run.complete("inner");
    expect(run.waits("job")).toEqual(["after"]);
  });

  it("rule 08: an inclusive join looks again when a token elsewhere dies", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          gateway("fork", "parallelGateway"),
          service("quick"),
          service("slow"),
          gateway("x", "exclusiveGateway"),
          end("dead"),
          gateway("join", "inclusiveGateway"),
          service("after"),
        ],
        [
          "start -> fork",
          "fork -> quick",
          "fork -> slow",
          "quick -> join",
          "slow -> x",
          ["x -> dead", is("die", true)],
          ["x -> join", "default"],
          "join -> after",
        ],
      ),
    );
    run.complete("quick");
    expect(run.waits("job")).toEqual(["slow"]);
    run.complete("slow", { die: true });
    expect(run.waits("job")).toEqual(["after"]);
  });

  it("rule 08: inclusive joins that only wait for each other do not wait for ever", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          gateway("fork", "parallelGateway"),
          gateway("one", "inclusiveGateway"),
          gateway("two", "inclusiveGateway"),
          service("a"),
          service("b"),
          gateway("xa", "exclusiveGateway"),
          gateway("xb", "exclusiveGateway"),
          end(),
        ],
        [
          "start -> fork",
          "fork -> one",
          "fork -> two",
          "one -> a",
          "two -> b",
          "a -> xa",
          "b -> xb",
          ["xa -> two", is("again", true)],
          ["xa -> end", "default"],
          ["xb -> one", is("again", true)],
          ["xb -> end", "default"],
        ],
      ),
    );
    expect(run.waits("job")).toEqual(["a"]);
    run.complete("a");
    run.complete("b");
    expect(run.state()).toBe("completed");
  });

  it("rule 09: a gateway with several flows in and out joins, then splits, in one activation", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          gateway("fork", "parallelGateway"),
          service("a"),
          service("b"),
          gateway("mid", "parallelGateway"),
          service("c"),
          service("d"),
        ],
        ["start -> fork", "fork -> a", "fork -> b", "a -> mid", "b -> mid", "mid -> c", "mid -> d"],
      ),
    );
    run.complete("a");
    run.complete("b");
    expect(run.waits("job")).toEqual(["c", "d"]);
    expect(run.log("elementActivated").filter((id) => id === "mid")).toHaveLength(1);
  });

  it("rule 10: an exclusive merge does not synchronise: what follows runs once per token", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          gateway("fork", "parallelGateway"),
          service("a"),
          service("b"),
          gateway("merge", "exclusiveGateway"),
          service("after"),
        ],
        ["start -> fork", "fork -> a", "fork -> b", "a -> merge", "b -> merge", "merge -> after"],
      ),
    );
    run.complete("a");
    run.complete("b");
    expect(run.waits("job")).toEqual(["after", "after"]);
  });

  it("rule 11: unconditional flows are always taken, the default is judged against the conditional ones only", () => {
    const process = buildProcess(
      "p",
      [start(), service("a"), service("always"), service("maybe"), service("otherwise")],
      ["start -> a", "a -> always", ["a -> maybe", is("n", 1)], ["a -> otherwise", "default"]],
    );
    const yes = drive(process);
    yes.complete("a", { n: 1 });
    expect(yes.waits("job")).toEqual(["always", "maybe"]);
    const no = drive(process);
    no.complete("a", { n: 2 });
    expect(no.waits("job")).toEqual(["always", "otherwise"]);
  });

  it("rule 12: an event-based gateway takes exactly one branch and closes the others in the same step", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          { id: "first", type: "eventBasedGateway" },
          { id: "t1", type: "intermediateCatchEvent", eventDefinitions: [timer("duration", "PT1S")] },
          { id: "t2", type: "intermediateCatchEvent", eventDefinitions: [timer("duration", "PT1S")] },
          { id: "r", type: "receiveTask", eventDefinitions: [message("m")] },
          service("a"),
          service("b"),
          service("c"),
        ],
        ["start -> first", "first -> t1", "first -> t2", "first -> r", "t1 -> a", "t2 -> b", "r -> c"],
      ),
    );
    const second = run.wait("timer", "t2").key;
    run.fire("t1");
    expect(run.waits("job")).toEqual(["a"]);
    expect(run.waits("timer")).toEqual([]);
    expect(run.waits("message")).toEqual([]);
    expect(run.refused({ type: "fireTimer", timerKey: second }).kind).toBe("notFound");
  });

  it("rule 13: a complex gateway fires once, then swallows the remaining tokens before its next round", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          gateway("fork", "parallelGateway"),
          service("a"),
          service("b"),
          service("c"),
          {
            id: "two",
            type: "complexGateway",
            activationCondition: feel(
              "activationCount >= 2",
              ["activationCount"],
              (get) => Number(get("activationCount")) >= 2,
            ),
          },
          service("after"),
          end(),
        ],
        [
          "start -> fork",
          "fork -> a",
          "fork -> b",
          "fork -> c",
          "a -> two",
          "b -> two",
          "c -> two",
          "two -> after",
          "after -> end",
        ],
      ),
    );
    run.complete("a");
    expect(run.waits("job")).toEqual(["b", "c"]);
    run.complete("b");
    expect(run.waits("job")).toEqual(["c", "after"]);
    run.complete("after");
    expect(run.state()).toBe("active");
    run.complete("c");
    expect(run.state()).toBe("completed");
    expect(run.log("elementActivated").filter((id) => id === "after")).toHaveLength(1);
  });

  it("rule 14: conditions on the flows of a parallel gateway are ignored", () => {
    const run = drive(
      buildProcess(
        "p",
        [start(), gateway("fork", "parallelGateway"), service("a"), service("b")],
        ["start -> fork", ["fork -> a", value(false)], ["fork -> b", value(true)]],
      ),
    );
    expect(run.waits("job")).toEqual(["a", "b"]);
  });

  it("rule 15: a loop without a wait state stops at the limit with an incident, and goes on when resolved", () => {
    const run = drive(
      buildProcess(
        "p",
        [start(), gateway("merge", "exclusiveGateway"), { id: "spin", type: "task" }],
        ["start -> merge", "merge -> spin", "spin -> merge"],
      ),
    );
    expect(run.incidents()).toMatchObject([{ type: "STEP_LIMIT_EXCEEDED" }]);
    expect(run.events.filter((event) => event.type === "elementActivated").length).toBeLessThan(2_010);
    run.resolve();
    expect(run.incidents()).toMatchObject([{ type: "STEP_LIMIT_EXCEEDED" }]);
  });

  it("rule 16: a start quantity waits for as many tokens, a completion quantity emits as many", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          { id: "double", type: "task", completionQuantity: 2 },
          service("each"),
          service("pair", { startQuantity: 2 }),
          end(),
        ],
        ["start -> double", "double -> each", "each -> pair", "pair -> end"],
      ),
    );
    expect(run.waits("job")).toEqual(["each", "each"]);
    run.complete("each");
    expect(run.waits("job")).toEqual(["each"]);
    run.complete("each");
    expect(run.waits("job")).toEqual(["pair"]);
    run.complete("pair");
    expect(run.state()).toBe("completed");
  });

  it("rule 16: too few tokens for a start quantity leave the process waiting", () => {
    const run = drive(buildProcess("p", [start(), service("pair", { startQuantity: 2 })], ["start -> pair"]));
    expect(run.waits("job")).toEqual([]);
    expect(run.state()).toBe("active");
  });

  it("an instantiating event-based gateway starts with the event that came", () => {
    const process = buildProcess(
      "p",
      [
        { id: "first", type: "eventBasedGateway", instantiate: true, eventGatewayType: "Exclusive" },
        { id: "m", type: "intermediateCatchEvent", eventDefinitions: [message("m")] },
        { id: "s", type: "intermediateCatchEvent", eventDefinitions: [signal("s")] },
        service("a"),
        service("b"),
      ],
      ["first -> m", "first -> s", "m -> a", "s -> b"],
    );
    const run = drive(process, { create: { startElementIndex: process.elementIndexById.get("m")! } });
    expect(run.waits("job")).toEqual(["a"]);
    expect(run.waits("signal")).toEqual([]);
    run.complete("a");
    expect(run.state()).toBe("completed");
  });

  it("a parallel instantiating event-based gateway waits for every event", () => {
    const process = buildProcess(
      "p",
      [
        { id: "all", type: "eventBasedGateway", instantiate: true, eventGatewayType: "Parallel" },
        { id: "m", type: "intermediateCatchEvent", eventDefinitions: [message("m")] },
        { id: "s", type: "intermediateCatchEvent", eventDefinitions: [signal("s")] },
        service("a"),
        service("b"),
      ],
      ["all -> m", "all -> s", "m -> a", "s -> b"],
    );
    const run = drive(process, { create: { startElementIndex: process.elementIndexById.get("m")! } });
    expect(run.waits("job")).toEqual(["a"]);
    run.complete("a");
    expect(run.state()).toBe("active");
    run.signal("s");
    run.complete("b");
    expect(run.state()).toBe("completed");
  });

  it("a conditional event can win at an event-based gateway", () => {
    const run = drive(
      buildProcess(
        "p",
        [
          start(),
          { id: "first", type: "eventBasedGateway" },
          {
            id: "c",
            type: "intermediateCatchEvent",
            eventDefinitions: [conditional("x > 1", ["x"], (get) => Number(get("x")) > 1)],
          },
          { id: "t", type: "intermediateCatchEvent", eventDefinitions: [timer("duration", "PT1H")] },
          service("a"),
          service("b"),
        ],
        ["start -> first", "first -> c", "first -> t", "c -> a", "t -> b"],
      ),
      { variables: { x: 0 } },
    );
    run.set({ x: 2 });
    expect(run.waits("job")).toEqual(["a"]);
    expect(run.waits("timer")).toEqual([]);
  });
});
