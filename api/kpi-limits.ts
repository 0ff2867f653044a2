/** Limits of key figures, from the environment: who leaves them is told by an alert. */
import { z } from "zod";
import type { KpiLimits } from "../decisions/index.ts";
import { InvalidSettings } from "./config.ts";

const dayMs = 24 * 3_600_000;
const limits = z.record(
  z.string().regex(/^[A-Za-z]\w{0,99}(?:\.\w{1,100}){0,3}$/),
  z
    .strictObject({ min: z.number().optional(), max: z.number().optional() })
    .refine(({ min, max }) => min !== undefined || max !== undefined, { message: "Expected min, max or both" }),
);

/** Reads INTERLOCK_KPI_LIMITS: JSON, key figure → min, max; over the last day. */
export function readKpiLimits(environment: Readonly<Record<string, string | undefined>>): KpiLimits {
  const text = environment.INTERLOCK_KPI_LIMITS;
  if (text === undefined || text === "") return { limits: [], windowMs: dayMs };
  const expected = 'Expected INTERLOCK_KPI_LIMITS to be JSON such as {"K07_automationRate": {"min": 0.5}}';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidSettings(`${expected}, but it is no JSON.`);
  }
  const read = limits.safeParse(value);
  if (!read.success) throw new InvalidSettings(`${expected}, but ${z.prettifyError(read.error)}`);
  return {
    limits: Object.entries(read.data).map(([name, { min, max }]) => ({
      name,
      ...(min !== undefined && { min }),
      ...(max !== undefined && { max }),
    })),
    windowMs: dayMs,
  };
}
