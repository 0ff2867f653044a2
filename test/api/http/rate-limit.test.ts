import { describe, expect, it } from "vitest";
import { Problem } from "../../../api/http/problem.ts";
import { blockOf, rateLimitTo } from "../../../api/http/rate-limit.ts";

/** Asks `times` times at the same moment; the answers: undefined or a refusal. */
function asking(limit: ReturnType<typeof rateLimitTo>) {
  return (ip: string, times = 1): (Problem | undefined)[] => {
    const answers: (Problem | undefined)[] = [];
    for (let time = 0; time < times; time++)
      limit({ ip }, undefined as never, (problem?: unknown) => void answers.push(problem as Problem | undefined));
    return answers;
  };
}

describe("a limit on the requests of an address", () => {
  it("lets so many pass at once, and then one whenever there is room again (S28)", () => {
    let now = 0;
    const ask = asking(rateLimitTo(60, 60_000, () => now));
    expect(ask("192.0.2.1", 60).every((answer) => answer === undefined)).toBe(true);
    const [refused] = ask("192.0.2.1");
    expect(refused).toBeInstanceOf(Problem);
    expect(refused?.headers["retry-after"]).toBe("1");
    expect(ask("192.0.2.2")).toEqual([undefined]);
    now = 1_000;
    expect(ask("192.0.2.1", 2).map((answer) => answer?.status)).toEqual([undefined, 429]);
    now = 600_000;
    expect(ask("192.0.2.1", 61).filter((answer) => answer !== undefined)).toHaveLength(1);
  });

  it("keeps no more addresses than it has room for, and the busy ones among them (S28)", () => {
    const ask = asking(rateLimitTo(2, 60_000, () => 0));
    ask("192.0.2.1", 2);
    for (let at = 0; at < 12_000; at++) {
      ask(`10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`);
      if (at % 1_000 === 0) expect(ask("192.0.2.1")[0]?.status).toBe(429);
    }
    // Forgotten meanwhile.
    expect(ask("10.0.0.1", 2)).toEqual([undefined, undefined]);
  });

  it("takes a network of IPv6 for one address (S28)", () => {
    const same = ["2001:db8::1", "2001:DB8:0:0:ffff:1:2:3", "2001:0db8::", "2001:db8:0:0::1%eth0"];
    expect(new Set(same.map(blockOf))).toEqual(new Set(["2001:db8:0:0"]));
    expect(blockOf("2001:db8:1::1")).toBe("2001:db8:1:0");
    expect(blockOf("::1")).toBe("0:0:0:0");
    expect(blockOf("::ffff:192.0.2.1")).toBe("192.0.2.1");
    expect(blockOf("192.0.2.1")).toBe("192.0.2.1");
    for (const odd of ["", ":", ":::::::::", "not an address"]) expect(blockOf(odd).length).toBeLessThan(20);
  });
});
