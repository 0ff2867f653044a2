/**
 * The modeler checks models and tries decision tables with the server's own code, not with a second implementation:
 * `interlock:lint` is engine/model's lint, `interlock:dmn` is decisions/dmn. Both are pure and run in browsers; what they
 * import of the decision plane's public face is served by a smaller face without its server parts.
 */
import { resolve } from "node:path";
import type { Plugin } from "vite";

const root = resolve(import.meta.dirname, "../..");
const browserFace = resolve(import.meta.dirname, "decisions-in-browser.ts");

/** What decisions/dmn takes from Node, for a browser: its descriptors as bundled JSON, and no content hash (trials need none). */
const nodeModules = new Map([
  [
    "node:module",
    `import dmn13 from "dmn-moddle/resources/dmn/json/dmn13.json";
import dmndi13 from "dmn-moddle/resources/dmn/json/dmndi13.json";
import di from "dmn-moddle/resources/dmn/json/di.json";
import dc from "dmn-moddle/resources/dmn/json/dc.json";
const resources = new Map(Object.entries({ dmn13, dmndi13, di, dc }));
export const createRequire = () => (name) => structuredClone(resources.get(name.replace(/^.*[/]|[.]json$/g, "")));`,
  ],
  ["node:crypto", 'const hash = { update: () => hash, digest: () => "" };\nexport const createHash = () => hash;'],
]);
const virtual = "\0interlock:";

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
      if (nodeModules.has(source) && importer?.startsWith(resolve(root, "decisions/dmn")) === true)
        return virtual + source;
      const fromEngine = importer?.startsWith(resolve(root, "engine")) === true;
      return fromEngine && source.endsWith("/decisions/index.ts") ? browserFace : null;
    },
    load(id) {
      return id.startsWith(virtual) ? nodeModules.get(id.slice(virtual.length)) : null;
    },
  };
}
