/** Builds the web application into static files that the server sends under a strict content security policy. */
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { cspTransforms } from "./build/csp-transforms.ts";
import { serverRules } from "./build/server-rules.ts";

// A build is a production build, whoever starts it: tests start it with NODE_ENV=test, which would bundle the
// development versions of React and Inferno.
process.env.NODE_ENV = "production";

export default defineConfig({
  root: import.meta.dirname,
  base: "/",
  plugins: [react(), cspTransforms(), serverRules()],
  build: {
    outDir: "../dist/modeler",
    emptyOutDir: true,
    // `data:` fonts and inline scripts would need exceptions in the policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // light-dark() stays as written: the tokens rely on it being resolved where a colour is used.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    // The editors are big by nature; each is loaded by its own page only.
    chunkSizeWarningLimit: 1600,
    reportCompressedSize: false,
  },
});
