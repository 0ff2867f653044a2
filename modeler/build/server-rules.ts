/**
 * The modeler checks models and tries decision tables with the server's own code, not with a second implementation:
 * `interlock:lint` is engine/model's lint, `interlock:dmn` is decisions/dmn. Both are pure and run in browsers; what they
 * import of the decision plane's public face is served by a smaller face without its server parts.
 */
import { resolve } from "node:path";
import type { Plugin } from "vite";

const root = resolve(import.meta.dirname, "../..");
const browserFace = resolve(import.meta.dirname, "decisions-in-browser.ts");

const modules = new Map([
  ["interlock:lint", resolve(root, "engine/model/lint.ts")],
  ["interlock:dmn", browserFace],
]);

export function serverRules(): Plugin {
  return {
    name: "interlock:server-rules",
    enforce: "pre",
    resolveId(source, importer) {
      const known = modules.get(source);
      if (known !== undefined) return known;
      const fromEngine = importer?.startsWith(resolve(root, "engine")) === true;
      return fromEngine && source.endsWith("/decisions/index.ts") ? browserFace : null;
    },
  };
}
