import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chainHash, createChain, genesisHash } from "../../../decisions/plane/audit/chain.ts";
import { inclusionProof, merkleRoot, provesInclusion } from "../../../decisions/plane/audit/merkle.ts";
import {
  generateSigner,
  keyRing,
  signerFromFile,
  signerFromPem,
  verifySignature,
} from "../../../decisions/plane/audit/signer.ts";

describe("the chain", () => {
  it("links every record to the one before, from a beginning of its own", () => {
    const chain = createChain("n1");
    const [first, second] = chain.seal(["a", "b"], "0");
    expect(first).toMatchObject({ stream: "n1-0", seq: 1, prevHash: genesisHash("n1-0") });
    expect(second).toMatchObject({ seq: 2, prevHash: first?.hash });
    expect(second?.hash).toBe(chainHash({ stream: "n1-0", seq: 2, prevHash: first?.hash as string, recordHash: "b" }));
  });

  it("does not move for a batch that failed, so that its retry and its halves get the same places", () => {
    const chain = createChain("n1");
    chain.seal(["a"], "0");
    chain.settled("0", "committed");
    const failed = chain.seal(["b", "poison", "c"], "0");
    chain.settled("0", "failed");
    const half = chain.seal(["b"], "0");
    expect(half[0]).toEqual(failed[0]);
    chain.settled("0", "committed");
    const [next] = chain.seal(["c"], "0");
    expect(next).toMatchObject({ seq: 3, prevHash: half[0]?.hash });
  });

  it("keeps lanes apart", () => {
    const chain = createChain("n1");
    expect(chain.seal(["a"], "0")[0]).toMatchObject({ stream: "n1-0", seq: 1 });
    expect(chain.seal(["a"], "1")[0]).toMatchObject({ stream: "n1-1", seq: 1 });
  });
});

describe("the Merkle tree", () => {
  it("is that of RFC 6962", () => {
    const sha = (...parts: (string | Buffer)[]) =>
      parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
    const leaf = (text: string) => sha("\u0000", text);
    const node = (left: Buffer, right: Buffer) => sha("\u0001", left, right);
    expect(merkleRoot([])).toBe(createHash("sha256").digest("hex"));
    expect(merkleRoot(["a"])).toBe(leaf("a").toString("hex"));
    expect(merkleRoot(["a", "b", "c"])).toBe(node(node(leaf("a"), leaf("b")), leaf("c")).toString("hex"));
    expect(merkleRoot(["a", "b", "c", "d", "e"])).toBe(
      node(node(node(leaf("a"), leaf("b")), node(leaf("c"), leaf("d"))), leaf("e")).toString("hex"),
    );
  });

  it("proves what is in it and nothing else", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 40 }), fc.nat(), (leaves, at) => {
        const index = at % leaves.length;
        const proof = inclusionProof(leaves, index);
        expect(provesInclusion(leaves[index] as string, proof, merkleRoot(leaves))).toBe(true);
        expect(provesInclusion(`${leaves[index]}!`, proof, merkleRoot(leaves))).toBe(false);
      }),
    );
  });
});

describe("signatures", () => {
  const signer = generateSigner();
  const token = signer.sign("t", { a: 1 });
  const ring = keyRing([signer.key]);

  it("hold for what was signed", () => {
    expect(verifySignature(token, "t", ring)).toMatchObject({ ok: true, payload: { a: 1 }, kid: signer.key.kid });
  });

  it("do not hold after any change of one character", () => {
    for (let index = 0; index < token.length; index++) {
      const other = token[index] === "A" ? "B" : "A";
      expect(verifySignature(token.slice(0, index) + other + token.slice(index + 1), "t", ring).ok, `at ${index}`).toBe(
        false,
      );
    }
  });

  it("do not hold for another type, another key, or without an algorithm", () => {
    expect(verifySignature(token, "other", ring).ok).toBe(false);
    expect(verifySignature(token, "t", keyRing([generateSigner().key])).ok).toBe(false);
    const none = Buffer.from(JSON.stringify({ alg: "none", kid: signer.key.kid, typ: "t" })).toString("base64url");
    expect(verifySignature(`${none}.${token.split(".")[1]}.`, "t", ring).ok).toBe(false);
    expect(verifySignature("nonsense", "t", ring).ok).toBe(false);
  });

  it("refuse keys whose id is not their thumbprint", () => {
    expect(() => keyRing([{ ...signer.key, kid: "mine" }])).toThrow(/thumbprint/);
  });

  it("come from a key file that only its owner reads, the same after a restart", () => {
    const folder = mkdtempSync(join(tmpdir(), "interlock-key-"));
    try {
      const path = join(folder, "keys", "signing.pem");
      const first = signerFromFile(path);
      expect(signerFromFile(path).key).toEqual(first.key);
      expect(statSync(path).mode & 0o777).toBe(0o600);
    } finally {
      rmSync(folder, { recursive: true });
    }
    expect(() => signerFromPem("not a key")).toThrow(/PKCS#8/);
  });
});
