/** Shapes that several governance operations share. Records are documents of their own; here stands what clients rely on. */
import { z } from "zod";
import { dateText } from "../http/search.ts";

export const stages = ["draft", "shadow", "canary", "active", "retired"] as const;
export const determinations = ["ALLOW", "ALLOW_WITH_CONSTRAINTS", "DEFER", "REQUIRE_APPROVAL", "DENY"] as const;
export const riskClasses = ["low", "medium", "high", "critical"] as const;
export const record = z.record(z.string(), z.unknown());
export const policyName = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]*$/);
export const identifier = z.string().min(1).max(200);
export const reason = z.string().min(1).max(4000);

/** Path and query parameters are text; a version is a whole number in it. */
export const versionText = z
  .string()
  .regex(/^[1-9][0-9]{0,8}$/)
  .transform(Number)
  .meta({ type: "integer" });
export const countText = z
  .string()
  .regex(/^[0-9]{1,6}$/)
  .transform(Number)
  .meta({ type: "integer" });

export const period = z.strictObject({ from: dateText.optional(), to: dateText.optional() });

export const constraint = z.object({
  path: z.string(),
  op: z.enum(["set", "max", "min", "oneOf", "drop", "redact"]),
  value: z.unknown(),
});
export const approvalTerms = z
  .object({
    approvalId: z.string(),
    group: z.string().nullable(),
    quorum: z.int(),
    slaMs: z.number().nullable(),
    onTimeout: z.enum(["reject", "escalate", "approve"]),
    escalateTo: z.string().nullable(),
  })
  .nullable();
export const policyUse = z.looseObject({
  policyId: z.string(),
  version: z.int(),
  stage: z.string(),
  matchedRules: z.array(z.string()),
});

/** Drops members that are undefined: the rooms behind distinguish absent from undefined nowhere, clients do. */
export function given<Value extends object>(value: Value): { [Name in keyof Value]: Exclude<Value[Name], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as never;
}
