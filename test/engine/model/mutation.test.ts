/**
 * Mutated models: pieces cut out, doubled, swapped, ids and types exchanged. Whatever comes out is compiled or refused
 * with problems; nothing throws, nothing takes long. Seeded, so that a failure can be repeated. MODEL_MUTATIONS raises the number.
 */
import { cpuUsage } from "node:process";
import { describe, expect, it } from "vitest";
import { lintBpmn } from "../../../engine/model/index.ts";
import { compilerExamples, ruleExamples } from "./rule-examples.ts";

const mutations = Number(process.env.MODEL_MUTATIONS ?? "600");

/** Mulberry32: small, seeded, good enough to pick places. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const seeds = [...Object.values(ruleExamples), ...Object.values(compilerExamples)].flatMap(({ bad, good }) => [
  bad,
  good,
]);
const words = [
  "startEvent",
  "subProcess",
  "adHocSubProcess",
  "transaction",
  "boundaryEvent",
  "complexGateway",
  "process",
  "message",
  "callActivity",
  "dataObject",
];

function mutate(xml: string, pick: (below: number) => number): string {
  const [one, two] = [pick(xml.length), pick(xml.length)].sort((a, b) => a - b) as [number, number];
  const tags = [...xml.matchAll(/<[^>]{1,300}>/g)].map((match) => match[0]);
  const tag = tags[pick(tags.length)] ?? "";
  const ids = [...xml.matchAll(/"([^"]{1,50})"/g)].map((match) => match[1] ?? "");
  switch (pick(6)) {
    case 0:
      return xml.slice(0, one) + xml.slice(Math.min(two, one + 60));
    case 1:
      return xml.replace(tag, "");
    case 2:
      return xml.replace(tag, tag + tag);
    case 3:
      return xml.replace(`"${ids[pick(ids.length)]}"`, `"${ids[pick(ids.length)]}"`);
    case 4:
      return xml.replaceAll(words[pick(words.length)] ?? "", words[pick(words.length)] ?? "");
    default:
      return xml.slice(0, one) + String.fromCharCode(pick(128)) + xml.slice(one);
  }
}

describe("mutated models (S1)", () => {
  it("are compiled or refused within a second, and never throw", async () => {
    const next = random(20_260_102);
    const pick = (below: number): number => Math.floor(next() * below);
    let refused = 0;
    for (let round = 0; round < mutations; round += 1) {
      let xml = seeds[pick(seeds.length)] ?? "";
      for (let times = 1 + pick(3); times > 0; times -= 1) xml = mutate(xml, pick);
      const before = cpuUsage();
      const problems = await lintBpmn(xml, { nativeAgents: true, strictZeebe: pick(2) === 0 }).catch(
        (error: unknown) => {
          throw new Error(`Expected no exception, but ${String(error)} for\n${xml}`);
        },
      );
      const { user, system } = cpuUsage(before);
      expect((user + system) / 1000, xml).toBeLessThan(1_000);
      if (problems.some((problem) => problem.severity === "error")) refused += 1;
    }
    expect(refused).toBeGreaterThan(mutations / 2);
    expect(refused).toBeLessThan(mutations);
  });
});
