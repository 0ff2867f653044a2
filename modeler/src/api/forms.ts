/** Deployed forms (/governance/v1/forms). */
import { request, withQuery } from "./client.ts";
import type { FormDefinition } from "./processes.ts";

export type FormVersion = Omit<FormDefinition, "schema">;

/** All versions, newest first per form; `formId` narrows to one form. */
export async function listForms(formId?: string, signal?: AbortSignal): Promise<readonly FormVersion[]> {
  const answer = await request<{ readonly items: readonly FormVersion[] }>(
    withQuery("/governance/v1/forms", { formId }),
    signal ? { signal } : {},
  );
  return answer.items;
}

export function getForm(formKey: string, signal?: AbortSignal): Promise<FormDefinition> {
  return request(`/governance/v1/forms/${encodeURIComponent(formKey)}`, signal ? { signal } : {});
}
