/** What is handed in: files of one tenant, or a version of a policy. */
import type { PolicyName } from "../../store/changes.ts";

export type ChangeContent = { readonly title: string; readonly description: string | null } & (
  | { readonly policy: PolicyName }
  | { readonly tenantId: string; readonly files: readonly { readonly name: string; readonly content: Uint8Array }[] }
);
