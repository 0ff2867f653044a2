/** What was done to accounts, for the audit log: by whom, to whom, and which of its members; a password is named, never told. */
import type { Services } from "../services.ts";
import { contextOf } from "../v2/context.ts";
import type { Caller } from "./caller.ts";

const told = new Set(["roles", "groups", "tenants", "disabled", "name", "kind"]);

export async function tellAccountDeed(
  { engine }: Services,
  caller: Caller,
  command: string,
  operation: "CREATE" | "UPDATE" | "DELETE",
  accountId: string,
  changes: Readonly<Record<string, unknown>>,
): Promise<void> {
  const words = Object.entries(changes)
    .filter(([name]) => name !== "accountId")
    .map(([name, value]) => (told.has(name) ? `${name}: ${JSON.stringify(value)}` : name));
  await engine.auditLog.record(
    {
      command,
      operation,
      entityType: "USER",
      entityKey: accountId,
      ...(words.length === 0 ? {} : { description: words.join(", ").slice(0, 500) }),
      tenantId: caller.tenantIds[0] ?? "<default>",
    },
    contextOf(caller),
  );
}
