import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, describe, expect, it } from "vitest";

/** What the build uses to put its output in place; plain JavaScript, as all scripts are. */
const script = new URL("../scripts/replace-folder.mjs", import.meta.url).href;
const { replaceFolder } = (await import(script)) as { replaceFolder(from: string, to: string): void };
const root = mkdtempSync(join(tmpdir(), "replace-folder-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function folder(name: string, files: Readonly<Record<string, string>>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, name, path, ".."), { recursive: true });
    writeFileSync(join(root, name, path), text);
  }
  return join(root, name);
}

describe("a build that is put in place", () => {
  it("brings what is new, drops what is gone and leaves what is equal alone", () => {
    const to = folder("dist", { "a.js": "old", "same.js": "same", "sub/gone.js": "gone" });
    const before = statSync(join(to, "same.js")).ino;
    replaceFolder(folder("next", { "a.js": "new", "same.js": "same", "sub/added.js": "added" }), to);
    expect(readdirSync(to, { recursive: true }).map(String).sort()).toEqual(["a.js", "same.js", "sub", "sub/added.js"]);
    expect(readFileSync(join(to, "a.js"), "utf8")).toBe("new");
    expect(statSync(join(to, "same.js")).ino).toBe(before);
  });

  it("misses no file at any moment, because a server may start just then", async () => {
    const names = Array.from({ length: 50 }, (_, at) => `m${at % 10}/f${at}.js`);
    const files = (text: string) => Object.fromEntries(names.map((name) => [name, text]));
    const to = folder("busy", files("0"));
    const state = new Int32Array(new SharedArrayBuffer(8));
    const watcher = new Worker(
      `const { workerData: { state, paths } } = require("node:worker_threads"); const { existsSync } = require("node:fs");
       while (Atomics.load(state, 0) === 0) for (const path of paths) if (!existsSync(path)) Atomics.add(state, 1, 1);`,
      { eval: true, workerData: { state, paths: names.map((name) => join(to, name)) } },
    );
    await new Promise((resolve) => watcher.once("online", resolve));
    for (let round = 1; round <= 5; round++) replaceFolder(folder(`next${round}`, files(`${round}`)), to);
    Atomics.store(state, 0, 1);
    await new Promise((resolve) => watcher.once("exit", resolve));
    expect(state[1]).toBe(0);
    expect(readFileSync(join(to, names[0]!), "utf8")).toBe("5");
  });
});
