/**
 * A question from outside as a request: checked, completed with cautious defaults. Everything here was written by
 * somebody else: sizes are bounded and names that JavaScript treats specially are refused.
 */
import { z } from "zod";
import { canonicalJson, sha256 } from "../audit/canonical.ts";
import { InvalidInputError } from "../errors.ts";
import type { Question } from "../requests.ts";
import { defaultTenant, tenantOfQuestion } from "../tenants.ts";
import type {
  ActionRequest,
  ActorReference,
  AgentReference,
  Caller,
  EpochMs,
  Fact,
  Json,
  JsonRecord,
  Provenance,
} from "../types.ts";

const questionBytesMax = 1_048_576;
const factsMax = 1000;

const text = z.string().min(1).max(500);
const optionalText = text.nullish();
const texts = z.array(text).max(200);
const record = z.record(z.string(), z.json());
const count = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

const questionSchema = z.strictObject({
  action: z.strictObject({
    type: text,
    target: optionalText,
    operation: text.default("execute"),
    // What is not said is assumed to be the worse: it cannot be undone.
    reversible: z.boolean().default(false),
    riskClass: z.enum(["low", "medium", "high", "critical"]).default("medium"),
    toolRef: optionalText,
  }),
  args: record.default({}),
  agent: z
    .looseObject({
      id: text,
      version: z.coerce.string().max(200).default(""),
      model: optionalText,
      promptHash: optionalText,
      roles: texts.optional(),
      trustLevel: text.optional(),
    })
    .nullish(),
  actor: z
    .looseObject({
      id: text,
      type: z.enum(["human", "service", "agent", "engine"]).default("service"),
      groups: texts.optional(),
      roles: texts.optional(),
    })
    .nullish(),
  facts: record.default({}),
  policies: z
    .array(z.strictObject({ policyId: text, version: z.int().min(1).nullish() }))
    .max(50)
    .default([]),
  run: z
    .looseObject({
      processInstanceKey: text.nullish(),
      elementId: text.nullish(),
      toolCallId: text.nullish(),
      runId: text.nullish(),
    })
    .nullish(),
  history: z
    .looseObject({
      callsByAction: z.record(z.string(), count).default({}),
      lastActions: texts.default([]),
      sameArgsRepeat: count.default(0),
    })
    .nullish(),
  budget: z.looseObject({}).nullish(),
  idempotencyKey: text.optional(),
  approvalId: text.optional(),
  tenantId: text.optional(),
  mode: z.enum(["sync", "async"]).default("sync"),
  default: z.enum(["ALLOW", "DENY"]).optional(),
});

export interface ReadQuestion {
  readonly request: ActionRequest;
  readonly mode: "sync" | "async";
  readonly default: "ALLOW" | "DENY" | null;
  /** Null: the caller gave nothing by which a repetition could be known. */
  readonly idempotencyKey: string | null;
  readonly approvalId: string | null;
  /** Hash input that a repetition must share: the same key with another question is an error. */
  readonly fingerprint: string;
}

/** Throws InvalidInputError naming every member that is wrong. */
export function readQuestion(question: Question, by: Caller, now: EpochMs): ReadQuestion {
  admitJson(question, "question");
  const parsed = questionSchema.safeParse(question);
  if (!parsed.success)
    throw new InvalidInputError(
      "Expected a question about an action, but it has errors",
      parsed.error.issues.map((issue) => ({
        code: "QUESTION_INVALID",
        message: issue.message,
        place: issue.path.join("."),
      })),
    );
  const { action, args, agent, run, history, budget, mode, facts, policies } = parsed.data;
  const actor = (parsed.data.actor ?? {
    id: by.id,
    type: by.type,
    groups: by.groups,
    roles: by.roles,
  }) as ActorReference;
  const fingerprint = canonicalJson({ action, args, run: run ?? null });
  const tenantId = tenantOfQuestion(parsed.data.tenantId, by);
  const key = parsed.data.idempotencyKey ?? runKey(run, fingerprint);
  // Of one tenant each: nobody learns of, or gets, what another has asked under the same key.
  const idempotencyKey =
    key === null || tenantId === null || tenantId === defaultTenant ? key : `tenant:${sha256(`${tenantId}|${key}`)}`;
  const runInstance = run?.processInstanceKey ?? run?.runId ?? null;
  const request: ActionRequest = {
    action: { ...action, target: action.target ?? null, toolRef: action.toolRef ?? null },
    args: args as JsonRecord,
    facts: readFacts(facts as JsonRecord),
    policies: policies.map(({ policyId, version }) => ({ policyId, version: version ?? null })),
    agent:
      agent === null || agent === undefined
        ? null
        : ({ ...agent, model: agent.model ?? null, promptHash: agent.promptHash ?? null } as unknown as AgentReference),
    actor,
    process:
      runInstance === null
        ? null
        : {
            processId: "",
            definitionKey: "",
            definitionVersion: 0,
            definitionHash: "",
            processInstanceKey: runInstance,
            rootProcessInstanceKey: runInstance,
            elementId: run?.elementId ?? "",
            elementInstanceKey: "",
            tenantId: tenantId ?? defaultTenant,
          },
    toolCallId: run?.toolCallId ?? null,
    history: (history ?? null) as ActionRequest["history"],
    budget: (budget ?? null) as unknown as ActionRequest["budget"],
    idempotencyKey: idempotencyKey ?? "",
    now,
    ...(tenantId !== null && { tenantId }),
    ...(by.authenticated !== false && { askedBy: { id: by.id, type: by.type } }),
  };
  return {
    request,
    mode,
    default: parsed.data.default ?? null,
    idempotencyKey,
    approvalId: parsed.data.approvalId ?? null,
    fingerprint,
  };
}

/** Facts by dotted name: nested objects are walked, {value, provenance, source} is a fact, anything else its value. */
export function readFacts(facts: JsonRecord): Readonly<Record<string, Fact>> {
  const result: Record<string, Fact> = {};
  const open: { readonly prefix: string; readonly value: Json; readonly depth: number }[] = Object.keys(facts)
    .map((name) => ({ prefix: name, value: facts[name] as Json, depth: 1 }))
    .reverse();
  let total = 0;
  while (open.length > 0) {
    const { prefix, value, depth } = open.pop() as (typeof open)[number];
    if (++total > factsMax) throw new InvalidInputError(`Expected at most ${factsMax} facts, but got more`);
    const envelope = readEnvelope(value, prefix);
    if (envelope !== undefined) result[prefix] = envelope;
    else if (isRecord(value) && depth < 8 && Object.keys(value).length > 0)
      for (const name of Object.keys(value).reverse())
        open.push({ prefix: `${prefix}.${name}`, value: value[name] as Json, depth: depth + 1 });
    else result[prefix] = { value, provenance: "derived", source: "caller" };
  }
  return result;
}

/** Refuses what cannot be a row or a record: NUL, __proto__, lone surrogates, NaN, depth, size. */
export function admitJson(value: unknown, place: string): void {
  const json = canonicalJson(value);
  if (json.length > questionBytesMax)
    throw new InvalidInputError(`Expected ${place} of at most ${questionBytesMax} characters, but it is longer`);
  if (/(?<!\\)(?:\\\\)*\\u0000/.test(json))
    throw new InvalidInputError(`Expected ${place} without the character NUL, but it has one`);
  if (json.includes('"__proto__":'))
    throw new InvalidInputError(`Expected ${place} without the name __proto__, but it has one`);
}

/** The same run, tool call and arguments are the same question (frameworks that replay ask again). */
function runKey(
  run:
    | {
        readonly processInstanceKey?: string | null;
        readonly toolCallId?: string | null;
        readonly runId?: string | null;
      }
    | null
    | undefined,
  fingerprint: string,
): string | null {
  const of = run?.processInstanceKey ?? run?.runId;
  if (of === undefined || of === null || run?.toolCallId === undefined || run.toolCallId === null) return null;
  return `run:${sha256(`${of}|${run.toolCallId}|${fingerprint}`)}`;
}

const envelopeNames: ReadonlySet<string> = new Set(["value", "provenance", "source", "observedAt"]);
const provenances: ReadonlySet<string> = new Set(["trusted", "derived", "model"]);

function readEnvelope(value: Json, name: string): Fact | undefined {
  if (
    !isRecord(value) ||
    !Object.hasOwn(value, "value") ||
    !Object.keys(value).every((member) => envelopeNames.has(member))
  )
    return undefined;
  const { provenance = "derived", source = "caller", observedAt } = value;
  if (typeof provenance !== "string" || !provenances.has(provenance))
    throw new InvalidInputError("Expected a provenance of trusted, derived or model, but got another", [
      { code: "QUESTION_INVALID", message: "provenance", place: `facts.${name}` },
    ]);
  if (typeof source !== "string" || (observedAt !== undefined && typeof observedAt !== "string"))
    throw new InvalidInputError("Expected source and observedAt of a fact to be texts, but they are not", [
      { code: "QUESTION_INVALID", message: "source", place: `facts.${name}` },
    ]);
  return {
    value: value.value as Json,
    provenance: provenance as Provenance,
    source,
    ...(observedAt !== undefined && { observedAt }),
  };
}

function isRecord(value: Json): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
