/**
 * `npm run bench [name …]`: runs the benchmarks of test/bench one after another, each in a process of its own. A benchmark
 * exports run(); it prints its figures as ratios against a peer measured in the same run.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "test", "bench");
const wanted = process.argv.slice(2);
const names = existsSync(folder)
  ? readdirSync(folder)
      .filter((file) => /^[a-z-]+\.ts$/.test(file))
      .map((file) => file.slice(0, -3))
      .filter((name) => wanted.length === 0 || wanted.includes(name))
  : [];
if (names.length === 0) {
  process.stderr.write(
    `Expected a benchmark in test/bench${wanted.length > 0 ? ` called ${wanted.join(" or ")}` : ""}, but there is none.\n`,
  );
  process.exit(1);
}

// Node 20 does not run TypeScript: the benchmarks are compiled with everything they import, then run as what ships.
const out = join(root, "dist", "bench");
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
const build = spawnSync(process.execPath, [join(root, "scripts", "build.mjs"), "--server"], {
  cwd: root,
  stdio: "inherit",
});
if (build.status !== 0) process.exit(build.status ?? 1);
const configuration = join(out, "tsconfig.json");
writeFileSync(
  configuration,
  JSON.stringify({
    extends: "../../tsconfig.json",
    compilerOptions: { noEmit: false, noCheck: true, outDir: "./out", rootDir: "../.." },
    include: [
      "../../test/bench",
      "../../test/*.ts",
      "../../engine",
      "../../decisions",
      "../../store",
      "../../api",
      "../../processes",
    ],
    exclude: ["../../test/**/*.test.ts"],
  }),
);
const compiled = spawnSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", configuration], {
  cwd: root,
  stdio: "inherit",
});
if (compiled.status !== 0) process.exit(compiled.status ?? 1);
const copy = spawnSync(process.execPath, [join(root, "scripts", "copy-assets.mjs"), join(out, "out")], {
  cwd: root,
  stdio: "inherit",
});
if (copy.status !== 0) process.exit(copy.status ?? 1);

let failed = 0;
for (const name of names) {
  process.stdout.write(`\n# ${name}\n`);
  const script = `const { run } = await import(${JSON.stringify(join(out, "out", "test", "bench", `${name}.js`))}); if (typeof run === "function") await run();`;
  // The young generation as `npm start` sets it.
  const { status } = spawnSync(process.execPath, ["--max-semi-space-size=32", "--input-type=module", "-e", script], {
    cwd: root,
    stdio: "inherit",
  });
  if (status !== 0) failed++;
}
process.stdout.write(`\n${names.length - failed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
