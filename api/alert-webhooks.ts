/**
 * Alerts to the outside (E13): each alert that is raised or resolved is posted to every address of
 * INTERLOCK_ALERT_WEBHOOKS, through the one door that all outbound calls take. Naming an address here is the operator's
 * word that it may be reached. The plane calls again later when one of them did not take it; the idempotency key is
 * the same then.
 */
import type { DecisionPlane } from "../decisions/index.ts";
import { callOutside, parseEgressRules } from "../engine/connectors/index.ts";
import { InvalidSettings } from "./config.ts";

type Alert = Awaited<ReturnType<DecisionPlane["alerts"]>>["items"][number];

const timeoutMs = 4_000;

/** Undefined: nobody is to be told. Throws InvalidSettings for what is no address. */
export function alertWebhooks(
  environment: Readonly<Record<string, string | undefined>>,
): ((alert: Alert) => Promise<void>) | undefined {
  const addresses = (environment.INTERLOCK_ALERT_WEBHOOKS ?? "")
    .split(",")
    .map((text) => text.trim())
    .filter((text) => text !== "");
  if (addresses.length === 0) return undefined;
  const wrong = addresses.findIndex((text) => !/^https?:\/\//.test(text) || !URL.canParse(text));
  if (wrong >= 0)
    throw new InvalidSettings(
      `Expected INTERLOCK_ALERT_WEBHOOKS to be http or https addresses, separated by commas, but number ${wrong + 1} is none.`,
    );
  const egress = parseEgressRules(addresses.map((text) => `private:${new URL(text).host}`).join(","));
  return async (alert) => {
    const what = alert.resolvedAt === null ? "alert.raised" : "alert.resolved";
    const request = {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": `${alert.alertId}:${what}` },
      body: JSON.stringify({ type: what, alert }),
      timeoutMs,
    };
    const answers = await Promise.allSettled(addresses.map((url) => callOutside({ ...request, url }, egress)));
    const refused = answers.filter(
      (answer) => answer.status === "rejected" || answer.value.status < 200 || answer.value.status > 299,
    );
    // Addresses may hold secrets: counted, not named.
    if (refused.length > 0)
      throw new Error(`Expected ${addresses.length} web hooks to take ${what}, but ${refused.length} did not`);
  };
}
