import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    exclude: ["test/bench/**", "node_modules/**", "dist/**"],
    globalSetup: ["test/prepare-run.ts"],
    // Two cores: more workers only fight each other and the databases that the tests start.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 120_000,
    // What is waited for comes when it comes on a busy machine; only a failure takes this long.
    expect: { poll: { timeout: 10_000 } },
  },
});
