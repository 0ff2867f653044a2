/** JWT bearer tokens: one good case, and everything that must not pass (S14). */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openJwtVerifier } from "../../../api/auth/jwt.ts";

let issuerServer: Server;
let issuer: string;
let good: CryptoKey;
let publicPem: string;
let foreign: CryptoKey;
const settings = () => ({
  issuer,
  audience: "interlock",
  clientId: undefined,
  clientSecret: undefined,
  rolesClaim: "roles",
  groupsClaim: "groups",
  tenantsClaim: undefined,
  authorizedParties: undefined,
});

beforeAll(async () => {
  const pair = await generateKeyPair("RS256", { extractable: true });
  good = pair.privateKey;
  publicPem = await exportSPKI(pair.publicKey);
  foreign = (await generateKeyPair("RS256")).privateKey;
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: "k1", alg: "RS256", use: "sig" };
  issuerServer = createServer((request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(request.url === "/jwks" ? { keys: [jwk] } : { issuer, jwks_uri: `${issuer}/jwks` }));
  });
  await new Promise<void>((resolve) => issuerServer.listen(0, "127.0.0.1", resolve));
  issuer = `http://127.0.0.1:${(issuerServer.address() as AddressInfo).port}`;
});
afterAll(() => void issuerServer?.close());

function token(
  claims: JWTPayload = {},
  key: CryptoKey | Uint8Array = good,
  header: Record<string, unknown> = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({
    sub: "u-1",
    preferred_username: "ann",
    roles: ["operator"],
    groups: ["clerks"],
    iss: issuer,
    aud: "interlock",
    iat: now,
    exp: now + 300,
    ...claims,
  })
    .setProtectedHeader({ alg: "RS256", kid: "k1", ...header })
    .sign(key);
}

const now = () => Math.floor(Date.now() / 1000);

describe("a JWT", () => {
  it("of the issuer, for this server, in its time makes a caller with its roles and groups", async () => {
    const caller = await openJwtVerifier(settings()).verify(await token());
    expect(caller).toMatchObject({ id: "ann", type: "human", groups: ["clerks"], roles: ["operator"], method: "jwt" });
    expect(caller!.permissions.has("instance:start")).toBe(true);
    expect(caller!.permissions.has("user:administer")).toBe(false);
  });

  it("of a client is a service or an agent, not a person", async () => {
    const caller = await openJwtVerifier(settings()).verify(
      await token({ sub: "robot", client_id: "robot", preferred_username: undefined, roles: ["agent"] }),
    );
    expect(caller).toMatchObject({ id: "robot", type: "agent" });
  });

  it.each([
    ["another key", () => token({}, foreign)],
    ["another issuer", () => token({ iss: "https://evil.example" })],
    ["another audience", () => token({ aud: "somebody-else" })],
    ["no audience", () => token({ aud: undefined })],
    ["an expiry in the past", () => token({ exp: now() - 120 })],
    ["no expiry", () => token({ exp: undefined })],
    ["a beginning in the future", () => token({ nbf: now() + 600 })],
    ["no subject", () => token({ sub: undefined })],
    ["an age of years", () => token({ iat: now() - 90_000_000, exp: now() + 90_000_000 })],
    [
      "no signature",
      async () => new UnsecuredJWT({ sub: "u-1", iss: issuer, aud: "interlock", exp: now() + 300 }).encode(),
    ],
    [
      "a symmetric signature with the public key",
      () => token({}, new TextEncoder().encode(publicPem), { alg: "HS256" }),
    ],
    ["a key address of its own", () => token({}, foreign, { jku: `${issuer}/jwks`, x5u: `${issuer}/x5u` })],
    ["a kid that walks through folders", () => token({}, foreign, { kid: "../../../../dev/null" })],
    ["garbage", async () => "a.b.c"],
    ["nothing", async () => ""],
  ])("with %s is nobody", async (_, make) => {
    expect(await openJwtVerifier(settings()).verify(await make())).toBeUndefined();
  });

  it("is nobody's while the issuer cannot be reached", async () => {
    const away = openJwtVerifier({ ...settings(), issuer: "http://127.0.0.1:9" });
    expect(await away.verify(await token({ iss: "http://127.0.0.1:9" }))).toBeUndefined();
  });
});
