/**
 * Key figures with limits (group K, I12): looked at on a schedule over a moving window, told as alerts when one is
 * outside, closed when it is back. A figure that is not known says nothing.
 */
import type { Alerts } from "../alerts.ts";
import type { Clock } from "../ports.ts";
import type { Json, JsonRecord } from "../types.ts";

export interface KpiLimit {
  /** Name in the answer of `kpis`, with dots into it: "K07_automationRate", "K06_latencyUs.p99". */
  readonly name: string;
  readonly min?: number;
  readonly max?: number;
}

export interface KpiLimits {
  readonly limits: readonly KpiLimit[];
  readonly windowMs: number;
}

const rule = "KPI_LIMIT";
const hourMs = 3_600_000;

export function createKpiWatch(
  { limits, windowMs }: KpiLimits,
  kpis: (range: { readonly from: string }) => Promise<JsonRecord>,
  alerts: Pick<Alerts, "raise" | "close">,
  clock: Clock,
): () => Promise<void> {
  /** Name → id of the alert that is open about it. */
  const open = new Map<string, string>();
  return async () => {
    if (limits.length === 0) return;
    const now = clock.now();
    const figures = await kpis({ from: new Date(now - windowMs).toISOString() });
    for (const { name, min, max } of limits) {
      const value = figureOf(figures, name);
      const outside = value !== null && ((min !== undefined && value < min) || (max !== undefined && value > max));
      const told = open.get(name);
      if (outside && told === undefined) {
        // The same on every node within the hour: one alert.
        const alertId = `kpi-${name}-${Math.floor(now / hourMs)}`;
        open.set(name, alertId);
        const expected = [min === undefined ? [] : [`at least ${min}`], max === undefined ? [] : [`at most ${max}`]];
        alerts.raise({
          alertId,
          rule,
          message: `Expected ${name} to be ${expected.flat().join(" and ")}, but it is ${value}`,
          body: { name, value, min: min ?? null, max: max ?? null, windowMs },
        });
      } else if (!outside && value !== null && told !== undefined) {
        open.delete(name);
        await alerts.close([told], "the figure is within its limits again");
      }
    }
  };
}

function figureOf(figures: JsonRecord, name: string): number | null {
  let value: Json | undefined = figures;
  for (const part of name.split(".")) {
    if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, part)) return null;
    value = (value as JsonRecord)[part];
  }
  return typeof value === "number" ? value : null;
}
