/** The periods that can be looked at, counted back from now. */
const hour = 3_600_000;

export const periods = [
  { id: "hour", text: "Last hour", lengthMs: hour },
  { id: "day", text: "Last day", lengthMs: 24 * hour },
  { id: "week", text: "Last seven days", lengthMs: 7 * 24 * hour },
  { id: "all", text: "All time", lengthMs: null },
] as const;

export type Period = (typeof periods)[number];

export function periodOf(id: string | null): Period {
  return periods.find((period) => period.id === id) ?? periods[1];
}

/** The begin of the period as an instant; null for all time. */
export function beginOf(period: Period, now: number): string | null {
  return period.lengthMs === null ? null : new Date(now - period.lengthMs).toISOString();
}
