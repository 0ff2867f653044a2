/**
 * When an answer is wider than another one: a milder determination, or the same one on looser terms. An amount that is
 * capped at 1,000 instead of 500 is as much a widening as an approval that is no longer asked for. Requirement D18.
 */

import { canonicalJson } from "../audit/canonical.ts";
import type { Constraint, Determination, Json } from "../types.ts";
import { severity } from "../types.ts";
import type { ApprovalSpec } from "./combine.ts";

/** What one policy answers, as far as it can be wider or narrower. */
export interface Answered {
  readonly determination: Determination;
  readonly constraints: readonly Constraint[];
  /** Terms of REQUIRE_APPROVAL; null: none, or not known. */
  readonly approval: Pick<ApprovalSpec, "quorum" | "onTimeout"> | null;
}

/** Whether `after` permits something that `before` does not. */
export function widens(before: Answered, after: Answered): boolean {
  const change = severity[after.determination] - severity[before.determination];
  if (change !== 0) return change < 0;
  if (after.determination === "DENY" || after.determination === "DEFER") return false;
  if (before.constraints.some((term) => !after.constraints.some((other) => implies(other, term)))) return true;
  return before.approval !== null && after.approval !== null && isMilder(before.approval, after.approval);
}

/** Whether the terms of two answers differ at all. */
export function termsDiffer(before: Answered, after: Answered): boolean {
  return termsText(before) !== termsText(after);
}

function termsText({ constraints, approval }: Answered): string {
  const terms = constraints.map((term) => canonicalJson(term as unknown as Json)).sort();
  return canonicalJson([terms, approval === null ? null : [approval.quorum, approval.onTimeout]]);
}

const timeoutRank: Readonly<Record<ApprovalSpec["onTimeout"], number>> = { approve: 0, escalate: 1, reject: 2 };

function isMilder(before: NonNullable<Answered["approval"]>, after: NonNullable<Answered["approval"]>): boolean {
  return after.quorum < before.quorum || timeoutRank[after.onTimeout] < timeoutRank[before.onTimeout];
}

/** Whatever keeps `term` also keeps `wanted`. False when that is not certain: an unread report is worse than a long one. */
function implies(term: Constraint, wanted: Constraint): boolean {
  if (term.path !== wanted.path)
    return term.op === "drop" && removes(wanted) && wanted.path.startsWith(`${term.path}.`);
  if (term.op === "set" && keeps(term.value, wanted)) return true;
  if (term.op === "drop" && removes(wanted)) return true;
  if (term.op !== wanted.op) return false;
  switch (wanted.op) {
    case "max":
      return (term.value as number) <= (wanted.value as number);
    case "min":
      return (term.value as number) >= (wanted.value as number);
    case "oneOf":
      return (term.value as readonly Json[]).every((item) => keeps(item, wanted));
    case "set":
      return false;
    default:
      return true;
  }
}

function removes({ op }: Constraint): boolean {
  return op === "drop" || op === "redact";
}

/** A value that is certain to run keeps a term. */
function keeps(value: Json, { op, value: bound }: Constraint): boolean {
  if (op === "set") return canonicalJson(value) === canonicalJson(bound);
  if (op === "oneOf") return (bound as readonly Json[]).some((item) => canonicalJson(item) === canonicalJson(value));
  if (typeof value !== "number" || typeof bound !== "number") return false;
  return op === "max" ? value <= bound : op === "min" ? value >= bound : false;
}
