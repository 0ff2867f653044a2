/** The product's version, from package.json beside the sources or above dist. */
import { readFileSync } from "node:fs";

export function productVersion(): string {
  for (const place of ["../package.json", "../../package.json"]) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(place, import.meta.url), "utf8")) as {
        name?: string;
        version?: string;
      };
      if (name === "interlock" && version !== undefined) return version;
    } catch {
      // Not here: one folder further up.
    }
  }
  return "0.0.0";
}
