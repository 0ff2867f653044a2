/**
 * Alerts: raised by a rule, told to whoever listens here and to others (web hooks) from the table, closed when their
 * condition is gone or a person says so. The time between is the mean time to resolve (K11). Requirement E13.
 */
import type { Database, GroupCommit } from "../../store/index.ts";
import type { Alert } from "./answers.ts";
import { timeOrderedId } from "./audit/identifier.ts";
import { NotFoundError } from "./errors.ts";
import type { Registry } from "./policies/registry.ts";
import type { Clock } from "./ports.ts";
import { alertRow, alertStatement, markTold, openAlerts, resolveAlertRows, takeUntold } from "./sql/alerts.ts";
import { tenantsOf } from "./tenants.ts";
import type { Caller, JsonRecord } from "./types.ts";

export interface NewAlert {
  readonly rule: string;
  readonly message: string;
  readonly body: JsonRecord;
  readonly policyId?: string | null;
  readonly policyVersion?: number | null;
  readonly tenantId?: string | null;
  /** Known to whoever will resolve it; the same id again is the same alert. */
  readonly alertId?: string;
}

export interface AlertOptions {
  readonly database: Database;
  readonly groupCommit: GroupCommit;
  readonly clock: Clock;
  /** Tells others; called again later when it throws. Absent: nobody is told. */
  readonly tell: ((alert: Alert) => Promise<void>) | undefined;
  readonly onError: (where: string, error: unknown) => void;
}

export interface Alerts {
  raise(alert: NewAlert): void;
  /** Those of a rule about a policy version are over. */
  over(rules: readonly string[], policyId: string, version: number): Promise<void>;
  /** Those with these ids are over; unknown and closed ones are left. */
  close(alertIds: readonly string[], why: string): Promise<void>;
  /** By a person. Throws NotFoundError when there is no such open alert. */
  resolve(alertId: string, by: Caller, reason: string): Promise<Alert>;
  /** Closes what is gone by itself. */
  look(registry: Registry): Promise<void>;
  tellDue(): Promise<void>;
  onAlert(handler: (alert: Alert) => void): () => void;
  /** Resolves when what is being told has been told. */
  idle(): Promise<void>;
}

const pauseMs = 5_000;
const attemptsMax = 20;
const openMax = 1_000;

/** Over when the version that they are about is not in force any more. */
const aboutVersionsInForce: ReadonlySet<string> = new Set([
  "CANARY_ERROR",
  "CANARY_SLOW",
  "CANARY_SHIFT",
  "ACTIVE_ERROR",
  "EVALUATION_FAILED",
  "FACT_DRIFT",
  "ANSWER_DRIFT",
]);

export function createAlerts(options: AlertOptions): Alerts {
  const { database, groupCommit, clock, tell, onError } = options;
  const handlers = new Set<(alert: Alert) => void>();

  const tellDue = async (): Promise<void> => {
    if (tell === undefined) return;
    const due = await takeUntold(database, clock.now(), pauseMs, attemptsMax);
    await Promise.all(
      due.map((alert) =>
        tell(alert)
          .then(() => markTold(database, alert.alertId, alert.resolvedAt !== null, clock.now()))
          .catch((error: unknown) => onError("alert", error)),
      ),
    );
  };
  const telling = new Set<Promise<void>>();
  const tellSoon = (): void => {
    const work = tellDue()
      .catch((error: unknown) => onError("alert", error))
      .finally(() => telling.delete(work));
    telling.add(work);
  };

  const close = async (alertIds: readonly string[], why: string): Promise<void> => {
    if (alertIds.length === 0) return;
    const closed = await resolveAlertRows(
      database,
      alertIds,
      clock.now(),
      { by: "interlock", reason: why },
      { tell: tell !== undefined },
    );
    if (closed.length > 0) tellSoon();
  };

  return {
    raise({ rule, message, body, policyId = null, policyVersion = null, tenantId = null, alertId }) {
      const at = clock.now();
      const alert: Alert = {
        alertId: alertId ?? timeOrderedId(at),
        rule,
        policyId,
        policyVersion,
        at: new Date(at).toISOString(),
        message,
        body,
        tenantId,
        resolvedAt: null,
      };
      groupCommit
        .submit({ writes: [{ statement: alertStatement, rows: [alertRow(alert, tell === undefined)] }] })
        .then(tellSoon)
        .catch((error: unknown) => onError("alert", error));
      for (const handler of handlers) handler(alert);
    },
    async over(rules, policyId, version) {
      const open = await openAlerts(database, openMax);
      const ids = open
        .filter((one) => rules.includes(one.rule) && one.policyId === policyId && one.policyVersion === version)
        .map(({ alertId }) => alertId);
      await close(ids, "the condition is gone");
    },
    close,
    async resolve(alertId, by, reason) {
      const [alert] = await resolveAlertRows(
        database,
        [alertId],
        clock.now(),
        { by: by.id, reason },
        { tell: tell !== undefined, tenantIds: tenantsOf(by) },
      );
      if (alert === undefined)
        throw new NotFoundError(`Expected an open alert ${alertId.slice(0, 100)}, but there is none`);
      tellSoon();
      return alert;
    },
    async look(registry) {
      const gone: string[] = [];
      for (const alert of await openAlerts(database, openMax))
        if (await isGone(database, registry, alert)) gone.push(alert.alertId);
      await close(gone, "the condition is gone");
    },
    tellDue,
    onAlert(handler) {
      handlers.add(handler);
      return () => handlers.delete(handler);
    },
    idle: async () => void (await Promise.all(telling)),
  };
}

async function isGone(
  database: Database,
  registry: Registry,
  { rule, policyId, policyVersion, body }: Alert,
): Promise<boolean> {
  if (policyId !== null && policyVersion !== null) {
    const state = registry.picture().policies.get(policyId);
    if (rule === "POLICY_UNREADABLE") return state?.versions.has(policyVersion) === true;
    if (!aboutVersionsInForce.has(rule)) return false;
    return state?.active?.version !== policyVersion && state?.canary?.version.version !== policyVersion;
  }
  if (rule !== "NOT_CORRECTED" || typeof body.decisionId !== "string") return false;
  const rows = await database.query(
    "select 1 from plane_record where decision_id = $1 and kind = 'outcome' and determination = 'compensated' limit 1",
    [body.decisionId],
  );
  return rows.length > 0;
}
