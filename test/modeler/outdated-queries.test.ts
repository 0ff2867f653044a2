/** Which answers on the screen a live event makes old. */
import { describe, expect, it } from "vitest";
import { outdatedQueries } from "../../modeler/src/app/outdated-queries.ts";

describe("outdatedQueries", () => {
  it("outdates the lists and the one instance, not every instance", () => {
    expect(outdatedQueries({ topic: "instances", key: "5", processInstanceKey: "5" })).toEqual([
      ["instances"],
      ["process-counts"],
      ["instance", "5"],
    ]);
  });

  it("outdates task, register and instance when a task changes", () => {
    expect(outdatedQueries({ topic: "tasks", key: "8", processInstanceKey: "5" })).toEqual(
      expect.arrayContaining([["tasks"], ["approvals"], ["task", "8"], ["instance", "5"]]),
    );
  });

  it("outdates a policy's page when a version is released", () => {
    expect(outdatedQueries({ topic: "policies", key: "refund" })).toEqual([["policies"], ["policy", "refund"]]);
  });

  it("outdates nothing for a topic of a newer server", () => {
    expect(outdatedQueries({ topic: "weather", key: "rain" })).toEqual([]);
  });
});
