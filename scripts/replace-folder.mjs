/**
 * Makes one folder equal to another without a moment in which a file is missing: new files are renamed over the old ones
 * (atomic within a file system), deepest first, so that a page comes after what it names; then what is left over goes.
 * Renaming whole folders was rejected: between two renames there is none, and a server that starts just then fails.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { filesIn } from "./copy-assets.mjs";

const depth = (path) => path.split(/[/\\]/).length;

/** Files of `from` take their places in `to`; equal ones stay as they are. */
export function replaceFolder(from, to) {
  const files = filesIn(from)
    .map((file) => relative(from, file))
    .sort((a, b) => depth(b) - depth(a));
  for (const file of files) {
    const [source, target] = [join(from, file), join(to, file)];
    if (existsSync(target) && readFileSync(source).equals(readFileSync(target))) continue;
    mkdirSync(dirname(target), { recursive: true });
    renameSync(source, target);
  }
  const wanted = new Set(files);
  for (const file of filesIn(to)) if (!wanted.has(relative(to, file))) rmSync(file);
}
