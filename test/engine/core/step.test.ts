/** The plainest life of an instance: created, worked on, completed; and commands that come too late. */
import { describe, expect, it } from "vitest";
import { drive } from "../instance-driver.ts";
import { buildProcess, end, feel, service, start } from "../process-builder.ts";

const order = buildProcess(
  "order",
  [start(), service("collect"), { id: "paid", type: "exclusiveGateway" }, service("ship"), end()],
  [
    "start -> collect",
    "collect -> paid",
    ["paid -> ship", feel("ok", ["ok"], (get) => get("ok") === true)],
    ["paid -> end", "default"],
    "ship -> end",
  ],
);

describe("step", () => {
  it("runs to the first wait, then to the next, then to the end", () => {
    const run = drive(order);
    expect(run.waits("job")).toEqual(["collect"]);
    run.complete("collect", { ok: true });
    expect(run.waits("job")).toEqual(["ship"]);
    run.complete("ship");
    expect(run.state()).toBe("completed");
    expect(run.flows()).toEqual(["start->collect", "collect->paid", "paid->ship", "ship->end"]);
  });

  it("refuses a job completed twice and leaves no trace of it", () => {
    const run = drive(order);
    const { key } = run.wait("job", "collect");
    run.complete("collect", { ok: true });
    expect(run.refused({ type: "completeJob", jobKey: key, variables: {} }).kind).toBe("notFound");
  });

  it("refuses every command for an instance that has ended", () => {
    const run = drive(order);
    run.send({ type: "cancelInstance", processInstanceKey: "1" });
    expect(run.state()).toBe("terminated");
    expect(run.refused({ type: "cancelInstance", processInstanceKey: "1" }).kind).toBe("notFound");
  });
});
