/** Signing in with an identity provider: a small one of our own, and what must not get through (S14). */
import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  type JWTPayload,
  SignJWT,
  UnsecuredJWT,
} from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DirectoryStore } from "../../../store/directory.ts";
import { call, startTestServer, type TestServer } from "../server.ts";

let provider: Server;
let issuer: string;
let key: CryptoKey;
let server: TestServer;
/** What the provider remembers of the authorisation request, and what its token endpoint was told. */
let asked: URLSearchParams;
let exchanged: URLSearchParams;
let claims: Record<string, unknown> = {};
const usedCodes = new Set<string>();
/** An ID token in place of the right one. */
let forged: string | undefined;

beforeAll(async () => {
  const pair = await generateKeyPair("RS256", { extractable: true });
  key = pair.privateKey;
  const jwk = await exportJWK(pair.publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  provider = createServer(async (request, response) => {
    const url = new URL(request.url!, issuer);
    response.setHeader("content-type", "application/json");
    if (url.pathname === "/.well-known/openid-configuration") {
      response.end(
        JSON.stringify({
          issuer,
          authorization_endpoint: `${issuer}/authorize`,
          token_endpoint: `${issuer}/token`,
          jwks_uri: `${issuer}/jwks`,
          response_types_supported: ["code"],
          id_token_signing_alg_values_supported: ["RS256"],
          subject_types_supported: ["public"],
        }),
      );
    } else if (url.pathname === "/jwks") {
      response.end(JSON.stringify({ keys: [{ ...jwk, kid, alg: "RS256", use: "sig" }] }));
    } else {
      let text = "";
      for await (const chunk of request) text += chunk;
      exchanged = new URLSearchParams(text);
      // As RFC 7636 §4.6 and RFC 6749 §4.1.2 ask of every provider.
      const challenge = createHash("sha256")
        .update(exchanged.get("code_verifier") ?? "")
        .digest("base64url");
      if (challenge !== asked.get("code_challenge") || usedCodes.has(exchanged.get("code")!)) {
        response.statusCode = 400;
        response.end(JSON.stringify({ error: "invalid_grant" }));
        return;
      }
      usedCodes.add(exchanged.get("code")!);
      const now = Math.floor(Date.now() / 1000);
      const id = await new SignJWT({
        sub: "u-7",
        preferred_username: "ann",
        name: "Ann",
        roles: ["operator"],
        groups: ["clerks"],
        nonce: asked.get("nonce"),
        ...claims,
      })
        .setProtectedHeader({ alg: "RS256", kid })
        .setIssuer(issuer)
        .setAudience("interlock-app")
        .setIssuedAt(now)
        .setExpirationTime(now + 300)
        .sign(key);
      response.end(JSON.stringify({ access_token: "opaque", token_type: "bearer", id_token: forged ?? id }));
    }
  });
  await new Promise<void>((resolve) => provider.listen(0, "127.0.0.1", resolve));
  issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`;
  server = await startTestServer({
    environment: {
      AUTHENTICATION: "oidc",
      OIDC_ISSUER: issuer,
      OIDC_AUDIENCE: "interlock",
      OIDC_CLIENT_ID: "interlock-app",
      OIDC_CLIENT_SECRET: "secret",
    },
  });
});
afterAll(async () => {
  await server?.close();
  provider?.close();
});

async function begin(): Promise<{ cookie: string }> {
  const response = await fetch(`${server.url}/auth/oidc/login`, { redirect: "manual" });
  expect(response.status).toBe(302);
  const location = new URL(response.headers.get("location")!);
  expect(location.origin).toBe(issuer);
  asked = location.searchParams;
  return { cookie: response.headers.get("set-cookie")!.split(";", 1)[0]! };
}

function comeBack(query: Record<string, string>, cookie: string): Promise<Response> {
  return fetch(`${server.url}/auth/oidc/callback?${new URLSearchParams(query)}`, {
    redirect: "manual",
    headers: { cookie },
  });
}

function idClaims(more: JWTPayload): JWTPayload {
  const now = Math.floor(Date.now() / 1000);
  const usual = { sub: "u-7", preferred_username: "ann", roles: ["operator"], iss: issuer, aud: "interlock-app" };
  return { ...usual, nonce: asked.get("nonce")!, iat: now, exp: now + 300, ...more };
}

function idToken(more: JWTPayload): Promise<string> {
  return new SignJWT(idClaims(more)).setProtectedHeader({ alg: "RS256" }).sign(key);
}

describe("signing in with an identity provider (S14)", () => {
  it("asks with PKCE, state and nonce, and ends in a session with the provider's roles", async () => {
    const { cookie } = await begin();
    expect(Object.fromEntries(asked)).toMatchObject({
      response_type: "code",
      client_id: "interlock-app",
      code_challenge_method: "S256",
      redirect_uri: `${server.url}/auth/oidc/callback`,
    });
    const back = await comeBack({ code: "c-1", state: asked.get("state")! }, cookie);
    expect(back.status, await back.clone().text()).toBe(302);
    expect(back.headers.get("location")).toBe("/");
    expect(exchanged.get("code_verifier")).toMatch(/^[\w~.-]{43,}$/);
    const session = back.headers
      .getSetCookie()
      .find((value) => value.startsWith("__Host-interlock="))!
      .split(";", 1)[0]!;
    const me = await call(server, "GET", "/v2/authentication/me", undefined, { cookie: session });
    expect(me.json).toMatchObject({ username: "ann", displayName: "Ann", groups: ["clerks"], roles: ["operator"] });
  });

  it("is refused for an answer that this browser did not ask for", async () => {
    const { cookie } = await begin();
    expect((await comeBack({ code: "c-2", state: "forged" }, cookie)).status).toBe(401);
    expect((await comeBack({ code: "c-2", state: asked.get("state")! }, "")).status).toBe(401);
    expect((await comeBack({ error: "access_denied", state: asked.get("state")! }, cookie)).status).toBe(401);
  });

  it("is refused for a token that was made for another sign-in", async () => {
    const { cookie } = await begin();
    claims = { nonce: "of-another" };
    expect((await comeBack({ code: "c-3", state: asked.get("state")! }, cookie)).status).toBe(401);
    claims = {};
  });

  it("S14 cannot be finished twice, nor by the browser of another sign-in with a stolen code", async () => {
    const { cookie } = await begin();
    const query = { code: "c-4", state: asked.get("state")! };
    expect((await comeBack(query, cookie)).status).toBe(302);
    expect((await comeBack(query, cookie)).status).toBe(401);
    const victim = await begin();
    const stolen = { code: "c-5", state: asked.get("state")! };
    const ofVictim = asked;
    const thief = await begin();
    // The thief's browser has another state; and with the victim's state forged into it, another verifier.
    expect((await comeBack(stolen, thief.cookie)).status).toBe(401);
    const own = asked.get("state")!;
    asked = ofVictim;
    expect((await comeBack({ code: "c-5", state: own }, thief.cookie)).status).toBe(401);
    expect((await comeBack(stolen, victim.cookie)).status).toBe(302);
  });

  it.each<readonly [string, () => Promise<string> | string]>([
    ["for another client", () => idToken({ aud: "other-app" })],
    ["of another issuer", () => idToken({ iss: "https://evil.example" })],
    ["that has expired", () => idToken({ exp: Math.floor(Date.now() / 1000) - 600 })],
    ["with many audiences and another authorised party", () => idToken({ aud: ["interlock-app", "x"], azp: "x" })],
    ["without a nonce", () => idToken({ nonce: undefined })],
    ["without a signature", () => new UnsecuredJWT(idClaims({})).encode()],
    [
      "signed with the client's secret",
      () => new SignJWT(idClaims({})).setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode("secret")),
    ],
    [
      "signed with a key of nobody's",
      async () =>
        new SignJWT(idClaims({}))
          .setProtectedHeader({ alg: "RS256" })
          .sign((await generateKeyPair("RS256")).privateKey),
    ],
  ])("S14 is refused with an ID token %s", async (what, make) => {
    const { cookie } = await begin();
    forged = await make();
    try {
      expect((await comeBack({ code: `c-${what}`, state: asked.get("state")! }, cookie)).status).toBe(401);
    } finally {
      forged = undefined;
    }
  });

  it("S13 gives a session the tenants that mapping rules give for what the provider signed, as long as they do", async () => {
    const store = new DirectoryStore(server.application.database, []);
    const rule = { kind: "mappingRule", id: "sales", name: "Sales", description: null } as const;
    await store.create({ ...rule, claimName: "department", claimValue: "sales" }, Date.now());
    const member = { kind: "tenant", id: "west", memberKind: "mappingRule", memberId: "sales" } as const;
    await store.addMember(member);
    const tenantsOf = async (cookie: string): Promise<string[]> => {
      const { json, text } = await call(server, "GET", "/v2/authentication/me", undefined, { cookie });
      expect(json.tenants, text).toBeDefined();
      return json.tenants.map(({ tenantId }: { tenantId: string }) => tenantId).sort();
    };
    const signIn = async (department: string): Promise<string> => {
      claims = { department };
      try {
        const { cookie } = await begin();
        const back = await comeBack({ code: `c-${department}`, state: asked.get("state")! }, cookie);
        const session = back.headers.getSetCookie().find((value) => value.startsWith("__Host-interlock="));
        return session!.split(";", 1)[0]!;
      } finally {
        claims = {};
      }
    };
    const [seller, other] = [await signIn("sales"), await signIn("support")];
    // Memberships govern within a second.
    await expect.poll(() => tenantsOf(seller)).toEqual(["<default>", "west"]);
    expect(await tenantsOf(other)).toEqual(["<default>"]);
    await store.removeMember(member);
    await expect.poll(() => tenantsOf(seller)).toEqual(["<default>"]);
  });

  it("S14 does not become the local account that has the same name", async () => {
    claims = { preferred_username: "root" };
    const { accounts } = server.application;
    await accounts.create({
      accountId: "root",
      displayName: null,
      email: null,
      kind: "human",
      roles: ["administrator"],
      groups: [],
      tenants: ["<default>"],
      password: null,
    });
    const { cookie } = await begin();
    const back = await comeBack({ code: "c-6", state: asked.get("state")! }, cookie);
    claims = {};
    const session = back.headers
      .getSetCookie()
      .find((value) => value.startsWith("__Host-interlock="))!
      .split(";", 1)[0]!;
    const me = await call(server, "GET", "/v2/authentication/me", undefined, { cookie: session });
    expect(me.json).toMatchObject({ username: "root", roles: ["operator"] });
    expect((await call(server, "GET", "/auth/accounts", undefined, { cookie: session })).status).toBe(403);
  });

  it("is offered where it is configured", async () => {
    expect((await call(server, "GET", "/auth/methods")).json).toEqual({ password: false, provider: true, none: false });
  });
});
