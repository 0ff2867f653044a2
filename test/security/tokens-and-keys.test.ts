/**
 * S14: bearer tokens against a real issuer on this machine, over HTTP. One good token, and everything that must be
 * nobody's: wrong algorithms, keys, claims, times and places; rotation and outage of the issuer's keys.
 */
import { KeyObject, sign } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  type CryptoKey,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWK,
  type JWTPayload,
  SignJWT,
  UnsecuredJWT,
} from "jose";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { openJwtVerifier } from "../../api/auth/jwt.ts";
import { readSettings } from "../../api/config.ts";
import { call, startTestServer, type TestServer } from "../api/server.ts";
import { everything } from "../contract/models.ts";

let issuerServer: Server;
let issuer: string;
let server: TestServer;
/** What the issuer publishes, how it answers, and what it was asked. */
let published: JWK[] = [];
let isAway = false;
let asked: string[] = [];
const keys = new Map<string, { readonly key: CryptoKey; readonly jwk: JWK }>();
let publicPem: string;

async function makeKey(kid: string, alg: string): Promise<void> {
  const pair = await generateKeyPair(alg, { extractable: true });
  keys.set(kid, { key: pair.privateKey, jwk: { ...(await exportJWK(pair.publicKey)), kid, alg, use: "sig" } });
  if (kid === "rsa") publicPem = await exportSPKI(pair.publicKey);
}

beforeAll(async () => {
  for (const [kid, alg] of [
    ["rsa", "RS256"],
    ["ec", "ES256"],
    ["ed", "EdDSA"],
    ["pss", "PS256"],
    ["new", "RS256"],
    ["foreign", "RS256"],
  ] as const)
    await makeKey(kid, alg);
  published = ["rsa", "ec", "ed", "pss"].map((kid) => keys.get(kid)!.jwk);
  issuerServer = createServer((request, response) => {
    asked.push(request.url!);
    response.setHeader("content-type", "application/json");
    if (isAway) {
      response.statusCode = 503;
      response.end("{}");
    } else if (request.url === "/jwks") response.end(JSON.stringify({ keys: published }));
    else if (request.url === "/.well-known/openid-configuration")
      response.end(JSON.stringify({ issuer, jwks_uri: `${issuer}/jwks` }));
    else response.end(JSON.stringify({ keys: [keys.get("foreign")!.jwk] }));
  });
  await new Promise<void>((resolve) => issuerServer.listen(0, "127.0.0.1", resolve));
  issuer = `http://127.0.0.1:${(issuerServer.address() as AddressInfo).port}`;
  server = await startTestServer({
    environment: {
      AUTHENTICATION: "oidc,token",
      TRUST_PROXY: "1",
      OIDC_ISSUER: issuer,
      OIDC_AUDIENCE: "interlock",
      OIDC_ROLES_CLAIM: "realm_access.roles",
      OIDC_GROUPS_CLAIM: "https://example.org/groups",
      OIDC_TENANTS_CLAIM: "tenants",
      OIDC_AUTHORIZED_PARTIES: "shop,console",
    },
  });
}, 240_000);
afterEach(() => {
  vi.useRealTimers();
  isAway = false;
  asked = [];
});
afterAll(async () => {
  await server?.close();
  issuerServer?.close();
});

const now = () => Math.floor(Date.now() / 1000);
const usual = (): JWTPayload => ({
  sub: "u-1",
  preferred_username: "ann",
  azp: "shop",
  realm_access: { roles: ["operator"] },
  "https://example.org/groups": ["clerks"],
  tenants: ["north"],
  iss: issuer,
  aud: "interlock",
  iat: now(),
  exp: now() + 300,
});

interface Forged {
  readonly claims?: JWTPayload;
  readonly header?: Record<string, unknown>;
  /** Which private key signs; default "rsa". */
  readonly by?: string;
}

function token({ claims = {}, header = {}, by = "rsa" }: Forged = {}): Promise<string> {
  const { key, jwk } = keys.get(by)!;
  return new SignJWT({ ...usual(), ...claims }).setProtectedHeader({ alg: jwk.alg!, kid: by, ...header }).sign(key);
}

/** Each from an address of its own: the brake on guessing has its own tests. */
let callers = 0;
const me = (bearer: string) =>
  call(server, "GET", "/v2/authentication/me", undefined, {
    authorization: `Bearer ${bearer}`,
    "x-forwarded-for": `10.0.${callers >> 8}.${callers++ & 255}`,
  });

/** A token whose parts were changed after it was signed. */
async function changed(index: 0 | 1 | 2, change: (part: string) => string): Promise<string> {
  const parts = (await token()).split(".");
  return parts.map((part, at) => (at === index ? change(part) : part)).join(".");
}
/** Rightly signed, with a header that no library would sign. */
function signedByHand(header: { readonly alg: string } & Readonly<Record<string, unknown>>): string {
  const text = `${part(header)}.${part(usual())}`;
  const hash = header.alg === "RS512" ? "sha512" : "sha256";
  return `${text}.${sign(hash, Buffer.from(text), KeyObject.from(keys.get("rsa")!.key)).toString("base64url")}`;
}
const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("a token of the configured issuer", () => {
  it.each(["rsa", "ec", "ed", "pss"])(
    "S14 signed with the key %s is its subject, with roles, groups and tenants of its claims",
    async (by) => {
      const { status, json, text } = await me(await token({ by }));
      expect(status, text).toBe(200);
      expect(json).toMatchObject({
        username: "ann",
        groups: ["clerks"],
        roles: ["operator"],
        tenants: [expect.objectContaining({ tenantId: "north" })],
      });
    },
  );

  it("S14 of a client is a service or an agent, not a person", async () => {
    const own = verifier();
    const claims = { sub: "robot", client_id: "robot", preferred_username: undefined, azp: undefined };
    expect(await own.verify(await token({ claims: { ...claims, roles: ["agent"] } }))).toMatchObject({
      id: "robot",
      type: "agent",
    });
    expect(await own.verify(await token({ claims }))).toMatchObject({
      id: "robot",
      type: "service",
      tenantIds: ["<default>"],
    });
  });

  it("S14 is taken within a minute of clocks that differ, not beyond", async () => {
    expect((await me(await token({ claims: { exp: now() - 30 } }))).status).toBe(200);
    expect((await me(await token({ claims: { nbf: now() + 30 } }))).status).toBe(200);
    expect((await me(await token({ claims: { exp: now() - 90 } }))).status).toBe(401);
    expect((await me(await token({ claims: { nbf: now() + 90 } }))).status).toBe(401);
  });

  it("S13 S14 without a claim of tenants sees nothing of any tenant, and with one only its own", async () => {
    const headers = async (claims: JWTPayload) => ({ authorization: `Bearer ${await token({ claims })}` });
    const start = (tenantId: string, who: Record<string, string>) =>
      call(server, "POST", "/v2/process-instances", { processDefinitionId: "x", tenantId }, who);
    const nobody = await headers({ tenants: undefined });
    for (const tenant of ["<default>", "north"]) expect((await start(tenant, nobody)).status).toBe(400);
    expect((await call(server, "POST", "/v2/process-instances/search", {}, nobody)).json.items).toEqual([]);
    const north = await headers({ tenants: "north south" });
    expect((await start("north", north)).status).toBe(404);
    expect((await start("west", north)).status).toBe(400);
  });
});

describe("a tenant that only memberships give", () => {
  const bearer = async (claims: JWTPayload) => ({ authorization: `Bearer ${await token({ claims })}` });
  const robot = { sub: "robot", client_id: "robot", preferred_username: undefined, azp: "shop" };
  const seen = async (who: Record<string, string>): Promise<string[]> => {
    const { json, text } = await call(server, "POST", "/v2/process-instances/search", {}, who);
    expect(json.items, text).toBeDefined();
    return json.items.map(({ tenantId }: { tenantId: string }) => tenantId);
  };

  it("S13 is seen by whom a claim of their token or an assignment of their client puts into it, by nobody else, and no longer when that is taken back", async () => {
    const admin = await bearer({ realm_access: { roles: ["administrator"] }, tenants: ["west", "east"] });
    const does = async (method: string, path: string, body?: unknown): Promise<void> => {
      const answer = await call(server, method, path, body, admin);
      expect(answer.status, `${method} ${path}: ${answer.text}`).toBeLessThan(300);
    };
    for (const tenantId of ["west", "east"]) {
      await does("POST", "/v2/tenants", { tenantId, name: tenantId });
      const form = new FormData();
      form.append("resources", new Blob([everything["sleeper.bpmn"]!]), "sleeper.bpmn");
      form.append("tenantId", tenantId);
      await does("POST", "/v2/deployments", form);
      await does("POST", "/v2/process-instances", { processDefinitionId: "sleeper", tenantId });
    }
    const rule = { mappingRuleId: "sales", name: "Sales", claimName: "department", claimValue: "sales" };
    await does("POST", "/v2/mapping-rules", rule);
    await does("PUT", "/v2/tenants/west/mapping-rules/sales");
    await does("PUT", "/v2/tenants/east/clients/robot");

    const none = { tenants: [] };
    const seller = await bearer({ ...none, department: "sales" });
    const sellerOfMany = await bearer({ ...none, department: ["support", "sales"] });
    const program = await bearer({ ...robot, ...none });
    for (const [who, tenants] of [
      [seller, ["west"]],
      [sellerOfMany, ["west"]],
      [program, ["east"]],
      [await bearer({ ...robot, ...none, department: "sales" }), ["east", "west"]],
      [await bearer({ ...none, department: "salesman" }), []],
      [await bearer({ ...none, department: { sales: "sales" } }), []],
      [await bearer({ ...none, "department.sales": "sales" }), []],
      // A person whose name is that of the program.
      [await bearer({ ...none, preferred_username: "robot" }), []],
      [await bearer({ tenants: ["north"] }), []],
    ] as const)
      expect((await seen(who)).sort()).toEqual(tenants);

    await does("DELETE", "/v2/tenants/west/mapping-rules/sales");
    await does("DELETE", "/v2/tenants/east/clients/robot");
    for (const who of [seller, sellerOfMany, program]) expect(await seen(who)).toEqual([]);
  });
});

describe("a bearer token", () => {
  it.each<readonly [string, () => Promise<string> | string]>([
    ["alg none", () => new UnsecuredJWT(usual()).encode()],
    ["alg none in capitals", async () => changed(0, () => part({ alg: "NONE", kid: "rsa" }))],
    ["alg none and the old signature", async () => changed(0, () => part({ alg: "none" }))],
    [
      "HS256 over the public key",
      () =>
        new SignJWT(usual()).setProtectedHeader({ alg: "HS256", kid: "rsa" }).sign(new TextEncoder().encode(publicPem)),
    ],
    [
      "HS512 over the public key's modulus",
      () =>
        new SignJWT(usual())
          .setProtectedHeader({ alg: "HS512", kid: "rsa" })
          .sign(Buffer.from(keys.get("rsa")!.jwk.n!, "base64url")),
    ],
    ["the algorithm of another key", async () => changed(0, () => part({ alg: "ES256", kid: "ec" }))],
    ["RS512 where the key is for RS256", () => signedByHand({ alg: "RS512", kid: "rsa" })],
    ["no algorithm", async () => changed(0, () => part({ kid: "rsa" }))],
    ["a key of nobody's under a published name", () => token({ by: "foreign", header: { kid: "rsa" } })],
    ["a key name that is not published", () => token({ by: "foreign" })],
    ["a key name that walks through folders", () => token({ by: "foreign", header: { kid: "../../../../dev/null" } })],
    ["a key name with SQL in it", () => token({ by: "foreign", header: { kid: "rsa' or '1'='1" } })],
    ["a key address of its own (jku)", () => token({ by: "foreign", header: { jku: `${issuer}/stolen` } })],
    ["a certificate address of its own (x5u)", () => token({ by: "foreign", header: { x5u: `${issuer}/stolen` } })],
    ["a key in its header (jwk)", () => token({ by: "foreign", header: { jwk: keys.get("foreign")!.jwk } })],
    [
      "a critical header that nobody knows",
      () => signedByHand({ alg: "RS256", kid: "rsa", crit: ["exp-policy"], "exp-policy": 1 }),
    ],
    ["another issuer", () => token({ claims: { iss: "https://evil.example" } })],
    ["the issuer with a slash more", () => token({ claims: { iss: `${issuer}/` } })],
    ["no issuer", () => token({ claims: { iss: undefined } })],
    ["another audience", () => token({ claims: { aud: "somebody-else" } })],
    ["only other audiences", () => token({ claims: { aud: ["a", "b"] } })],
    ["no audience", () => token({ claims: { aud: undefined } })],
    ["another authorised party", () => token({ claims: { azp: "games" } })],
    ["no authorised party", () => token({ claims: { azp: undefined } })],
    ["an authorised party that is a list", () => token({ claims: { azp: ["shop"] } as unknown as JWTPayload })],
    ["an expiry in the past", () => token({ claims: { exp: now() - 120 } })],
    ["no expiry", () => token({ claims: { exp: undefined } })],
    ["an expiry that is a text", () => token({ claims: { exp: "never" } as unknown as JWTPayload })],
    [
      "an expiry in a hundred years, issued long ago",
      () => token({ claims: { iat: now() - 90_000, exp: now() + 3_000_000_000 } }),
    ],
    [
      "no date of issue, so that its age is not known",
      () => token({ claims: { iat: undefined, exp: now() + 3_000_000_000 } }),
    ],
    ["a date of issue in the future", () => token({ claims: { iat: now() + 3_600, exp: now() + 7_200 } })],
    ["a beginning in the future", () => token({ claims: { nbf: now() + 600 } })],
    ["no subject", () => token({ claims: { sub: undefined } })],
    [
      "claims changed after signing",
      async () => changed(1, () => part({ ...usual(), realm_access: { roles: ["administrator"] } })),
    ],
    ["a signature cut short", async () => changed(2, (old) => old.slice(0, -8))],
    ["no signature", async () => changed(2, () => "")],
    ["five parts, as if it were encrypted", async () => `${await token()}.a.b`],
    ["garbage", () => "a.b.c"],
    ["the prefix of an API token", () => "ilk_"],
    ["a hundred thousand letters", () => "a".repeat(12_000)],
  ])("S14 with %s is nobody's", async (_, make) => {
    const { status, json } = await me(await make());
    expect(status).toBe(401);
    // Why is for the issuer's log, not for who is guessing.
    expect(json.detail).toBe("Expected valid credentials, but there are none.");
    expect(asked).not.toContain("/stolen");
  });

  it("S14 does not become another caller by what its claims are named", async () => {
    const claims = {
      realm_access: { roles: ["operator", "__proto__", "constructor", "god"] },
      tenants: ["north", "a\u001fsouth", "../x", ""],
    };
    const { json } = await me(await token({ claims }));
    expect(json.tenants.map((tenant: { tenantId: string }) => tenant.tenantId)).toEqual(["north"]);
    const accounts = await call(server, "GET", "/auth/accounts", undefined, {
      authorization: `Bearer ${await token({ claims })}`,
    });
    expect(accounts.status).toBe(403);
    expect((Object.prototype as Record<string, unknown>).operator).toBeUndefined();
  });
});

/** A verifier of its own, so that its memory of keys begins empty. */
const verifier = () => {
  const { oidc } = readSettings({
    AUTHENTICATION: "oidc",
    OIDC_ISSUER: issuer,
    OIDC_AUDIENCE: "interlock",
    HOST: "127.0.0.1",
  });
  return openJwtVerifier(oidc!);
};
const later = (ms: number) => vi.setSystemTime(Date.now() + ms);

describe("the issuer's keys", () => {
  it("S14 change: a new one is taken, one that is no longer published is not, and made-up names are not looked up each time", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const own = verifier();
    const withKey = (kid: string) => token({ by: kid, claims: { azp: undefined } });
    expect(await own.verify(await withKey("rsa"))).toMatchObject({ id: "ann" });
    published = [keys.get("new")!.jwk];
    try {
      expect(await own.verify(await withKey("new"))).toBeUndefined();
      later(31_000);
      expect(await own.verify(await withKey("new"))).toMatchObject({ id: "ann" });
      expect(await own.verify(await withKey("rsa"))).toBeUndefined();
      asked = [];
      for (let index = 0; index < 50; index++)
        expect(await own.verify(await token({ by: "foreign", header: { kid: `made-up-${index}` } }))).toBeUndefined();
      expect(asked.length).toBeLessThanOrEqual(1);
    } finally {
      published = ["rsa", "ec", "ed", "pss"].map((kid) => keys.get(kid)!.jwk);
    }
  });

  it("S14 are away: nobody new is let in, known keys last ten minutes, and the server recovers by itself", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const own = verifier();
    isAway = true;
    const good = () => token({ claims: { azp: undefined } });
    expect(await own.verify(await good())).toBeUndefined();
    for (let index = 0; index < 20; index++) await own.verify(await good());
    // An issuer in trouble is not asked once a token.
    expect(asked.length).toBe(1);
    isAway = false;
    later(6_000);
    expect(await own.verify(await good())).toMatchObject({ id: "ann" });
    isAway = true;
    later(60_000);
    expect(await own.verify(await good())).toMatchObject({ id: "ann" });
    later(11 * 60_000);
    expect(await own.verify(await good())).toBeUndefined();
  });

  it("S14 S10 are not fetched from where a discovery document of somebody else points", async () => {
    const { oidc } = readSettings({
      AUTHENTICATION: "oidc",
      OIDC_ISSUER: `${issuer}/other`,
      OIDC_AUDIENCE: "interlock",
    });
    expect(await openJwtVerifier(oidc!).verify(await token({ claims: { iss: `${issuer}/other` } }))).toBeUndefined();
    expect(asked).not.toContain("/jwks");
  });
});
