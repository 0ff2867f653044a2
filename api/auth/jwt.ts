/**
 * JWT bearer tokens of one configured issuer (RFC 7519, RFC 9068), checked against its published keys. Only asymmetric
 * algorithms: with a symmetric one, whoever knows the public key could sign. Key addresses inside a token (jku, x5u) are
 * ignored; issuer, audience and expiry must be there and right, with a minute for clocks that differ.
 */
import { createRemoteJWKSet, jwtVerify } from "jose";
import type { OidcSettings } from "../config.ts";
import type { Caller } from "./caller.ts";
import { callerOfClaims, isAuthorizedParty } from "./claims.ts";

export interface JwtVerifier {
  /** Undefined when the token is not valid, for whatever reason. */
  verify(token: string): Promise<Caller | undefined>;
}

/** An issuer that is away is asked again after this, not once a token. */
const retryMs = 5_000;
const algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];

export function openJwtVerifier(settings: OidcSettings): JwtVerifier {
  let discovered: { readonly keys: Promise<ReturnType<typeof createRemoteJWKSet>>; readonly at: number } | undefined;
  let isFound = false;
  const keySet = (): Promise<ReturnType<typeof createRemoteJWKSet>> => {
    if (discovered === undefined || (!isFound && Date.now() - discovered.at > retryMs)) {
      const keys = jwksAddress(settings.issuer).then((address) => {
        isFound = true;
        // Keys that the issuer no longer publishes are taken for ten minutes at most; a new one is looked up at once, at
        // most every half minute, so that made-up key ids do not become requests.
        return createRemoteJWKSet(new URL(address), {
          cooldownDuration: 30_000,
          cacheMaxAge: 600_000,
          timeoutDuration: 5_000,
        });
      });
      discovered = { keys, at: Date.now() };
    }
    return discovered.keys;
  };
  return {
    async verify(token) {
      try {
        const { payload } = await jwtVerify(token, await keySet(), {
          issuer: settings.issuer,
          audience: settings.audience,
          algorithms,
          clockTolerance: 60,
          requiredClaims: ["exp", "sub"],
          maxTokenAge: "1 day",
        });
        return isAuthorizedParty(payload, settings) ? callerOfClaims(payload, settings) : undefined;
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
