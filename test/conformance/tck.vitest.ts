import { defineConfig } from "vitest/config";

/** `npm run test:tck`: the official DMN kit only. */
export default defineConfig({
  test: { include: ["test/conformance/tck/kit.test.ts"], testTimeout: 600_000, env: { TCK_REPORT: "tck_results.csv" } },
});
