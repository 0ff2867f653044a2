/**
 * The links of an export's streams, entry by entry: right stream, no gap, each pointing to the one before, the chain's
 * hash as written, and at the end exactly as many as the signed range says. Remembers the hashes at the places that
 * checkpoints have signed.
 */
import type { VerifyReport } from "../answers.ts";
import { type ChainPlace, chainHash, genesisHash } from "./chain.ts";
import type { StreamHead } from "./checkpoint.ts";

type Bad = NonNullable<VerifyReport["firstBad"]>;

/** Where a stream's part of the export begins and ends; under the signature, so that nothing can be cut off. */
export interface StreamRange {
  readonly stream: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly firstPrevHash: string;
  readonly lastHash: string;
  readonly count: number;
  /** How many of them are withheld; signed, so that no content can be taken out afterwards. Absent before there were tenants. */
  readonly withheld?: number;
}

/** How far a stream has been read. */
interface Reading {
  readonly range: StreamRange;
  nextSeq: number;
  hash: string;
  count: number;
  withheld: number;
  /** Places that checkpoints name, and what was found there. */
  readonly signed: Map<number, string | null>;
}

export interface StreamCheck {
  /** Takes the next entry; why it cannot stand there, or undefined. `content` is what became of its record. */
  next(place: ChainPlace, content: "whole" | "changed" | "withheld"): string | undefined;
  /** After the last entry: the first stream that is not complete. */
  end(): Bad | undefined;
  /** Hash of an entry of the export that a checkpoint names; undefined when it is not in the export. */
  hashAt(stream: string, seq: number): string | undefined;
}

export function createStreamCheck(ranges: readonly StreamRange[], signed: readonly StreamHead[]): StreamCheck {
  const streams = new Map<string, Reading>();
  for (const range of ranges)
    streams.set(range.stream, {
      range,
      nextSeq: range.firstSeq,
      hash: range.firstPrevHash,
      count: 0,
      withheld: 0,
      signed: new Map(),
    });
  for (const { stream, seq } of signed) streams.get(stream)?.signed.set(seq, null);
  return {
    next(place, content) {
      const reading = streams.get(place.stream);
      if (reading === undefined) return `Expected a stream of the export, but got ${place.stream}`;
      const { nextSeq } = reading;
      if (place.seq !== nextSeq) return `Expected record ${nextSeq} of ${place.stream}, but got ${place.seq}`;
      if (place.prevHash !== reading.hash) return "Expected the link to the record before, but it points elsewhere";
      if (nextSeq === 1 && place.prevHash !== genesisHash(place.stream))
        return "Expected the first record of the stream to link to its beginning";
      if (content === "changed") return "Expected the record as it was written, but it was changed";
      if (chainHash(place) !== place.hash) return "Expected the hash of the chain, but it differs";
      reading.nextSeq++;
      reading.hash = place.hash;
      reading.count++;
      if (content === "withheld") reading.withheld++;
      if (reading.signed.has(nextSeq)) reading.signed.set(nextSeq, place.hash);
      return undefined;
    },
    end() {
      for (const range of ranges) {
        const reason = incomplete(range, streams.get(range.stream) as Reading);
        if (reason !== undefined) return { stream: range.stream, index: null, recordId: null, ...reason };
      }
      return undefined;
    },
    hashAt: (stream, seq) => streams.get(stream)?.signed.get(seq) ?? undefined,
  };
}

function incomplete(
  range: StreamRange,
  { nextSeq, hash, count, withheld }: Reading,
): { readonly seq: number | null; readonly reason: string } | undefined {
  if (count > 0 && withheld !== (range.withheld ?? 0))
    return {
      seq: null,
      reason: `Expected ${range.withheld ?? 0} records of ${range.stream} without content, but there are ${withheld}`,
    };
  if (count > 0 && nextSeq === range.lastSeq + 1 && hash === range.lastHash && count === range.count) return undefined;
  return {
    seq: nextSeq,
    reason: `Expected ${range.count} records up to ${range.lastSeq} in ${range.stream}, but some are missing`,
  };
}
