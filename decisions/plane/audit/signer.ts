/**
 * Signatures: Ed25519, JWS compact serialisation (RFC 7515, RFC 8037), key ids are RFC 7638 thumbprints.
 * Synchronous node:crypto (37 µs a signature) because permits are issued inside the engine's step.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { InvalidInputError } from "../errors.ts";
import type { JsonRecord } from "../types.ts";
import { canonicalJson, sha256 } from "./canonical.ts";

/** A public key as in a JWKS. */
export interface PublicKey {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly x: string;
  readonly kid: string;
  readonly alg: "EdDSA";
  readonly use: "sig";
}

export interface Signer {
  readonly key: PublicKey;
  /** JWS compact serialisation of a JSON payload. `type` becomes the header's typ. */
  sign(type: string, payload: JsonRecord): string;
}

/** Keys by kid: what signatures are checked with. */
export type KeyRing = ReadonlyMap<string, KeyObject>;

/** A signer with a fresh key that lives in this process only. */
export function generateSigner(): Signer {
  return signerFrom(generateKeyPairSync("ed25519").privateKey);
}

/** A signer from a PKCS#8 PEM text, for example of an environment variable. Throws InvalidInputError when it is not Ed25519. */
export function signerFromPem(pem: string): Signer {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw new InvalidInputError("Expected the signing key as a PKCS#8 PEM text, but it cannot be read");
  }
  if (key.asymmetricKeyType !== "ed25519")
    throw new InvalidInputError(
      `Expected an Ed25519 signing key, but got ${key.asymmetricKeyType ?? "an unknown one"}`,
    );
  return signerFrom(key);
}

/** The signer kept in a file that only its owner can read; created when it is not there. */
export function signerFromFile(path: string): Signer {
  if (existsSync(path)) return signerFromPem(readFileSync(path, "utf8"));
  const { privateKey } = generateKeyPairSync("ed25519");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600, flag: "wx" });
  return signerFrom(privateKey);
}

/** Reads public keys; those that are not Ed25519 or whose kid is not their thumbprint are refused. */
export function keyRing(keys: readonly unknown[]): KeyRing {
  const ring = new Map<string, KeyObject>();
  for (const candidate of keys) {
    const { kty, crv, x, kid } = (candidate ?? {}) as Partial<PublicKey>;
    if (kty !== "OKP" || crv !== "Ed25519" || typeof x !== "string" || kid !== thumbprint(x))
      throw new InvalidInputError("Expected Ed25519 keys whose kid is their RFC 7638 thumbprint, but one is not");
    ring.set(kid, createPublicKey({ key: { kty, crv, x }, format: "jwk" }));
  }
  return ring;
}

/** The payload of a JWS whose signature holds, or why it does not. */
export function verifySignature(
  token: string,
  type: string,
  ring: KeyRing,
):
  | { readonly ok: true; readonly payload: JsonRecord; readonly kid: string }
  | { readonly ok: false; readonly reason: string } {
  const [header, payload, signature, ...rest] = token.split(".");
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0)
    return { ok: false, reason: "Expected a JWS of three parts" };
  const head = readPart(header);
  if (head === undefined || head.alg !== "EdDSA" || head.typ !== type || typeof head.kid !== "string")
    return { ok: false, reason: `Expected an EdDSA signature of type ${type}` };
  const key = ring.get(head.kid);
  if (key === undefined) return { ok: false, reason: `Expected a known key, but ${head.kid.slice(0, 64)} is not` };
  const bytes = Buffer.from(signature, "base64url");
  // Base64url has more than one text for the same bytes: only ours counts, so that no byte of a token can be changed.
  if (bytes.toString("base64url") !== signature) return { ok: false, reason: "Expected canonical base64url" };
  if (!verify(null, Buffer.from(`${header}.${payload}`), key, bytes))
    return { ok: false, reason: "The signature does not fit" };
  const body = readPart(payload);
  return body === undefined
    ? { ok: false, reason: "Expected a JSON payload" }
    : { ok: true, payload: body, kid: head.kid };
}

function signerFrom(privateKey: KeyObject): Signer {
  const { x } = createPublicKey(privateKey).export({ format: "jwk" }) as { x: string };
  const kid = thumbprint(x);
  const heads = new Map<string, string>();
  return {
    key: { kty: "OKP", crv: "Ed25519", x, kid, alg: "EdDSA", use: "sig" },
    sign(type, payload) {
      let head = heads.get(type);
      if (head === undefined) {
        head = Buffer.from(canonicalJson({ alg: "EdDSA", kid, typ: type })).toString("base64url");
        heads.set(type, head);
      }
      const input = `${head}.${Buffer.from(canonicalJson(payload)).toString("base64url")}`;
      return `${input}.${sign(null, Buffer.from(input), privateKey).toString("base64url")}`;
    },
  };
}

/** RFC 7638 §3 over the required members of an OKP key (RFC 8037 §2). */
function thumbprint(x: string): string {
  return Buffer.from(sha256(canonicalJson({ crv: "Ed25519", kty: "OKP", x })), "hex").toString("base64url");
}

function readPart(part: string): JsonRecord | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonRecord) : undefined;
  } catch {
    return undefined;
  }
}
