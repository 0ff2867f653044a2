/** The rewriting of dependencies that would break the content security policy. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { cspTransforms } from "../../modeler/build/csp-transforms.ts";

interface Transformed {
  readonly code: string;
}

function transform(code: string, id: string): Transformed | null {
  const plugin = cspTransforms() as unknown as {
    transform(this: object, code: string, id: string): Transformed | null;
  };
  return plugin.transform.call({ emitFile: () => "reference" }, code, id);
}

describe("cspTransforms", () => {
  it("lets CodeMirror use constructable style sheets in documents", () => {
    const code = "if (!root.head && root.adoptedStyleSheets && win.CSSStyleSheet) {}";
    expect(transform(code, "/node_modules/style-mod/src/style-mod.js")?.code).toBe(
      "if (root.adoptedStyleSheets && win.CSSStyleSheet) {}",
    );
  });

  it("lets the form editor drag behind an empty canvas instead of an image from a data URL", async () => {
    const path = "/node_modules/@bpmn-io/form-js-editor/dist/index.es.js";
    const editor = await readFile(fileURLToPath(new URL(`../..${path}`, import.meta.url)), "utf8");
    expect(editor).toContain("data:image");
    expect(transform(editor, path)?.code).not.toContain("data:image");
  });

  it("fails the build when a dependency has changed under it", () => {
    expect(() => transform("something else", "/node_modules/domify/index.js")).toThrow(/Expected the known text/);
  });

  it("turns images inside style sheets into files of our own origin", () => {
    const css = 'a { background: url("data:image/svg+xml,%3Csvg/%3E") }';
    expect(transform(css, "/vendor.css")?.code).toMatch(/url\("\/assets\/image-[0-9a-f]{8}\.svg"\)/);
  });

  it("leaves everything else alone", () => {
    expect(transform("code", "/src/app.tsx")).toBeNull();
    expect(transform("a { color: red }", "/own.css")).toBeNull();
  });
});
