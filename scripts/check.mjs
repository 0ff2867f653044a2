/**
 * `npm run check`: everything that can be judged without running the product: types, lint and formatting, the directions
 * of imports, the tables of tests and of controls. Ends with "N passed, N failed".
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

const checks = [
  ["types of server and tests", "typescript/bin/tsc", ["-p", "tsconfig.json"]],
  [
    "types of the web application",
    "typescript/bin/tsc",
    ["-p", "modeler/tsconfig.json", "--noEmit"],
    "modeler/tsconfig.json",
  ],
  [
    "lint and formatting",
    "@biomejs/biome/bin/biome",
    ["ci", "--colors=off", "--error-on-warnings", "--diagnostic-level=warn", "--max-diagnostics=50", "."],
  ],
  ["directions of imports", "vitest/vitest.mjs", ["run", "test/architecture.test.ts"], "test/architecture.test.ts"],
  ["table from ids to tests", "../scripts/test-map.mjs", ["--check"], "scripts/test-map.mjs"],
  ["table from controls to tests", "../scripts/control-map.mjs", ["--check"], "scripts/control-map.mjs"],
];

let passed = 0;
let failed = 0;
for (const [name, script, args, needs] of checks) {
  if (needs !== undefined && !existsSync(join(root, needs))) continue;
  const result = spawnSync(process.execPath, [join(root, "node_modules", script), ...args], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.status === 0) {
    passed++;
    process.stdout.write(`passed  ${name}\n`);
  } else {
    failed++;
    process.stdout.write(`FAILED  ${name}\n${result.stdout}${result.stderr}\n`);
  }
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
