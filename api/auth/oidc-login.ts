/**
 * Signing in with an identity provider: authorisation code flow with PKCE, state and nonce (OpenID Connect Core 1.0 §3.1,
 * RFC 7636). What has to be remembered between the two requests travels in a short-lived cookie that only this host gets
 * back; the provider is reached over https, or over http on this machine for trying it out.
 */
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type Configuration,
  calculatePKCECodeChallenge,
  discovery,
  enableNonRepudiationChecks,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from "openid-client";
import type { Account } from "../../store/accounts.ts";
import { isLoopback, type OidcSettings } from "../config.ts";
import { callerOfClaims } from "./claims.ts";

const cookieName = "__Host-interlock-sign-in";
const minutes = 10;

export interface OidcLogin {
  /** Where to send the browser, and the cookie that it takes along. */
  begin(callback: string): Promise<{ readonly location: string; readonly cookie: string }>;
  /** The account of who came back; undefined when the answer does not belong to a sign-in that this browser began. */
  finish(callback: string, query: URLSearchParams, cookies: string | undefined): Promise<SignedIn | undefined>;
}

export interface SignedIn {
  readonly account: Account;
  /** Of its ID token. */
  readonly claims: Readonly<Record<string, unknown>>;
}

interface Remembered {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

export function openOidcLogin(settings: OidcSettings): OidcLogin | undefined {
  const { clientId, clientSecret, issuer } = settings;
  if (clientId === undefined) return undefined;
  let configured: Promise<Configuration> | undefined;
  const configuration = (): Promise<Configuration> => {
    const onThisMachine = isLoopback(new URL(issuer).hostname);
    configured ??= discovery(
      new URL(issuer),
      clientId,
      clientSecret,
      undefined,
      // The ID token's signature is checked as well, though it comes straight from the provider: TLS may end elsewhere.
      { execute: [enableNonRepudiationChecks, ...(onThisMachine ? [allowInsecureRequests] : [])] },
    );
    // A provider that was away at the first try must not be away for ever.
    configured.catch(() => {
      configured = undefined;
    });
    return configured;
  };
  return {
    async begin(callback) {
      const remembered: Remembered = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() };
      const location = buildAuthorizationUrl(await configuration(), {
        redirect_uri: callback,
        scope: "openid profile email",
        state: remembered.state,
        nonce: remembered.nonce,
        code_challenge: await calculatePKCECodeChallenge(remembered.verifier),
        code_challenge_method: "S256",
      });
      const value = Buffer.from(JSON.stringify(remembered)).toString("base64url");
      return {
        location: location.href,
        cookie: `${cookieName}=${value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=${minutes * 60}`,
      };
    },
    async finish(callback, query, cookies) {
      const remembered = rememberedOf(cookies);
      if (remembered === undefined) return undefined;
      try {
        const tokens = await authorizationCodeGrant(await configuration(), new URL(`${callback}?${query}`), {
          expectedState: remembered.state,
          expectedNonce: remembered.nonce,
          pkceCodeVerifier: remembered.verifier,
          idTokenExpected: true,
        });
        const claims = tokens.claims() ?? {};
        const caller = callerOfClaims(claims, settings);
        const account: Account = {
          accountId: caller.id,
          displayName: caller.name,
          email: caller.email,
          kind: "human",
          roles: caller.roles,
          groups: caller.groups,
          tenants: caller.tenantIds,
          disabled: false,
        };
        return { account, claims };
      } catch {
        return undefined;
      }
    },
  };
}

export const endedSignInCookie = `${cookieName}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0`;

function rememberedOf(header: string | undefined): Remembered | undefined {
  const value = new RegExp(`(?:^|;\\s*)${cookieName}=([A-Za-z0-9_-]{1,1000})`).exec(header ?? "")?.[1];
  if (value === undefined) return undefined;
  try {
    const { state, nonce, verifier } = JSON.parse(
      Buffer.from(value, "base64url").toString("utf8"),
    ) as Partial<Remembered>;
    return typeof state === "string" && typeof nonce === "string" && typeof verifier === "string"
      ? { state, nonce, verifier }
      : undefined;
  } catch {
    return undefined;
  }
}
