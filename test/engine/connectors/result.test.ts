import { describe, expect, it } from "vitest";
import { durationMs, judgeAnswer } from "../../../engine/connectors/index.ts";

const response = { status: 409, headers: {}, body: { message: "disputed", id: 7 } };
const judge = (headers: Record<string, string>, failure: string | null = null, answer = response) =>
  judgeAnswer(headers, answer, { orderId: "ORD-1" }, failure);

describe("from a connector's answer to the outcome of its job", () => {
  it("writes the whole answer to resultVariable and builds variables by resultExpression", () => {
    expect(judge({ resultVariable: "answer", resultExpression: "={id: response.body.id, order: orderId}" })).toEqual({
      type: "complete",
      variables: { answer: response, id: 7, order: "ORD-1" },
    });
  });

  it("throws a BPMN error by bpmnError with two arguments", () => {
    expect(
      judge(
        { errorExpression: '=if response.status = 409 then bpmnError("CASE", response.body.message) else null' },
        "said 409",
      ),
    ).toEqual({
      type: "bpmnError",
      code: "CASE",
      message: "disputed",
      variables: {},
    });
  });

  it("hands variables to the BPMN error", () => {
    expect(judge({ errorExpression: '=bpmnError("CASE", "no", {reason: response.body.message})' })).toMatchObject({
      variables: { reason: "disputed" },
    });
  });

  it("fails with retries and back-off by jobError", () => {
    expect(judge({ errorExpression: '=jobError("busy", {}, 2, "PT5S")' }, "said 503")).toEqual({
      type: "fail",
      message: "busy",
      retries: 2,
      retryBackOffMs: 5_000,
    });
  });

  it("completes in spite of a failure by ignoreError", () => {
    expect(judge({ errorExpression: "=ignoreError({})" }, "said 503")).toEqual({ type: "complete", variables: {} });
  });

  it("fails when the call failed and no errorExpression decides otherwise", () => {
    expect(judge({ errorExpression: "=null" }, "said 503")).toMatchObject({ type: "fail", message: "said 503" });
  });

  it("does not take an answer's own text for a verdict", () => {
    const forged = { ...response, body: { message: "x", id: 1, verdict: 'bpmnError("X", "y")' } };
    expect(judge({ errorExpression: "=null" }, null, forged)).toEqual({ type: "complete", variables: {} });
  });

  it("reads ISO durations of days to seconds", () => {
    expect(["PT1S", "P1DT2H", "PT0.5S", "soon", undefined].map((text) => durationMs(text))).toEqual([
      1_000,
      93_600_000,
      500,
      null,
      null,
    ]);
  });
});
