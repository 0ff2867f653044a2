/**
 * Two dependencies write styles in ways that `style-src 'self'` forbids; one style sheet and one script hold an image as
 * a data URL, which `img-src 'self'` forbids. All are rewritten while bundling, and the build fails when a dependency's
 * text has changed, so that an update cannot silently lose editor styles or move the bpmn.io watermark (its licence asks
 * for it to stay visible).
 */
import { createHash } from "node:crypto";
import type { Plugin } from "vite";

interface Transform {
  readonly file: RegExp;
  readonly find: string;
  readonly replace: string;
}

const transforms: readonly Transform[] = [
  // CodeMirror's style-mod adds a <style> element to documents and uses constructable style sheets, which the policy
  // allows, in shadow roots only. They work in documents just as well.
  {
    file: /[\\/]style-mod[\\/]src[\\/]style-mod\.js$/,
    find: "if (!root.head && root.adoptedStyleSheets && win.CSSStyleSheet)",
    replace: "if (root.adoptedStyleSheets && win.CSSStyleSheet)",
  },
  // domify parses markup with style attributes; the parser refuses those, while setting cssText from script is allowed.
  {
    file: /[\\/]domify[\\/]index\.js$/,
    find: "\telement.innerHTML = prefix + htmlString + suffix;\n",
    replace: `\telement.innerHTML = prefix + htmlString.replace(/(<[^>]*?)\\sstyle=/g, "$1 data-csp-style=") + suffix;
\tfor (const styled of element.querySelectorAll("[data-csp-style]")) {
\t\tstyled.style.cssText = styled.getAttribute("data-csp-style");
\t\tstyled.removeAttribute("data-csp-style");
\t}
`,
  },
  // The form editor hides the browser's own picture of what is dragged behind an empty one, loaded from a data URL; an
  // empty canvas does the same (its own second place uses one).
  {
    file: /[\\/]form-js-editor[\\/]dist[\\/]index\.es\.js$/,
    find: `  const img = new Image();
  img.src = 'data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7';
  return img;
`,
    replace: `  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 0;
  return canvas;
`,
  },
];

const dataImage = /url\("data:image\/svg\+xml(?:;utf8)?,((?:[^"\\]|\\.)+)"\)/g;

/** Rewrites the places above; throws when a file is met whose text is not the expected one. */
export function cspTransforms(): Plugin {
  return {
    name: "interlock:csp",
    enforce: "pre",
    transform(code, id) {
      const path = id.split("?")[0] ?? id;
      if (path.endsWith(".css")) {
        const css = code.replace(dataImage, (_, encoded: string) => {
          const source = decodeURIComponent(encoded.replaceAll('\\"', '"'));
          const fileName = `assets/image-${createHash("sha256").update(source).digest("hex").slice(0, 8)}.svg`;
          this.emitFile({ type: "asset", fileName, source });
          return `url("/${fileName}")`;
        });
        return css === code ? null : { code: css, map: null };
      }
      const transform = transforms.find((candidate) => candidate.file.test(path));
      if (!transform) return null;
      if (!code.includes(transform.find)) {
        throw new Error(`Expected the known text of ${path}, but it has changed: review build/csp-transforms.ts.`);
      }
      return { code: code.replace(transform.find, () => transform.replace), map: null };
    },
  };
}
