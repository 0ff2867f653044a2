/** Copies what the code reads beside itself (migrations, worker scripts, models, forms, policies) to where it is compiled to. */
import { copyFileSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
export const serverFolders = ["engine", "decisions", "store", "api", "processes"];

export function filesIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort();
}

export function copyAssets(target) {
  for (const file of serverFolders.flatMap((folder) => filesIn(join(root, folder)))) {
    if (file.endsWith(".ts")) continue;
    const copy = join(target, relative(root, file));
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(file, copy);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) copyAssets(process.argv[2]);
