/** That nothing of the official client is left out: each of its methods is called by a contract test, or has a reason. */
import { readdirSync, readFileSync } from "node:fs";
import { CamundaClient } from "@camunda8/orchestration-cluster-api";
import { describe, expect, it } from "vitest";

/** Methods of the client that are operations of the server: they have a verb, the client's own business has not. */
const verbs =
  /^(activate|assign|broadcast|cancel|complete|correlate|create|delete|evaluate|fail|get|migrate|modify|pin|publish|reset|resolve|resume|search|suspend|throw|unassign|update)[A-Z]/;
const own = new Set([
  "createJobWorker",
  "createThreadedJobWorker",
  "getAuthHeaders",
  "getBackpressureState",
  "getConfig",
  "getErrorMode",
  "getWorkers",
]);

describe("the official client", () => {
  it("has no method that no contract test calls", () => {
    const methods = Object.getOwnPropertyNames(CamundaClient.prototype).filter(
      (name) => verbs.test(name) && !own.has(name),
    );
    expect(methods.length).toBeGreaterThan(170);
    const folder = new URL(".", import.meta.url);
    const tests = readdirSync(folder)
      .filter((name) => name.endsWith(".test.ts") && name !== "coverage.test.ts")
      .map((name) => readFileSync(new URL(name, folder), "utf8"))
      .join("\n");
    const called = new Set(tests.match(/\b[a-z]+[A-Z]\w+\b/g));
    // The four kinds of entries are called by names put together of a verb and the kind.
    const putTogether = ["Group", "Role", "Tenant", "MappingRule"].flatMap((word) =>
      ["create", "get", "update", "delete"].map((verb) => `${verb}${word}`),
    );
    for (const name of putTogether) called.add(name);
    expect(methods.filter((name) => !called.has(name))).toEqual([]);
  });
});
