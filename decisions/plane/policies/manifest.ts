/**
 * The manifest of a policy package (`policy.json`): who owns the rule, what it is about, which facts it reads, how it
 * is released. Requirements D06, D20; study §5.4.
 */
import { z } from "zod";
import { type FactDeclaration, type FactDeclarations, factTypes } from "../decide/facts.ts";
import { InvalidInputError } from "../errors.ts";
import type { Json } from "../types.ts";

const name = z
  .string()
  .regex(/^[a-z][a-z0-9]*(?:[._-][a-z0-9]+)*$/, "lower case words joined by . _ or -")
  .max(100);
const person = z.string().min(1).max(200);
const instant = z.string().regex(/^\d{4}-\d\d-\d\d$/, "a date YYYY-MM-DD");
const json: z.ZodType<Json> = z.json() as z.ZodType<Json>;

const factSchema = z.strictObject({
  type: z.string().refine((type) => factTypes.has(type), `one of ${[...factTypes].join(", ")}`),
  allowed: z.array(json).min(1).max(200).optional(),
  actions: z.array(z.string().min(1).max(100)).max(100).optional(),
  required: z.boolean().optional(),
  onMissing: z.enum(["deny", "defer"]).optional(),
  model: z.enum(["ok", "raiseOnly"]).optional(),
  personal: z.boolean().optional(),
  description: z.string().max(1000).optional(),
});

const manifestSchema = z.strictObject({
  id: name,
  name: z.string().min(1).max(200).optional(),
  description: z.string().max(4000).optional(),
  domain: name,
  owner: z.strictObject({ team: person, person: person.optional() }).or(person).optional(),
  /** Ids, groups or roles of the people who may put a version live; empty: anybody but the author. */
  approvers: z.array(person).max(100).default([]),
  riskClass: z.enum(["low", "medium", "high", "critical"]).default("medium"),
  /** organisation: binds every action it lists (all when it lists none) and is never enough alone to permit one. */
  scope: z.enum(["organisation", "domain", "process"]).default("process"),
  actions: z.array(z.string().min(1).max(100)).min(1).max(200).optional(),
  factsSchema: z.string().max(200).optional(),
  facts: z
    .record(
      z
        .string()
        .regex(/^[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*){0,7}$/, "a dotted fact name")
        .max(200),
      factSchema,
    )
    .default({}),
  /** Reason code → what a person reads. */
  reasons: z.record(z.string().max(100), z.string().max(1000)).default({}),
  reviewBy: instant.optional(),
  /** Dotted fact by whose value canary traffic is split. */
  subjectKey: z.string().max(200).optional(),
  permitTtl: z
    .string()
    .regex(/^PT(\d+H)?(\d+M)?(\d+S)?$/)
    .optional(),
  /** How long an answer of a batch may be used: ISO duration. */
  maxStaleness: z.string().regex(/^P/).optional(),
  /**
   * When this policy cannot be evaluated: "deny", or "allow" for actions of low risk that can be undone (and only in a
   * policy of low risk). What is of higher risk is always denied.
   */
  onError: z.enum(["deny", "allow"]).default("deny"),
  release: z
    .strictObject({
      ruleCoverageMin: z.number().min(0).max(1).default(1),
      shadowEvaluationsMin: z.int().min(0).max(1_000_000).default(0),
      canaryEvaluationsMin: z.int().min(0).max(1_000_000).default(0),
      /** Automatic rollback of a canary: never before this many evaluations of each version. */
      shiftSampleMin: z.int().min(20).max(1_000_000).default(200),
      shiftAlpha: z.number().gt(0).lt(1).default(0.001),
      /** What a significant shift of a canary's answers does: take it back, or only tell. */
      shift: z.enum(["rollback", "alert"]).default("rollback"),
      latencyMsMax: z.number().positive().default(50),
    })
    .prefault({}),
});

type Parsed = z.infer<typeof manifestSchema>;
export interface Manifest extends Omit<Parsed, "facts"> {
  readonly facts: Readonly<Record<string, FactDeclaration>>;
}

/** Reads a manifest. Throws InvalidInputError that names every wrong member. */
export function readManifest(value: unknown): Manifest {
  const result = manifestSchema.safeParse(value);
  if (!result.success)
    throw new InvalidInputError(
      "Expected a policy manifest, but it has errors",
      result.error.issues.map((issue) => ({
        code: "MANIFEST_INVALID",
        message: issue.message,
        place: ["manifest", ...issue.path].join("."),
      })),
    );
  return result.data as Manifest;
}

export function declaredFacts(manifest: Manifest): FactDeclarations {
  return new Map(Object.entries(manifest.facts));
}

/** The owner as text; null when the manifest names none (such a version cannot leave draft). */
export function ownerOf(manifest: Manifest): string | null {
  const { owner } = manifest;
  if (owner === undefined || typeof owner === "string") return owner ?? null;
  return owner.person === undefined ? owner.team : `${owner.team} / ${owner.person}`;
}
