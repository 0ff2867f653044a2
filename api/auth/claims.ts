/** From the claims of an identity provider to a caller: who it is, its roles, groups and tenants, by configured names. */
import type { OidcSettings } from "../config.ts";
import type { Caller } from "./caller.ts";
import { permissionsOf } from "./permissions.ts";

type Claims = Readonly<Record<string, unknown>>;

const wordsMax = 200;
/** What accounts may have as tenants; anything else in a claim is nobody's tenant. */
const tenantForm = /^(<default>|[A-Za-z0-9_.@+-]{1,256})$/;

export function callerOfClaims(claims: Claims, settings: OidcSettings): Caller {
  const roles = words(claims, settings.rolesClaim);
  const isClient = claims.client_id !== undefined && claims.client_id === claims.sub;
  return {
    id: text(claims.preferred_username) ?? text(claims.client_id) ?? text(claims.sub) ?? "unknown",
    name: text(claims.name) ?? null,
    email: text(claims.email) ?? null,
    type: isClient ? (roles.includes("agent") ? "agent" : "service") : "human",
    groups: words(claims, settings.groupsClaim),
    roles,
    permissions: permissionsOf(roles),
    tenantIds:
      settings.tenantsClaim === undefined
        ? ["<default>"]
        : words(claims, settings.tenantsClaim).filter((name) => tenantForm.test(name)),
    method: "jwt",
    isForeign: true,
    claims,
  };
}

/** A token that another client of the same issuer got for itself is not one for this server (RFC 9700 §2.3). */
export function isAuthorizedParty(claims: Claims, { authorizedParties }: OidcSettings): boolean {
  const party = claims.azp ?? claims.client_id;
  return authorizedParties === undefined || (typeof party === "string" && authorizedParties.includes(party));
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" && value.length <= 256 ? value : undefined;
}

/** The words of a claim: an array of texts, or one text with blanks or commas. */
function words(claims: Claims, name: string): string[] {
  const value = claimNamed(claims, name);
  const all = typeof value === "string" ? value.split(/[ ,]+/) : Array.isArray(value) ? value : [];
  return [...new Set(all.filter((word): word is string => text(word) !== undefined))].slice(0, wordsMax);
}

/** By its name as it is, which may hold dots (names are often URLs); else as a path into objects. */
function claimNamed(claims: Claims, name: string): unknown {
  if (Object.hasOwn(claims, name)) return claims[name];
  let value: unknown = claims;
  for (const step of name.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Claims)[step];
  }
  return value;
}
