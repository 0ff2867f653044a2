/**
 * Tests that kill a process need one that runs like what ships: the sources compiled to JavaScript, once per test run
 * and process, beside node_modules so that packages are found.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

export interface Compiled {
  /** Path of a compiled file, e.g. `fileOf("test/store/child.ts")`. */
  fileOf(source: string): string;
  remove(): void;
}

/** Compiles the server's folders and the given test files. */
export function compile(...files: readonly string[]): Compiled {
  const folder = join(root, "node_modules", ".cache", `interlock-test-${process.pid}-${Date.now()}`);
  mkdirSync(folder, { recursive: true });
  const configuration = join(folder, "tsconfig.json");
  writeFileSync(
    configuration,
    JSON.stringify({
      extends: join(root, "tsconfig.json"),
      compilerOptions: { noEmit: false, noCheck: true, outDir: join(folder, "out"), rootDir: root },
      include: [],
      files: [...["engine/index.ts", "decisions/index.ts", "store/index.ts"], ...files].map((file) => join(root, file)),
    }),
  );
  execFileSync(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", configuration], {
    cwd: root,
    stdio: "inherit",
  });
  execFileSync(process.execPath, [join(root, "scripts/copy-assets.mjs"), join(folder, "out")], {
    cwd: root,
    stdio: "inherit",
  });
  return {
    fileOf: (source) => join(folder, "out", source.replace(/\.ts$/, ".js")),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
