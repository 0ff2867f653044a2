/**
 * How many requests one address may send: a bucket that holds as many as are allowed in the window and is filled
 * steadily, so that a client that waits a moment (Retry-After tells how long) is answered, not one that waits for the
 * window's end. Addresses come from outside: the buckets are bounded, the one that was used longest ago goes first.
 */
import type { NextFunction, Request, Response } from "express";
import { Problem } from "./problem.ts";

interface Bucket {
  readonly left: number;
  /** Milliseconds of the monotonic clock. */
  readonly at: number;
}

const addressesMax = 10_000;

export function rateLimitTo(
  requestsMax: number,
  windowMs: number,
  now: () => number = () => performance.now(),
): (request: Pick<Request, "ip">, response: Response, next: NextFunction) => void {
  const perMs = requestsMax / windowMs;
  const buckets = new Map<string, Bucket>();
  const take = (address: string): number => {
    const at = now();
    const known = buckets.get(address) ?? { left: requestsMax, at };
    const filled = Math.min(requestsMax, known.left + (at - known.at) * perMs);
    const left = filled < 1 ? filled : filled - 1;
    buckets.delete(address);
    buckets.set(address, { left, at });
    if (buckets.size > addressesMax) buckets.delete(buckets.keys().next().value!);
    return filled < 1 ? (1 - filled) / perMs : 0;
  };
  return (request, _response, next) => {
    const waitMs = take(blockOf(request.ip ?? ""));
    if (waitMs === 0) return next();
    next(
      new Problem(
        "TOO_MANY_REQUESTS",
        `Expected at most ${requestsMax} requests in ${windowMs / 1000} s, but there were more.`,
        { "retry-after": String(Math.ceil(waitMs / 1000)) },
      ),
    );
  };
}

/** Whoever has one IPv6 address has the 2^64 of its network: they count as one (RFC 6177). IPv4 as it is. */
export function blockOf(address: string): string {
  const plain = address.toLowerCase().replace(/^::ffff:(?=\d+\.)/, "");
  if (!plain.includes(":")) return plain;
  const [head = "", tail] = plain.split("%", 1)[0]!.split("::", 2);
  const first = head.split(":").filter((group) => group !== "");
  const last = (tail ?? "").split(":").filter((group) => group !== "");
  const gap = tail === undefined ? [] : new Array<string>(Math.max(0, 8 - first.length - last.length)).fill("0");
  return [...first, ...gap, ...last]
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":");
}
