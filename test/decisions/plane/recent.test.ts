import { expect, it } from "vitest";
import { createRecent } from "../../../decisions/plane/decide/recent.ts";

it("remembers at least the newest entries, and never more than twice as many", () => {
  const recent = createRecent<number>(100);
  for (let index = 0; index < 1_050; index++) {
    recent.set(`id-${index}`, index);
    const newest = Array.from({ length: Math.min(100, index + 1) }, (_, back) => index - back);
    expect(newest.filter((one) => recent.get(`id-${one}`) !== one)).toEqual([]);
  }
  const known = Array.from({ length: 1_050 }, (_, index) => recent.get(`id-${index}`)).filter(
    (one) => one !== undefined,
  );
  expect(known.length).toBeLessThanOrEqual(200);
});
