/** `npm run demo`: builds what is missing, then plays the scenarios of every shipped package (processes/demo). */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
for (const args of [["scripts/build.mjs", "--server"], ["dist/processes/demo/main.js"]]) {
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}
