/** What is drawn on the diagram of an instance. */
import { describe, expect, it } from "vitest";
import type { ElementInstance } from "../../modeler/src/api/instances.ts";
import type { UserTask } from "../../modeler/src/api/tasks.ts";
import { toDecorations } from "../../modeler/src/pages/instances/decorations.ts";

const element = (elementId: string, change: Partial<ElementInstance> = {}): ElementInstance => ({
  elementInstanceKey: "1",
  processInstanceKey: "1",
  elementId,
  elementName: elementId,
  type: "SERVICE_TASK",
  state: "ACTIVE",
  startDate: "2026-11-21T12:00:00Z",
  endDate: null,
  hasIncident: false,
  incidentKey: null,
  ...change,
});
const approval = (elementId: string) =>
  ({ elementId, customHeaders: { "interlock:approvalId": "a-1" } }) as unknown as UserTask;

describe("toDecorations", () => {
  it("counts what runs, what has run and what stands still, per element", () => {
    const { elements } = toDecorations(
      [element("a"), element("a", { state: "COMPLETED" }), element("b", { incidentKey: "9" })],
      ["flow"],
      [],
    );
    expect(elements.get("a")).toEqual({ running: 1, completed: 1, incidents: 0, waiting: 0 });
    expect(elements.get("b")).toEqual({ running: 1, completed: 0, incidents: 1, waiting: 0 });
  });

  it("shows an action that waits for approval as waiting, its siblings as running", () => {
    const { elements } = toDecorations([element("pay"), element("pay")], [], [approval("pay")]);
    expect(elements.get("pay")).toMatchObject({ running: 1, waiting: 1 });
  });

  it("does not count the scopes that the engine puts around tools", () => {
    const { elements } = toDecorations([element("agent", { type: "AD_HOC_SUB_PROCESS_INNER_INSTANCE" })], [], []);
    expect(elements.size).toBe(0);
  });
});
