/**
 * Incidents in which a plan has failed (an agent is out of budget, broke its sequence, cannot go on; an action was
 * denied and nothing in the process catches it) as alerts of the plane, closed when the incident is resolved. E13.
 */
import type { DecisionPlane } from "../../decisions/index.ts";
import type { CallContext, Engine } from "../../engine/index.ts";

const planFailures = [
  "POLICY_DENIED",
  "BUDGET_EXCEEDED",
  "AGENT_INTERRUPTED",
  "AD_HOC_SUB_PROCESS_NO_RETRIES",
] as const;
const rule = "PLAN_FAILED";
const pageMax = 1_000;
const context: CallContext = { actor: { id: "interlock", type: "service" } };

type Incident = Awaited<ReturnType<Engine["queries"]["getIncident"]>>;

const alertIdOf = (incidentKey: string): string => `incident-${incidentKey}`;

/** Every node hears of every incident; the id of the incident makes one alert of it. Returns how to stop. */
export function alertIncidents(
  engine: Engine,
  plane: DecisionPlane,
  onError: (error: unknown) => void,
): () => Promise<void> {
  const raise = ({ incidentKey, errorType, errorMessage, elementId, processInstanceKey, tenantId }: Incident): void =>
    plane.raiseAlert({
      alertId: alertIdOf(incidentKey),
      rule,
      message: errorMessage,
      body: { incidentKey, errorType, elementId, processInstanceKey },
      tenantId,
    });
  const look = async (key: string, what: string): Promise<void> => {
    if (what === "incidentResolved") return plane.closeAlerts([alertIdOf(key)], "the incident is resolved");
    const incident = await engine.queries.getIncident(key, context);
    if ((planFailures as readonly string[]).includes(incident.errorType) && incident.state === "ACTIVE")
      raise(incident);
  };
  const stop = engine.subscribe(({ topic, key, what }) => {
    if (topic === "incidents") look(key, what).catch(onError);
  });
  const catchUp = async (): Promise<void> => {
    const { items } = await engine.queries.searchIncidents(
      { filter: { errorType: { $in: [...planFailures] }, state: "ACTIVE" }, page: { limit: pageMax } },
      context,
    );
    for (const incident of items) raise(incident);
    const active = new Set(items.map(({ incidentKey }) => alertIdOf(incidentKey)));
    const { items: open } = await plane.alerts({ open: true, limit: pageMax });
    const gone = open.filter((alert) => alert.rule === rule && !active.has(alert.alertId));
    await plane.closeAlerts(
      gone.map(({ alertId }) => alertId),
      "the incident is resolved",
    );
  };
  const caughtUp = catchUp().catch(onError);
  return async () => {
    stop();
    await caughtUp;
  };
}
