/**
 * Finds a Chromium to drive: $CHROME, the system's, or the one inside the npm package @sparticuz/chromium. A machine
 * without any skips the browser tests and says so in one line; with CI=true that is a failure.
 */
import { access, mkdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Browser, chromium } from "playwright-core";

const candidates = [process.env.CHROME, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

// Not the package's own flags: those switch web security off, and these tests are about security too.
const flags = [
  "--no-sandbox",
  "--disable-dev-shm-usage",
  "--disable-gpu",
  "--hide-scrollbars",
  "--force-color-profile=srgb",
];

/** A running browser, or why there is none. */
export async function launchBrowser(): Promise<Browser | string> {
  const errors: string[] = [];
  for (const path of candidates) {
    if (path === undefined || path === "" || !(await exists(path))) continue;
    try {
      return await chromium.launch({ executablePath: path, args: flags });
    } catch (error) {
      errors.push(`${path}: ${firstLine(error)}`);
    }
  }
  try {
    const { path, environment } = await unpackBundled();
    return await chromium.launch({ executablePath: path, args: flags, env: environment });
  } catch (error) {
    errors.push(`bundled Chromium: ${firstLine(error)}`);
  }
  const reason = `no browser can be started (${errors.join("; ")})`;
  if (process.env.CI === "true" || process.env.CI === "1")
    throw new Error(`Expected a browser with CI=true, but ${reason}`);
  return reason;
}

/**
 * Three conditions make the bundled Chromium run anywhere: the package unpacks its own libraries only when it believes to
 * be in a function runtime; it has to find fonts (without any it draws no text at all); and it must not share its folder.
 */
async function unpackBundled(): Promise<{ readonly path: string; readonly environment: Record<string, string> }> {
  const folder = resolve("node_modules/.cache/interlock-browser");
  await mkdir(folder, { recursive: true });
  return await alone(join(folder, ".lock"), async () => {
    const before = { ...process.env };
    process.env.AWS_LAMBDA_JS_RUNTIME = "nodejs22.x";
    process.env.TMPDIR = folder;
    try {
      const { default: bundled } = await import("@sparticuz/chromium");
      const path = await bundled.executablePath();
      const fonts = join(folder, "fonts.conf");
      await writeFile(fonts, fontConfiguration(folder));
      return { path, environment: { ...texts(process.env), TMPDIR: tmpdir(), FONTCONFIG_FILE: fonts } };
    } finally {
      for (const name of ["AWS_LAMBDA_JS_RUNTIME", "TMPDIR", "LD_LIBRARY_PATH", "FONTCONFIG_PATH", "HOME"]) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    }
  });
}

function fontConfiguration(folder: string): string {
  return `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>/usr/share/fonts</dir><dir>${join(folder, "fonts")}</dir><cachedir>${join(folder, "font-cache")}</cachedir></fontconfig>`;
}

/** Parallel test files unpack once: the first takes the lock, the others wait for it. */
async function alone<Result>(lock: string, work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    try {
      await mkdir(lock);
    } catch {
      await new Promise((wake) => setTimeout(wake, 200));
      continue;
    }
    try {
      return await work();
    } finally {
      await rm(lock, { recursive: true, force: true });
    }
  }
  throw new Error(`Expected the lock ${lock} to be released within a minute, but it was not: remove it.`);
}

function texts(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}
