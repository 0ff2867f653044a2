/**
 * Permits: short-lived signed tokens over the exact arguments. Whoever is about to cause the effect checks the permit
 * against what it is about to send; using it is single (register in `sql/permits.ts`), so that what was judged and
 * what runs are the same bytes. Study §5.5.
 */
import { canonicalHash } from "../audit/canonical.ts";
import { type KeyRing, type Signer, verifySignature } from "../audit/signer.ts";
import type { Action, ActionRequest, Constraint, EpochMs, JsonRecord, PolicyUse } from "../types.ts";

export const permitType = "interlock-permit+jwt";
const noConstraintsHash = canonicalHash([]);

export interface PermitContent {
  readonly decisionId: string;
  readonly actionType: string;
  readonly audience: string;
  readonly argsHash: string;
  readonly expiresAt: EpochMs;
}

export type PermitCheck =
  | { readonly ok: true; readonly permit: PermitContent }
  | { readonly ok: false; readonly reasonCode: string; readonly message: string };

/** Who may redeem it: the tool when the action names one, else its target, else its type. */
export function permitAudience(action: Pick<Action, "toolRef" | "target" | "type">): string {
  return action.toolRef ?? action.target ?? action.type;
}

export function issuePermit(
  signer: Signer,
  request: ActionRequest,
  decision: {
    readonly decisionId: string;
    readonly argsHash: string;
    readonly constraints: readonly Constraint[];
    readonly policies: readonly PolicyUse[];
    readonly expiresAt: EpochMs;
  },
): string {
  return signer.sign(permitType, {
    iss: "interlock",
    aud: permitAudience(request.action),
    act: request.action.type,
    jti: decision.decisionId,
    sub: request.agent?.id ?? request.actor.id,
    argsHash: decision.argsHash,
    constraintsHash: decision.constraints.length === 0 ? noConstraintsHash : canonicalHash(decision.constraints),
    policies: decision.policies.map(({ policyId, version, contentHash }) => `${policyId}@${version}#${contentHash}`),
    iat: Math.floor(request.now / 1000),
    exp: Math.ceil(decision.expiresAt / 1000),
  });
}

/** Checks everything but the single use. */
export function checkPermit(
  token: string,
  expected: { readonly actionType: string; readonly audience?: string; readonly args: JsonRecord },
  ring: KeyRing,
  now: EpochMs,
): PermitCheck {
  const signature = verifySignature(token, permitType, ring);
  if (!signature.ok) return refuse("PERMIT_INVALID", signature.reason);
  const { jti, act, aud, argsHash, exp } = signature.payload;
  if (
    typeof jti !== "string" ||
    typeof act !== "string" ||
    typeof aud !== "string" ||
    typeof argsHash !== "string" ||
    typeof exp !== "number"
  )
    return refuse("PERMIT_INVALID", "Expected the claims jti, act, aud, argsHash and exp");
  if (act !== expected.actionType)
    return refuse("PERMIT_OTHER_ACTION", `Expected a permit for ${expected.actionType}, but it is for ${act}`);
  if (expected.audience !== undefined && aud !== expected.audience)
    return refuse("PERMIT_OTHER_AUDIENCE", `Expected a permit for ${expected.audience}, but it is for ${aud}`);
  if (now >= exp * 1000) return refuse("PERMIT_EXPIRED", "Expected a valid permit, but it has expired");
  if (canonicalHash(expected.args) !== argsHash)
    return refuse("PERMIT_ARGS_CHANGED", "Expected the permitted arguments, but they are different");
  return { ok: true, permit: { decisionId: jti, actionType: act, audience: aud, argsHash, expiresAt: exp * 1000 } };
}

function refuse(reasonCode: string, message: string): PermitCheck {
  return { ok: false, reasonCode, message };
}
