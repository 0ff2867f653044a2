/**
 * The hash chain: every record gets its place in the stream of the lane that writes it, when the batch is assembled.
 * One stream per node start and lane, so that two transactions in flight never wait for each other nor fork a chain;
 * checkpoints tie the streams together. A batch that failed moves nothing: the head is that of the last commit.
 *
 * hash = SHA-256(prevHash "|" stream "|" seq "|" recordHash), recordHash = SHA-256 of the record's canonical text.
 */
import { sha256 } from "./canonical.ts";

/** One link, as stored and exported. `record` is the canonical text in the store and the value in an export. */
export interface ChainPlace {
  readonly stream: string;
  /** From 1, without gaps. */
  readonly seq: number;
  readonly prevHash: string;
  readonly recordHash: string;
  readonly hash: string;
}

interface Head {
  readonly seq: number;
  readonly hash: string;
}

export interface Chain {
  /** The places of records with these hashes, in this order, at the end of the lane's stream. */
  seal(recordHashes: readonly string[], lane: string): readonly ChainPlace[];
  settled(lane: string, outcome: "committed" | "failed"): void;
}

/** What the first record of a stream links to. */
export function genesisHash(stream: string): string {
  return sha256(`interlock:stream|${stream}`);
}

export function chainHash({ prevHash, stream, seq, recordHash }: Omit<ChainPlace, "hash">): string {
  return sha256(`${prevHash}|${stream}|${seq}|${recordHash}`);
}

/** The chain of this node. */
export function createChain(nodeId: string): Chain {
  const lanes = new Map<string, { readonly stream: string; head: Head; pending: Head | null }>();
  const laneOf = (lane: string) => {
    let state = lanes.get(lane);
    if (state === undefined) {
      const stream = `${nodeId}-${lane}`;
      state = { stream, head: { seq: 0, hash: genesisHash(stream) }, pending: null };
      lanes.set(lane, state);
    }
    return state;
  };
  return {
    seal(recordHashes, lane) {
      const state = laneOf(lane);
      const { stream } = state;
      let { seq, hash } = state.head;
      const places = recordHashes.map((recordHash) => {
        const place = { stream, seq: seq + 1, prevHash: hash, recordHash };
        hash = chainHash(place);
        seq = place.seq;
        return { ...place, hash };
      });
      state.pending = { seq, hash };
      return places;
    },
    settled(lane, outcome) {
      const state = laneOf(lane);
      if (outcome === "committed" && state.pending !== null) state.head = state.pending;
      state.pending = null;
    },
  };
}
