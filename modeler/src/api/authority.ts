/** Who may do what, answered from the tables of the active policies (/governance/v1/authority). */
import { request, withQuery } from "./client.ts";
import type { JsonObject, JsonValue } from "./json.ts";

export interface Grant {
  readonly subject: { readonly type: string; readonly id: string };
  readonly action: string;
  readonly policyId: string;
  readonly version: number;
  readonly owner: string | null;
  readonly determination: string;
  readonly rules: readonly {
    readonly decisionId: string;
    readonly ruleId: string;
    readonly conditions: readonly { readonly fact: string; readonly test: string }[];
  }[];
  readonly constraints: JsonValue;
  /** Facts under which it is so. */
  readonly witness: JsonObject;
}

export interface Authority {
  readonly actions: readonly string[];
  readonly grants: readonly Grant[];
}

export type AuthorityQuestion = "role" | "agent" | "action";

export function getAuthority(
  about: AuthorityQuestion,
  name: string,
  facts: string | null,
  signal?: AbortSignal,
): Promise<Authority> {
  return request(withQuery("/governance/v1/authority", { [about]: name, facts }), signal ? { signal } : {});
}
