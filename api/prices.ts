/**
 * What a decision costs (K10): prices of model tokens and of a minute of an approver, from the environment. Absent: the
 * figure is unknown and says so; nothing is estimated.
 */
import { z } from "zod";
import type { Prices } from "../decisions/index.ts";
import { InvalidSettings } from "./config.ts";

const money = z.number().min(0).max(1e9);
const models = z.record(
  z.string().min(1).max(200),
  z.strictObject({ inputPerMillion: money, outputPerMillion: money }),
);

/** Reads INTERLOCK_MODEL_PRICES (JSON: model → price of a million tokens, "*" for all others) and INTERLOCK_APPROVER_MINUTE_PRICE. */
export function readPrices(environment: Readonly<Record<string, string | undefined>>): Prices {
  const { INTERLOCK_MODEL_PRICES: text, INTERLOCK_APPROVER_MINUTE_PRICE: minute } = environment;
  const perMinute = minute === undefined || minute === "" ? null : Number(minute);
  if (perMinute !== null && !money.safeParse(perMinute).success)
    throw new InvalidSettings("Expected INTERLOCK_APPROVER_MINUTE_PRICE to be a number of at least 0, but it is not.");
  return { models: text === undefined || text === "" ? new Map() : modelPrices(text), approverMinute: perMinute };
}

function modelPrices(text: string): Prices["models"] {
  const expected =
    'Expected INTERLOCK_MODEL_PRICES to be JSON such as {"model": {"inputPerMillion": 3, "outputPerMillion": 15}}';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidSettings(`${expected}, but it is no JSON.`);
  }
  const read = models.safeParse(value);
  if (!read.success) throw new InvalidSettings(`${expected}, but ${z.prettifyError(read.error)}`);
  return new Map(Object.entries(read.data));
}
