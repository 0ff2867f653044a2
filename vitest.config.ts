import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/order.ts";

/**
 * Tests of pure functions: they keep nothing, so their files share a worker, which loads every module once. What measures
 * its own processor time or memory has a worker alone, and so has whatever opens a store or a server.
 */
const pure = [
  "test/engine/{agents,connectors,core,elements,matrix,triggers,wrappers}/*.test.ts",
  "test/engine/model/!(corpus|hostile|mutation).test.ts",
  "test/decisions/feel/!(differential|fuzz|hostile|prototype-escape).test.ts",
  "test/decisions/dmn/!(analysis|hostile|xml-prescan).test.ts",
  "test/modeler/*.test.ts",
];
const never = ["test/bench/**", "node_modules/**", "dist/**"];

export default defineConfig({
  test: {
    globalSetup: ["test/prepare-run.ts"],
    // Two cores: more workers only fight each other and the databases that the tests start.
    maxWorkers: 2,
    // Concurrent tests (the BPMN conformance models) wait for timers nearly all of their time.
    maxConcurrency: 12,
    sequence: { sequencer: LongestFirst },
    testTimeout: 30_000,
    hookTimeout: 120_000,
    // What is waited for comes when it comes on a busy machine; only a failure takes this long.
    expect: { poll: { timeout: 10_000 } },
    projects: [
      { extends: true, test: { name: "pure", isolate: false, include: pure, exclude: never } },
      {
        extends: true,
        test: {
          name: "whole",
          include: ["test/**/*.test.ts"],
          exclude: [...never, ...pure],
          globalSetup: ["test/contract/every-operation.ts"],
        },
      },
    ],
  },
});
