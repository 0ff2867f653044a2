/**
 * From what a policy's DMN puts out to a verdict. Accepts the shapes of the convention (study §5.2): one `Result`,
 * or decisions by name, or the minimum, one table `Determination`. Anything unknown, null or incomplete denies.
 */
import type { Constraint, Determination, Json, JsonRecord, RiskClass } from "../types.ts";
import { determinations } from "../types.ts";
import { type ApprovalSpec, combineVerdicts, defaultApproval, denial, type Verdict } from "./combine.ts";
import { readConstraint } from "./constrain.ts";

/** Outputs by decision name, as JSON. Absent: the model has no such decision. */
export interface PolicyOutputs {
  readonly Result?: Json;
  readonly Determination?: Json;
  readonly Constraints?: Json;
  readonly Approval?: Json;
  readonly Reasons?: Json;
  readonly RiskScore?: Json;
  readonly Authority?: Json;
  readonly Interrupt?: Json;
}

export const outputNames = [
  "Result",
  "Determination",
  "Constraints",
  "Approval",
  "Reasons",
  "RiskScore",
  "Authority",
  "Interrupt",
] as const;

/** The score of an action about which no table says anything. */
export const baseRisk: Readonly<Record<RiskClass, number>> = { low: 10, medium: 40, high: 70, critical: 90 };
const known: ReadonlySet<string> = new Set(determinations);

/** The verdict of one policy. */
export function readVerdict(outputs: PolicyOutputs): Verdict {
  const flat = outputs.Result === undefined ? outputs : spread(outputs.Result);
  if (flat === undefined) return denial("RUNTIME_ERROR", "Expected the decision Result to be a context, but it is not");
  const rows = Array.isArray(flat.Determination) ? flat.Determination : [flat.Determination ?? null];
  const verdicts = rows.map((row) => readRow(row));
  if (verdicts.length === 0) return denial("RUNTIME_ERROR", "Expected a determination, but no rule matched");
  return withCompanions(combineVerdicts(verdicts), flat);
}

/** A `Result` context speaks in lower case members; they mean the same as the decisions. */
function spread(result: Json): PolicyOutputs | undefined {
  if (!isRecord(result)) return typeof result === "string" ? { Determination: result } : undefined;
  const { determination, constraints, approval, reasons, reasonCodes, riskScore, authority, interrupt, ...row } =
    result;
  return {
    Determination: Array.isArray(determination) ? determination : { ...row, determination: determination ?? null },
    ...(constraints !== undefined && { Constraints: constraints }),
    ...(approval !== undefined && { Approval: approval }),
    ...((reasons ?? reasonCodes) !== undefined && { Reasons: reasons ?? reasonCodes ?? null }),
    ...(riskScore !== undefined && { RiskScore: riskScore }),
    ...(authority !== undefined && { Authority: authority }),
    ...(interrupt !== undefined && { Interrupt: interrupt }),
  };
}

/** One row of a determination table: a text, or a context with optional terms. */
function readRow(row: Json): Verdict {
  const fields: JsonRecord = isRecord(row) ? row : { determination: row };
  const name = fields.determination ?? fields.Determination ?? null;
  if (typeof name !== "string" || !known.has(name))
    return denial("RUNTIME_ERROR", `Expected a determination, but got ${JSON.stringify(name)?.slice(0, 80)}`);
  const determination = name as Determination;
  const codes = textsOf(fields.reasonCode ?? fields.reasonCodes ?? fields.reason ?? null);
  const constraint = rowConstraint(fields);
  if (constraint === null)
    return denial("RUNTIME_ERROR", "Expected a constraint of path, op and value, but the row's is none");
  const approval = determination === "REQUIRE_APPROVAL" ? readApproval(rowApproval(fields)) : null;
  if (approval === undefined) return denial("RUNTIME_ERROR", "Expected approval terms, but the row's cannot be read");
  const score = fields.riskScore;
  return {
    determination,
    constraints: constraint === undefined ? [] : [constraint],
    approval,
    riskScore: typeof score === "number" ? clamp(score) : null,
    reasonCodes: codes,
    error: null,
  };
}

/** Adds what the other decisions of the model say. */
function withCompanions(row: Verdict, outputs: PolicyOutputs): Verdict {
  let verdict = row;
  if (outputs.RiskScore !== undefined) {
    const score = sumOf(outputs.RiskScore);
    if (score === undefined) return denial("RUNTIME_ERROR", "Expected the risk score to be a number, but it is not");
    verdict = { ...verdict, riskScore: clamp(score) };
  }
  if (outputs.Reasons !== undefined && outputs.Reasons !== null)
    verdict = { ...verdict, reasonCodes: [...new Set([...verdict.reasonCodes, ...textsOf(outputs.Reasons)])] };
  if (outputs.Interrupt !== undefined && outputs.Interrupt !== "continue")
    return {
      ...denial(interruptCode(outputs.Interrupt)),
      riskScore: verdict.riskScore,
      reasonCodes: [interruptCode(outputs.Interrupt), ...verdict.reasonCodes],
    };
  if (outputs.Authority !== undefined && authorityOf(outputs.Authority) !== "granted")
    return { ...denial("AUTHORITY_DENIED"), riskScore: verdict.riskScore };
  if (verdict.determination === "DENY" || verdict.determination === "DEFER") return verdict;
  if (outputs.Approval !== undefined && outputs.Approval !== null && verdict.determination === "REQUIRE_APPROVAL") {
    const approval = readApproval(outputs.Approval);
    if (approval === undefined)
      return denial("RUNTIME_ERROR", "Expected approval terms, but the decision Approval gives none");
    verdict = { ...verdict, approval };
  }
  return withConstraints(verdict, outputs.Constraints);
}

function withConstraints(verdict: Verdict, output: Json | undefined): Verdict {
  const listed = output === undefined || output === null ? [] : Array.isArray(output) ? output : [output];
  const added: Constraint[] = [];
  for (const item of listed) {
    const constraint = isRecord(item) ? readConstraint(item.path, item.op, item.value ?? null) : undefined;
    if (constraint === undefined)
      return denial("RUNTIME_ERROR", "Expected constraints of path, op and value, but one is not");
    added.push(constraint);
  }
  const constraints = [...verdict.constraints, ...added];
  if (verdict.determination === "REQUIRE_APPROVAL") return { ...verdict, constraints };
  if (verdict.determination === "ALLOW_WITH_CONSTRAINTS" && constraints.length === 0)
    return denial("RUNTIME_ERROR", "Expected at least one constraint with ALLOW_WITH_CONSTRAINTS, but there is none");
  return { ...verdict, constraints, determination: constraints.length > 0 ? "ALLOW_WITH_CONSTRAINTS" : "ALLOW" };
}

/** undefined: the row has none; null: what it has cannot be read. */
function rowConstraint(fields: JsonRecord): Constraint | null | undefined {
  const { constraintPath: path, constraintOp: op, constraintValue: value } = fields;
  if (path === undefined || path === null || path === "") return undefined;
  return readConstraint(path, op ?? "set", value ?? null) ?? null;
}

function rowApproval(fields: JsonRecord): JsonRecord {
  const nested = isRecord(fields.approval ?? null) ? (fields.approval as JsonRecord) : {};
  return {
    group: fields.approvalGroup ?? null,
    sla: fields.approvalSla ?? null,
    escalateTo: fields.escalateTo ?? null,
    onTimeout: fields.onTimeout ?? null,
    quorum: fields.quorum ?? null,
    ...nested,
  };
}

function readApproval(value: Json): ApprovalSpec | undefined {
  const source = Array.isArray(value) ? (value[0] ?? {}) : value;
  if (!isRecord(source)) return undefined;
  const { group = null, quorum = null, sla = null, onTimeout = null, escalateTo = null } = source;
  const slaMs = sla === null ? null : durationMs(sla);
  const effect = onTimeout ?? (escalateTo === null ? "reject" : "escalate");
  if (slaMs === undefined || !isTextOrNull(group) || !isTextOrNull(escalateTo)) return undefined;
  if (effect !== "reject" && effect !== "escalate" && effect !== "approve") return undefined;
  if (effect === "escalate" && escalateTo === null) return undefined;
  if (quorum !== null && (!Number.isSafeInteger(quorum) || (quorum as number) < 1 || (quorum as number) > 100))
    return undefined;
  return { ...defaultApproval, group, quorum: (quorum as number | null) ?? 1, slaMs, onTimeout: effect, escalateTo };
}

/** Days and time of an ISO 8601 duration in milliseconds; undefined for anything else (months have no fixed length). */
export function durationMs(value: Json): number | undefined {
  if (typeof value !== "string") return undefined;
  const match = /^P(?=.)(?:(\d{1,6})D)?(?:T(?=.)(?:(\d{1,7})H)?(?:(\d{1,9})M)?(?:(\d{1,9})(?:\.\d+)?S)?)?$/.exec(value);
  if (match === null) return undefined;
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
  ];
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
}

function authorityOf(output: Json): Json {
  if (Array.isArray(output))
    return output.length > 0 && output.every((one) => authorityOf(one) === "granted") ? "granted" : "denied";
  if (isRecord(output)) return output.authority ?? output.Authority ?? null;
  return output === true ? "granted" : output;
}

function interruptCode(output: Json): string {
  return output === "pause" ? "INTERRUPT_PAUSE" : output === "terminate" ? "INTERRUPT_TERMINATE" : "RUNTIME_ERROR";
}

function sumOf(output: Json): number | undefined {
  if (Array.isArray(output)) {
    const parts = output.map(sumOf);
    return parts.some((part) => part === undefined)
      ? undefined
      : (parts as number[]).reduce((total, part) => total + part, 0);
  }
  if (isRecord(output)) return sumOf(output.riskScore ?? output.score ?? null);
  return typeof output === "number" ? output : output === null ? 0 : undefined;
}

function textsOf(value: Json): string[] {
  if (typeof value === "string") return value === "" ? [] : [value];
  if (Array.isArray(value)) return value.flatMap(textsOf);
  return isRecord(value) ? textsOf(value.reasonCode ?? value.code ?? null) : [];
}

function clamp(score: number): number {
  return Math.min(100, Math.max(0, score));
}

function isTextOrNull(value: Json): value is string | null {
  return value === null || (typeof value === "string" && value !== "");
}

function isRecord(value: Json): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
