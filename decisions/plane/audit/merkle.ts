/** Merkle tree hash and inclusion proofs of RFC 6962 §2.1: SHA-256, leaves prefixed 0x00, nodes 0x01. */
import { createHash } from "node:crypto";

export interface ProofStep {
  readonly side: "left" | "right";
  /** Hex. */
  readonly hash: string;
}

/** Hash of the tree over these leaves, in hex. The empty tree hashes to SHA-256 of nothing. */
export function merkleRoot(leaves: readonly string[]): string {
  if (leaves.length === 0) return createHash("sha256").digest("hex");
  let level = leaves.map(leafHash);
  // Pairing from the left, an odd last node moves up unchanged: the same tree as the RFC's split at a power of two.
  while (level.length > 1) level = pairUp(level);
  return (level[0] as Buffer).toString("hex");
}

/** The siblings on the way from a leaf to the root. */
export function inclusionProof(leaves: readonly string[], index: number): ProofStep[] {
  const proof: ProofStep[] = [];
  let level = leaves.map(leafHash);
  let position = index;
  while (level.length > 1) {
    const sibling = level[position ^ 1];
    if (sibling !== undefined)
      proof.push({ side: position % 2 === 0 ? "right" : "left", hash: sibling.toString("hex") });
    level = pairUp(level);
    position >>= 1;
  }
  return proof;
}

/** Whether the proof leads from the leaf to the root. */
export function provesInclusion(leaf: string, proof: readonly ProofStep[], root: string): boolean {
  let current = leafHash(leaf);
  for (const { side, hash } of proof) {
    const sibling = Buffer.from(hash, "hex");
    current = side === "left" ? nodeHash(sibling, current) : nodeHash(current, sibling);
  }
  return current.toString("hex") === root;
}

function pairUp(level: readonly Buffer[]): Buffer[] {
  const above: Buffer[] = [];
  for (let index = 0; index < level.length; index += 2) {
    const left = level[index] as Buffer;
    const right = level[index + 1];
    above.push(right === undefined ? left : nodeHash(left, right));
  }
  return above;
}

function leafHash(leaf: string): Buffer {
  return createHash("sha256").update("\u0000").update(leaf).digest();
}

function nodeHash(left: Buffer, right: Buffer): Buffer {
  return createHash("sha256").update("\u0001").update(left).update(right).digest();
}
