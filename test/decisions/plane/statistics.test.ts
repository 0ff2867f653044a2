/** Vectors: standard tables of the normal and χ² distributions; NIST/SEMATECH e-Handbook §7.3.3 (two proportions). */
import { describe, expect, it } from "vitest";
import { canaryBucket, inCanary } from "../../../decisions/plane/decide/canary.ts";
import {
  chiSquare,
  kolmogorovSmirnov,
  normalCdf,
  stabilityIndex,
  twoProportionTest,
} from "../../../decisions/plane/policies/statistics.ts";

describe("statistics", () => {
  it.each([
    [0, 0.5],
    [1, 0.841345],
    [1.959964, 0.975],
    [-2.575829, 0.005],
    [3.290527, 0.9995],
  ])("knows the normal distribution at %d", (z, probability) => {
    expect(normalCdf(z)).toBeCloseTo(probability, 6);
  });

  it("tests two proportions as the handbook does", () => {
    // 38 of 240 against 65 of 220, pooled.
    const { z } = twoProportionTest(38, 240, 65, 220);
    const pooled = 103 / 460;
    expect(z).toBeCloseTo((38 / 240 - 65 / 220) / Math.sqrt(pooled * (1 - pooled) * (1 / 240 + 1 / 220)), 12);
    expect(twoProportionTest(0, 0, 1, 2)).toEqual({ z: 0, p: 1 });
    expect(twoProportionTest(5, 5, 7, 7).p).toBe(1);
  });

  it.each([[[0, 100], [3.841459, 96.158541], 1]])("knows χ² with %j", () => {
    // Critical values for p = 0.05: 3.841 with one degree, 5.991 with two.
    const one = chiSquare([60, 40], [40, 60]);
    expect(one).toMatchObject({ degrees: 1 });
    expect(one.statistic).toBeCloseTo(8, 10);
    expect(one.p).toBeCloseTo(0.004677735, 8);
    const two = chiSquare([20, 30, 50], [30, 30, 40]);
    expect(two.statistic).toBeCloseTo(3.1111111, 6);
    expect(two.p).toBeCloseTo(Math.exp(-3.1111111 / 2), 6);
  });

  it("measures the distance of two samples", () => {
    expect(kolmogorovSmirnov([1, 2, 3, 4], [1, 2, 3, 4])).toMatchObject({ distance: 0, p: 1 });
    expect(kolmogorovSmirnov([1, 2, 3, 4], [5, 6, 7, 8]).distance).toBe(1);
    const low = Array.from({ length: 200 }, (_, index) => index);
    expect(
      kolmogorovSmirnov(
        low,
        low.map((value) => value + 40),
      ).distance,
    ).toBeCloseTo(0.2, 10);
    expect(
      kolmogorovSmirnov(
        low,
        low.map((value) => value + 40),
      ).p,
    ).toBeLessThan(0.001);
  });

  it("knows when a histogram is stable", () => {
    expect(stabilityIndex([50, 50], [50, 50])).toBe(0);
    expect(stabilityIndex([50, 50], [25, 75])).toBeCloseTo(-0.25 * Math.log(0.5) + 0.25 * Math.log(1.5), 10);
    expect(Number.isFinite(stabilityIndex([100, 0], [0, 100]))).toBe(true);
  });
});

describe("the canary's share", () => {
  it("D19 is within one percent of what was asked for, over ten thousand subjects", () => {
    for (const share of [100, 500, 2500, 5000]) {
      let inside = 0;
      for (let subject = 0; subject < 10_000; subject++) if (inCanary("refund", `customer-${subject}`, share)) inside++;
      expect(Math.abs(inside / 10_000 - share / 10_000)).toBeLessThan(0.01);
    }
  });

  it("keeps everybody who is in when it grows", () => {
    for (let subject = 0; subject < 1000; subject++) {
      const key = `customer-${subject}`;
      if (inCanary("refund", key, 500)) expect(inCanary("refund", key, 2000)).toBe(true);
      expect(canaryBucket("refund", key)).toBe(canaryBucket("refund", key));
    }
  });
});
