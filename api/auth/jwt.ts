/**
 * JWT bearer tokens of one configured issuer (RFC 7519, RFC 9068), checked against its published keys. Only asymmetric
 * algorithms: with a symmetric one, whoever knows the public key could sign. Key addresses inside a token (jku, x5u) are
 * ignored; issuer, audience and expiry must be there and right, with a minute for clocks that differ.
 */
import { createRemoteJWKSet, jwtVerify } from "jose";
import type { OidcSettings } from "../config.ts";
import type { Caller } from "./caller.ts";
import { permissionsOf } from "./permissions.ts";

export interface JwtVerifier {
  /** Undefined when the token is not valid, for whatever reason. */
  verify(token: string): Promise<Caller | undefined>;
}

const algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];

export function openJwtVerifier(settings: OidcSettings): JwtVerifier {
  let keys: ReturnType<typeof createRemoteJWKSet> | undefined;
  return {
    async verify(token) {
      try {
        keys ??= createRemoteJWKSet(new URL(await jwksAddress(settings.issuer)), {
          cooldownDuration: 30_000,
          timeoutDuration: 5_000,
        });
        const { payload } = await jwtVerify(token, keys, {
          issuer: settings.issuer,
          audience: settings.audience,
          algorithms,
          clockTolerance: 60,
          requiredClaims: ["exp", "sub"],
          maxTokenAge: "1 day",
        });
        return callerOfClaims(payload, settings);
      } catch {
        return undefined;
      }
    },
  };
}

/** OpenID Connect Discovery 1.0 §4. */
async function jwksAddress(issuer: string): Promise<string> {
  const response = await fetch(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`, {
    signal: AbortSignal.timeout(5_000),
    redirect: "error",
  });
  const document = (await response.json()) as { jwks_uri?: unknown; issuer?: unknown };
  if (document.issuer !== issuer || typeof document.jwks_uri !== "string")
    throw new Error("Expected the issuer's discovery document to name itself and its keys, but it does not.");
  return document.jwks_uri;
}

export function callerOfClaims(claims: Readonly<Record<string, unknown>>, settings: OidcSettings): Caller {
  const roles = list(claims[settings.rolesClaim]);
  const isClient = claims.client_id !== undefined && claims.client_id === claims.sub;
  return {
    id: text(claims.preferred_username) ?? text(claims.client_id) ?? text(claims.sub) ?? "unknown",
    name: text(claims.name) ?? null,
    email: text(claims.email) ?? null,
    type: isClient ? (roles.includes("agent") ? "agent" : "service") : "human",
    groups: list(claims[settings.groupsClaim]),
    roles,
    permissions: permissionsOf(roles),
    tenantIds: ["<default>"],
    method: "jwt",
  };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" && value.length <= 256 ? value : undefined;
}

function list(value: unknown): string[] {
  if (typeof value === "string") return value.split(/[ ,]+/).filter((word) => word !== "");
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];
}
