/** Bytes of documents in a folder of this machine or a shared one: one file each, whole or not there. */
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { DocumentContents } from "./documents.ts";

export function folderContents(folder: string): DocumentContents {
  /** Keys are ours (random), and nothing else becomes a path. */
  const fileOf = (key: string): string => {
    if (!/^[a-f0-9-]{36}$/.test(key)) throw new Error("Expected a key of ours as file name, but it is not one.");
    return join(folder, key.slice(0, 2), key);
  };
  return {
    storeId: "folder",
    async put(key, content) {
      const file = fileOf(key);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(`${file}.part`, content, { flush: true });
      await rename(`${file}.part`, file);
    },
    get: (key) => readFile(fileOf(key)),
    remove: (key) => rm(fileOf(key), { force: true }),
  };
}
