/** The chain of records as a whole: export, keys, verification (/governance/v1). */
import type { VerifyReport } from "../../../decisions/plane/answers.ts";
import { request, withQuery } from "./client.ts";
import type { JsonObject, JsonValue } from "./json.ts";

export type { VerifyReport };

export function exportRecords(from: string | null, to: string | null): Promise<JsonValue> {
  return request(withQuery("/governance/v1/export", { from, to }));
}

export function verify(bundle: JsonValue): Promise<VerifyReport> {
  return request("/governance/v1/verify", { method: "POST", json: bundle });
}

export async function listKeys(signal?: AbortSignal): Promise<readonly JsonObject[]> {
  const answer = await request<{ keys: readonly JsonObject[] }>("/governance/v1/keys", signal ? { signal } : {});
  return answer.keys;
}
