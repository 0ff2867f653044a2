/**
 * `npm run build`: compiles the server (tsc → dist) and the web application (vite → dist/modeler), each only when what it
 * is made from has changed since: a hash over its inputs is kept beside the output. `--server` builds the server alone.
 * Compiled aside and then moved into place file by file: a server that starts meanwhile finds every file at every moment.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { copyAssets, filesIn, serverFolders } from "./copy-assets.mjs";
import { replaceFolder } from "./replace-folder.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "dist");
/** Where a build grows; of the one process that holds the lock. Beside dist, so that source maps fit in both places. */
const aside = join(root, "dist.next");

/** Test files run side by side and each asks for a build: the first one builds, the others wait until it has ended. */
function waitForOthers() {
  const lock = join(dist, ".building");
  const leftBehindMs = 5 * 60_000;
  mkdirSync(dist, { recursive: true });
  for (;;) {
    try {
      mkdirSync(lock);
      process.on("exit", () => rmSync(lock, { recursive: true, force: true }));
      return;
    } catch {
      const since = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
      if (Date.now() - since > leftBehindMs) rmSync(lock, { recursive: true, force: true });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    }
  }
}

function hashOf(paths) {
  const hash = createHash("sha256");
  for (const path of paths)
    hash
      .update(`${relative(root, path)}\0`)
      .update(readFileSync(path))
      .update("\0");
  return hash.digest("hex");
}

function buildWhenStale(name, inputs, outputs, build) {
  const stamp = join(dist, `.built-${name}`);
  const hash = hashOf(inputs.filter((path) => existsSync(path)));
  if (outputs.every((path) => existsSync(path)) && existsSync(stamp) && readFileSync(stamp, "utf8") === hash) return;
  const start = Date.now();
  process.stdout.write(`Building the ${name} … `);
  rmSync(stamp, { force: true });
  rmSync(aside, { recursive: true, force: true });
  build();
  rmSync(aside, { recursive: true, force: true });
  writeFileSync(stamp, hash);
  process.stdout.write(`${((Date.now() - start) / 1000).toFixed(1)} s\n`);
}

function run(script, args) {
  const result = spawnSync(process.execPath, [join(root, "node_modules", script), ...args], {
    cwd: root,
    encoding: "utf8",
  });
  if (result.status === 0) return;
  process.stdout.write("failed\n");
  process.stderr.write(`${result.stdout}${result.stderr}`);
  process.exit(result.status ?? 1);
}

waitForOthers();

const shared = ["package.json", "package-lock.json", "tsconfig.json", "tsconfig.build.json"].map((name) =>
  join(root, name),
);
const serverFiles = serverFolders.flatMap((folder) => filesIn(join(root, folder)));

buildWhenStale("server", [...shared, ...serverFiles], [join(dist, "api", "main.js")], () => {
  run("typescript/bin/tsc", ["-p", "tsconfig.build.json", "--outDir", aside]);
  copyAssets(aside);
  for (const folder of serverFolders) replaceFolder(join(aside, folder), join(dist, folder));
});

if (!process.argv.includes("--server") && existsSync(join(root, "modeler", "vite.config.ts"))) {
  const modelerFiles = filesIn(join(root, "modeler"));
  // The modeler bundles lint rules and the DMN evaluation: server code that runs in browsers (modeler/build).
  const rules = [
    join(root, "engine", "model"),
    join(root, "decisions", "dmn"),
    join(root, "decisions", "feel"),
    join(root, "decisions", "policies", "agent-policy-facts"),
  ].flatMap(filesIn);
  buildWhenStale(
    "web application",
    [...shared.slice(0, 2), ...modelerFiles, ...rules],
    [join(dist, "modeler", "index.html")],
    () => {
      const grown = join(aside, "modeler");
      run("vite/bin/vite.js", ["build", "-c", "modeler/vite.config.ts", "--outDir", grown, "--emptyOutDir"]);
      replaceFolder(grown, join(dist, "modeler"));
    },
  );
}
