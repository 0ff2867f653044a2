import { describe, expect, it } from "vitest";
import type { Method, Operation } from "../../../api/http/operation.ts";
import { Routes } from "../../../api/http/routes.ts";

function operation(method: Method, path: string): Operation {
  return { id: `${method} ${path}`, method, path, group: "", summary: "", access: "any", replies: {} };
}

describe("routes", () => {
  const routes = new Routes();
  for (const [method, path] of [
    ["post", "/jobs/activation"],
    ["patch", "/jobs/{jobKey}"],
    ["get", "/jobs/{jobKey}"],
    ["post", "/jobs/{jobKey}/completion"],
    ["get", "/policies/{policyId}/versions/{version}"],
    ["get", "/policies/{id}/versions/latest"],
    ["get", "/topology"],
  ] as const)
    routes.add("/v2", operation(method, path));
  const found = (method: string, path: string) => {
    const match = routes.find(method, path);
    return match && [match.operation.path, { ...match.params }];
  };

  it("finds an operation by method and path, with its parameters", () => {
    expect(found("POST", "/v2/jobs/42/completion")).toEqual(["/jobs/{jobKey}/completion", { jobKey: "42" }]);
    expect(found("GET", "/v2/policies/a/versions/3")).toEqual([
      "/policies/{policyId}/versions/{version}",
      { policyId: "a", version: "3" },
    ]);
    expect(found("GET", "/v2/topology/")).toEqual(["/topology", {}]);
    expect(found("HEAD", "/v2/topology")).toEqual(["/topology", {}]);
  });

  it("prefers a fixed segment, and takes a parameter where that has no such method", () => {
    expect(found("POST", "/v2/jobs/activation")).toEqual(["/jobs/activation", {}]);
    expect(found("PATCH", "/v2/jobs/activation")).toEqual(["/jobs/{jobKey}", { jobKey: "activation" }]);
    expect(found("GET", "/v2/policies/a/versions/latest")).toEqual(["/policies/{id}/versions/latest", { id: "a" }]);
  });

  it("finds nothing for other methods, cases, depths and empty segments", () => {
    for (const [method, path] of [
      ["DELETE", "/v2/topology"],
      ["GET", "/v2/Topology"],
      ["GET", "/v2"],
      ["GET", "/v2//topology"],
      ["GET", "/v2/jobs/"],
      ["GET", `/v2${"/jobs".repeat(5_000)}`],
    ] as const)
      expect(found(method, path)).toBeUndefined();
  });

  it("decodes parameters, keeps names of Object's prototype apart, and refuses a broken escape", () => {
    expect(found("GET", "/v2/jobs/a%2Fb%C3%A9")).toEqual(["/jobs/{jobKey}", { jobKey: "a/bé" }]);
    expect(found("GET", "/v2/jobs/__proto__")).toEqual(["/jobs/{jobKey}", { jobKey: "__proto__" }]);
    expect(found("GET", "/v2/constructor")).toBeUndefined();
    expect(() => found("GET", "/v2/jobs/%zz")).toThrow("Expected a well-formed URL");
  });

  it("names the methods of a path", () => {
    expect(routes.methods("/v2/jobs/activation")).toEqual(["GET", "PATCH", "POST"]);
    expect(routes.methods("/v2/nothing")).toEqual([]);
  });
});
