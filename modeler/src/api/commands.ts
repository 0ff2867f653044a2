/** Who did what on this server (/v2/audit-logs). */
import { type SearchAnswer, search } from "./client.ts";

export interface CommandEntry {
  readonly auditLogKey: string;
  readonly timestamp: string;
  readonly interlockCommand: string;
  readonly entityType: string;
  readonly entityKey: string;
  readonly result: string;
  readonly actorId: string | null;
  readonly actorType: string | null;
  readonly processInstanceKey: string | null;
}

export const commandsPerPage = 25;

export function searchCommands(
  filter: { readonly actorId?: string; readonly processInstanceKey?: string },
  from: number,
  signal?: AbortSignal,
): Promise<SearchAnswer<CommandEntry>> {
  return search<CommandEntry>(
    "audit-logs",
    { filter, sort: [{ field: "timestamp", order: "DESC" }], page: { from, limit: commandsPerPage } },
    signal,
  );
}
