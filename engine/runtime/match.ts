/** What messages and subscriptions meet by: one hash over tenant, name and correlation key, of bounded length. */
import { createHash } from "node:crypto";

export function messageMatch(tenantId: string, name: string, correlationKey: string): string {
  return createHash("sha256")
    .update(JSON.stringify([tenantId, name, correlationKey]))
    .digest("base64url")
    .slice(0, 32);
}
