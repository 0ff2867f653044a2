/** Who may do what, answered from the tables of the active policies (/governance/v1/authority). */
import type { AuthorityAnswer, Grant } from "../../../decisions/plane/answers.ts";
import { request, withQuery } from "./client.ts";

export type { AuthorityAnswer, Grant };
export type AuthorityQuestion = "role" | "agent" | "action";

export function getAuthority(
  about: AuthorityQuestion,
  name: string,
  facts: string | null,
  signal?: AbortSignal,
): Promise<AuthorityAnswer> {
  return request(withQuery("/governance/v1/authority", { [about]: name, facts }), signal ? { signal } : {});
}
