/** The chain of records as a whole: export, keys, verification (/governance/v1). */
import { request, withQuery } from "./client.ts";
import type { JsonObject, JsonValue } from "./json.ts";

export interface VerifyReport {
  readonly valid: boolean;
  readonly records: number;
  readonly streams: number;
  readonly checkpoints: number;
  readonly firstBad: {
    readonly stream: string | null;
    readonly seq: number | null;
    readonly recordId: string | null;
    readonly reason: string;
  } | null;
  readonly problems: readonly string[];
  readonly keys: readonly string[];
  readonly trust: string;
}

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
