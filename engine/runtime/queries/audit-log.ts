/** The calls on the audit log. */
import type { Database } from "../../../store/index.ts";
import type { AuditLog } from "../contract/audit.ts";
import { locate } from "../locate.ts";
import type { OperatorJournal } from "../operator-journal.ts";
import { withoutScope } from "../scope.ts";
import { auditLog, partsOfAuditKey } from "./audit-resource.ts";
import { getOne, search } from "./search.ts";

export function auditLogCalls(database: Database, journal: OperatorJournal): AuditLog {
  return {
    record: (entry, context) => journal.record(entry, context),
    prepare: (context) => journal.prepare(context),
    search: (request, context) => search(database, auditLog, request, context),
    get(auditLogKey, context) {
      const parts = partsOfAuditKey(auditLogKey);
      return getOne(
        database,
        auditLog,
        (add) =>
          parts
            ? [`a.own_key = ${add(parts.ownKey, "bigint")}`, `a.sequence = ${add(parts.sequence, "integer")}`]
            : ["false"],
        `an audit log entry with the key ${auditLogKey.slice(0, 40)}`,
        context,
      );
    },
    async ofUserTask(userTaskKey, request, context) {
      const { rootKey } = await locate(database, "userTask", userTaskKey, context, { ended: true });
      return search(database, auditLog, request, withoutScope(context), (add) => [
        `a.root_key = ${add(rootKey, "bigint")}`,
        `a.task_key = ${add(userTaskKey, "bigint")}`,
      ]);
    },
  };
}
