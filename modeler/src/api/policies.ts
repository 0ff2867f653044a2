/** Policies of the decision plane: inventory, versions, tests, stages (/governance/v1/policies). */
import type {
  ChangeReport,
  PolicyDetail,
  PolicySummary,
  PolicyVersionDetail,
  PromotionRecord,
  TestReport,
} from "../../../decisions/plane/answers.ts";
import { request, requestText, withQuery } from "./client.ts";
import type { JsonObject, JsonValue } from "./json.ts";

export type { PolicyDetail, PolicySummary, PromotionRecord, TestReport };
export type Stage = PolicySummary["stage"];
export type PolicyVersionSummary = PolicySummary["versions"][number];
/** Answers of one version against those of the version in force. */
export type { ChangeReport };

export interface PolicyFilter {
  readonly stage?: string;
  readonly domain?: string;
  readonly riskClass?: string;
}

const place = (policyId: string, rest = "") => `/governance/v1/policies/${encodeURIComponent(policyId)}${rest}`;

export async function listPolicies(filter: PolicyFilter, signal?: AbortSignal): Promise<readonly PolicySummary[]> {
  const answer = await request<{ items: readonly PolicySummary[] }>(
    withQuery("/governance/v1/policies", { ...filter }),
    signal ? { signal } : {},
  );
  return answer.items;
}

export function getPolicy(policyId: string, signal?: AbortSignal): Promise<PolicyDetail> {
  return request(place(policyId), signal ? { signal } : {});
}

/** One version whole: manifest, tests and the last test report. */
export interface PolicyVersion extends Omit<PolicyVersionDetail, "manifest"> {
  readonly manifest: JsonObject;
}

export function getPolicyVersion(policyId: string, version: number, signal?: AbortSignal): Promise<PolicyVersion> {
  return request(place(policyId, `/versions/${version}`), signal ? { signal } : {});
}

export function getPolicyDmn(policyId: string, version: number, signal?: AbortSignal): Promise<string> {
  return requestText(place(policyId, `/versions/${version}/dmn`), signal ? { signal } : {});
}

/** Stores a new version as a draft; the same content again gives the same version. */
export function createVersion(content: {
  readonly manifest: JsonObject;
  readonly dmn: string;
  readonly tests: JsonValue;
}): Promise<{ readonly policyId: string; readonly version: number; readonly stage: Stage }> {
  return request("/governance/v1/policies", { method: "POST", json: content });
}

/** Rules that a model hides at a gateway or flow, each with the draft of a policy; stores nothing. */
export async function extractPolicies(
  bpmn: string,
  elementId: string,
): Promise<
  readonly {
    readonly elementId: string;
    readonly policy: { readonly manifest: JsonObject; readonly dmn: string; readonly tests: JsonValue };
  }[]
> {
  const answer = await request<{ items: Awaited<ReturnType<typeof extractPolicies>> }>(
    "/governance/v1/policies/extraction",
    { method: "POST", json: { bpmn, elementId } },
  );
  return answer.items;
}

export function testVersion(policyId: string, version: number): Promise<TestReport> {
  return request(place(policyId, `/versions/${version}/test`), { method: "POST", json: {} });
}

export function getShadowReport(policyId: string, version: number, signal?: AbortSignal): Promise<ChangeReport> {
  return request(place(policyId, `/versions/${version}/shadow-report`), signal ? { signal } : {});
}

export interface Promotion {
  readonly stage: Exclude<Stage, "draft">;
  readonly reason: string;
  readonly shareBasisPoints?: number;
  readonly acknowledgeWidenings?: boolean;
  /** Through all stages in one call; recorded as such. */
  readonly expedited?: boolean;
}

export function promote(policyId: string, version: number, promotion: Promotion): Promise<PromotionRecord> {
  return request(place(policyId, `/versions/${version}/promotion`), { method: "POST", json: promotion });
}

export function rollback(policyId: string, reason: string): Promise<PromotionRecord> {
  return request(place(policyId, "/rollback"), { method: "POST", json: { reason } });
}

/** Who did it, from the record of a person or service. */
export function nameOf(person: JsonObject | null | undefined): string {
  const id = person?.id;
  return typeof id === "string" ? id : "unknown";
}
