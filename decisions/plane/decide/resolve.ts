/**
 * Which policy versions judge a request: those it names, organisation-wide and domain policies that cover its action,
 * and, when it names none, the policies that list its action. A name that leads nowhere denies.
 */
import type { PolicyPicture, PolicyState, PolicyVersion } from "../policies/policy-version.ts";
import type { ActionRequest, Stage } from "../types.ts";
import { inCanary } from "./canary.ts";
import { denial, type Verdict } from "./combine.ts";
import { type FactContext, readFact } from "./facts.ts";

export interface Applicable {
  readonly policy: PolicyVersion;
  readonly stage: Stage;
  /** "active" follows the promotions, "pinned" was named with its version. */
  readonly binding: "active" | "pinned";
  readonly state: PolicyState;
}

export type Resolution =
  | { readonly ok: true; readonly applicable: readonly Applicable[] }
  | { readonly ok: false; readonly verdict: Verdict };

export function resolvePolicies(picture: PolicyPicture, request: ActionRequest, context: FactContext): Resolution {
  const found = new Map<string, Applicable>();
  for (const { policyId, version } of request.policies) {
    const state = picture.policies.get(policyId);
    if (state === undefined)
      return refuse("POLICY_UNKNOWN", `Expected the policy ${policyId}, but there is none with a released version`);
    const chosen = version === null ? inForce(state, request, context) : pinned(state, version);
    if (chosen === undefined)
      return refuse(
        "POLICY_NOT_ACTIVE",
        `Expected ${policyId}${version === null ? "" : `@${version}`} to be in force, but it is not`,
      );
    found.set(policyId, chosen);
  }
  for (const state of picture.policies.values()) {
    const manifest = (state.active ?? state.canary?.version)?.manifest;
    if (manifest === undefined || found.has(state.policyId)) continue;
    const lists = manifest.actions?.includes(request.action.type) ?? false;
    const covers =
      manifest.scope === "organisation"
        ? lists || manifest.actions === undefined
        : manifest.scope === "domain"
          ? lists
          : lists && request.policies.length === 0;
    if (!covers) continue;
    const chosen = inForce(state, request, context);
    if (chosen !== undefined) found.set(state.policyId, chosen);
  }
  // The most particular first: it is the one that a decision is filed under.
  const applicable = [...found.values()].sort((one, other) => breadth(one) - breadth(other));
  // Organisation-wide policies are limits: something more particular must speak for an action.
  if (
    !applicable.some(
      ({ policy }) =>
        policy.manifest.scope !== "organisation" || policy.manifest.actions?.includes(request.action.type),
    )
  )
    return refuse("UNGOVERNED_ACTION", `Expected a policy in force for ${request.action.type}, but there is none`);
  return { ok: true, applicable };
}

/** By whom canary traffic is split: the subject, else the run, else the caller. */
export function subjectKeyOf(policy: PolicyVersion, request: ActionRequest, context: FactContext): string {
  const named = readFact(context, policy.manifest.subjectKey ?? "subject.id");
  if (typeof named === "string" || typeof named === "number") return String(named);
  return request.process?.rootProcessInstanceKey ?? request.agent?.id ?? request.actor.id;
}

function inForce(state: PolicyState, request: ActionRequest, context: FactContext): Applicable | undefined {
  const { canary, active } = state;
  if (
    canary !== null &&
    inCanary(state.policyId, subjectKeyOf(canary.version, request, context), canary.shareBasisPoints)
  )
    return { policy: canary.version, stage: "canary", binding: "active", state };
  return active === null ? undefined : { policy: active, stage: "active", binding: "active", state };
}

function pinned(state: PolicyState, number: number): Applicable | undefined {
  const policy = state.pinnable.has(number) ? state.versions.get(number) : undefined;
  if (policy === undefined) return undefined;
  const stage: Stage =
    state.active?.version === number
      ? "active"
      : state.canary?.version.version === number
        ? "canary"
        : state.shadows.includes(policy)
          ? "shadow"
          : "retired";
  return { policy, stage, binding: "pinned", state };
}

function breadth({ policy }: Applicable): number {
  return { process: 0, domain: 1, organisation: 2 }[policy.manifest.scope];
}

function refuse(code: string, message: string): Resolution {
  return { ok: false, verdict: denial(code, message) };
}
