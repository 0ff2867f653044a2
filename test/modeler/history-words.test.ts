/** The history of an instance in the words of people. */
import { describe, expect, it } from "vitest";
import type { HistoryEntry, HistoryEvent } from "../../modeler/src/api/instances.ts";
import { tellHistory } from "../../modeler/src/pages/instances/history-words.ts";

const names = new Map([["issue_refund", "Issue refund"]]);
const entry = (...events: HistoryEvent[]): HistoryEntry => ({
  sequence: 1,
  at: "2026-11-21T12:00:00Z",
  command: { type: "completeJob", actor: { id: "refund-agent" } },
  events,
});
const activated = { type: "elementActivated", key: "7", elementId: "issue_refund", elementType: "serviceTask" };

describe("tellHistory", () => {
  it("names the element of an event by what an earlier event told of its key", () => {
    const lines = tellHistory([entry(activated), entry({ type: "elementCompleted", key: "7" })], names, false);
    expect(lines.map((line) => line.text)).toEqual(["Issue refund started", "Issue refund completed"]);
    expect(lines[1]).toMatchObject({ elementId: "issue_refund", actor: "refund-agent", tone: "ok" });
  });

  it("tells a decision with determination, policy version, reason codes and terms", () => {
    const [line] = tellHistory(
      [
        entry({
          type: "decisionMade",
          element: "7",
          decisionId: "d-1",
          determination: "ALLOW_WITH_CONSTRAINTS",
          reasonCodes: ["CREDIT_ONLY"],
          policies: [{ policyId: "refund", version: 3 }],
          constraints: [{ path: "args.method", op: "set", value: "credit" }],
        }),
      ],
      names,
      false,
    );
    expect(line).toMatchObject({
      text: "Policy on the process: allowed with constraints",
      detail: "refund v3 · CREDIT_ONLY · method set to credit",
      decisionId: "d-1",
    });
  });

  it("leaves bookkeeping and engine variables out, unless everything is asked for", () => {
    const entries = [
      entry({ type: "noted", element: "7", note: {} }),
      entry({ type: "variablesSet", scope: "7", values: { toolCallResults: [] } }),
      entry({ type: "elementActivated", key: "1", elementId: "refund", elementType: "process" }),
    ];
    expect(tellHistory(entries, names, false)).toEqual([]);
    expect(tellHistory(entries, names, true).length).toBe(3);
  });

  it("shows an event that it does not know only when everything is asked for", () => {
    const entries = [entry({ type: "somethingNew" })];
    expect(tellHistory(entries, names, false)).toEqual([]);
    expect(tellHistory(entries, names, true)[0]?.text).toBe("somethingNew");
  });
});
