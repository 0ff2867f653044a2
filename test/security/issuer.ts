/** An identity provider on this machine: publishes one key, and signs whatever claims a test asks for. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";

export interface Issuer {
  /** Settings of a server that trusts it, with tenants and roles as claims. */
  readonly environment: Readonly<Record<string, string>>;
  /** Headers of who has these claims. */
  as(claims: JWTPayload): Promise<Readonly<Record<string, string>>>;
  close(): void;
}

export async function startIssuer(): Promise<Issuer> {
  const { privateKey, publicKey } = await generateKeyPair("ES256");
  const jwk = { ...(await exportJWK(publicKey)), kid: "one", alg: "ES256", use: "sig" };
  const server = createServer((request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(request.url === "/jwks" ? { keys: [jwk] } : { issuer, jwks_uri: `${issuer}/jwks` }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    environment: { OIDC_ISSUER: issuer, OIDC_AUDIENCE: "interlock", OIDC_TENANTS_CLAIM: "tenants" },
    async as(claims) {
      const token = await new SignJWT({ sub: "somebody", ...claims })
        .setProtectedHeader({ alg: "ES256", kid: "one" })
        .setIssuer(issuer)
        .setAudience("interlock")
        .setIssuedAt()
        .setExpirationTime("5 minutes")
        .sign(privateKey);
      return { authorization: `Bearer ${token}` };
    },
    close: () => void server.close(),
  };
}
