/**
 * How unusual the inputs of an action are (requirement E10): the fact `anomaly.inputs`, 0 (as ever) to 1 (never seen
 * like this), for policies that declare it. It compares each argument with what was recorded of the same action before:
 * numbers by their distance from the median in robust deviations, texts and truths by how often they came. The fact
 * stands in the record like any other, so a replay sees the same number.
 */
import type { Database } from "../../../store/index.ts";
import type { PolicyPicture } from "../policies/policy-version.ts";
import { searchDecisionRecords } from "../sql/decisions.ts";
import { defaultTenant, tenantOfRequest } from "../tenants.ts";
import type { ActionRequest, Json, JsonRecord } from "../types.ts";
import { readRecorded } from "./recorded.ts";

export const anomalyFact = "anomaly.inputs";

/** With fewer recorded actions nothing is said: a score of a handful would be noise. */
const sampleMin = 50;
const sampleMax = 2_000;
const valuesKeptMax = 500;
/** Distance, in robust deviations, at which a number scores one half. */
const halfway = 4;
/** A value that came this often is ordinary. */
const ordinaryShare = 0.01;
/** More different values than this share: identifiers and free texts have no distribution. */
const distinctShareMax = 0.5;

type Feature =
  | { readonly kind: "number"; readonly median: number; readonly deviation: number }
  | { readonly kind: "value"; readonly total: number; readonly counts: ReadonlyMap<string, number> }
  | { readonly kind: "any" };

/** What is usual for one type of action. */
export type InputProfile = ReadonlyMap<string, Feature>;

/** Profile of the arguments that were recorded; undefined when there are too few. */
export function profileOf(samples: readonly JsonRecord[]): InputProfile | undefined {
  if (samples.length < sampleMin) return undefined;
  const values = new Map<string, Json[]>();
  for (const sample of samples) {
    for (const name of Object.keys(sample)) {
      const list = values.get(name);
      if (list) list.push(sample[name] as Json);
      else values.set(name, [sample[name] as Json]);
    }
  }
  return new Map([...values].map(([name, list]) => [name, featureOf(list)]));
}

function featureOf(values: readonly Json[]): Feature {
  if (values.every((value) => typeof value === "number")) {
    const sorted = [...(values as number[])].sort((one, other) => one - other);
    const median = middle(sorted);
    const spread = middle(sorted.map((value) => Math.abs(value - median)).sort((one, other) => one - other));
    const wide =
      ((sorted[Math.floor(sorted.length * 0.95)] ?? median) - (sorted[Math.floor(sorted.length * 0.05)] ?? median)) /
      3.29;
    return { kind: "number", median, deviation: Math.max(1.4826 * spread, wide, Math.abs(median) * 0.01, 1e-9) };
  }
  const counts = new Map<string, number>();
  for (const value of values) counts.set(textOf(value), (counts.get(textOf(value)) ?? 0) + 1);
  if (counts.size > valuesKeptMax || counts.size > values.length * distinctShareMax) return { kind: "any" };
  return { kind: "value", total: values.length, counts };
}

function middle(sorted: readonly number[]): number {
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

function textOf(value: Json): string {
  return typeof value === "object" && value !== null ? "object" : JSON.stringify(value).slice(0, 200);
}

/** 0 … 1, that of the strangest argument. */
export function strangeness(profile: InputProfile, args: JsonRecord): number {
  let score = 0;
  for (const name of Object.keys(args)) score = Math.max(score, strangenessOf(profile.get(name), args[name] as Json));
  return Math.round(score * 1000) / 1000;
}

function strangenessOf(feature: Feature | undefined, value: Json): number {
  if (feature === undefined) return 1;
  if (feature.kind === "any" || value === null) return 0;
  if (feature.kind === "value") {
    const share = (feature.counts.get(textOf(value)) ?? 0) / feature.total;
    return share >= ordinaryShare ? 0 : 1 - share / ordinaryShare;
  }
  if (typeof value !== "number") return 1;
  const distance = Math.abs(value - feature.median) / feature.deviation;
  return 1 - 1 / (1 + (distance / halfway) ** 2);
}

export interface InputProfiles {
  /** The request with the fact, when a policy in force for its action declares it. Synchronous: from memory. */
  enrich(request: ActionRequest): ActionRequest;
  /** Reads the profiles that are wanted anew. */
  refresh(): Promise<void>;
  /** Does so when policies have changed since. */
  follow(): Promise<void>;
}

/** Profiles of the actions whose policies want them. */
export function createInputProfiles(database: Database, picture: () => PolicyPicture): InputProfiles {
  let profiles: ReadonlyMap<string, InputProfile> = new Map();
  let epoch = -1;
  return {
    enrich(request) {
      if (profiles.size === 0) return request;
      const profile = profiles.get(profileName(tenantOfRequest(request) ?? defaultTenant, request.action.type));
      if (profile === undefined) return request;
      const value = strangeness(profile, request.args);
      return {
        ...request,
        facts: {
          ...request.facts,
          [anomalyFact]: { value, provenance: "derived", source: "profile of earlier actions" },
        },
      };
    },
    async follow() {
      if (picture().epoch !== epoch) await this.refresh();
    },
    async refresh() {
      epoch = picture().epoch;
      const wanted = actionsThatWant(picture());
      if (wanted.size === 0) {
        profiles = new Map();
        return;
      }
      const samples = new Map<string, JsonRecord[]>();
      for (const actionType of wanted) {
        for (const { record } of await searchDecisionRecords(database, { actionType }, null, sampleMax)) {
          const { action, args, evaluation, tenantId } = readRecorded(record);
          // What was denied does not teach what is usual, or an attacker could.
          if (evaluation.determination === "DENY") continue;
          const name = profileName(tenantId ?? defaultTenant, action.type);
          const list = samples.get(name);
          if (list) list.push(args);
          else samples.set(name, [args]);
        }
      }
      profiles = new Map(
        [...samples].flatMap(([name, list]) => {
          const profile = profileOf(list);
          return profile === undefined ? [] : [[name, profile] as const];
        }),
      );
    },
  };
}

/** What is usual at one tenant says nothing about another. */
function profileName(tenantId: string, actionType: string): string {
  return `${tenantId}|${actionType}`;
}

function actionsThatWant(picture: PolicyPicture): ReadonlySet<string> {
  const wanted = new Set<string>();
  for (const { active, canary } of picture.policies.values())
    for (const version of [active, canary?.version])
      if (version?.facts.has(anomalyFact)) for (const action of version.manifest.actions ?? []) wanted.add(action);
  return wanted;
}
