/** Builds what the tests start: the server, when its sources have changed since the last build. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

export function buildServer(): void {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/build.mjs", "--server"], {
    cwd: root,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`Expected the server to build, but: ${stdout}${stderr}`);
}
