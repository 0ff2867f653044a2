/** What every refusal of the server looks like: problem+json with all members, and nothing of the inside. */
import { expect } from "vitest";
import type { Answered } from "../api/server.ts";

export function expectProblem(answer: Answered, what: string): void {
  expect(answer.type, what).toMatch(/^application\/problem\+json/);
  expect(Object.keys(answer.json as object), what).toEqual(
    expect.arrayContaining(["type", "title", "status", "detail", "instance"]),
  );
  expect(answer.json.status, what).toBe(answer.status);
  expect(answer.text, what).not.toMatch(/node_modules|\.[tj]s:\d|\bat [A-Za-z.]+ \(|<html|<pre/i);
}
