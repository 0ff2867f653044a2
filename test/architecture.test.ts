/**
 * The directions of imports, so that ARCHITECTURE.md stays true. Rooms are folders; a row says what a room may import.
 * Type-only imports count: a type from a forbidden room couples as well.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

interface Import {
  readonly file: string;
  /** Relative to the root, or the name of a package. */
  readonly target: string;
  readonly isPackage: boolean;
  readonly isType: boolean;
}

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(ts|tsx|mjs)$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)));
}

const statement =
  /(?:^|\n)\s*(?:import|export)\b[^;"']*?\bfrom\s*["']([^"']+)["']|(?:^|\n)\s*import\s*["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)/g;

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), "utf8");
  return [...text.matchAll(statement)].map((match) => {
    const name = match[1] ?? match[2] ?? match[3]!;
    const isPackage = !name.startsWith(".");
    const target = isPackage ? packageName(name) : relative(root, resolve(join(root, dirname(file)), name));
    return {
      file,
      target: target.replace(/\?raw$/, ""),
      isPackage,
      isType: /^\s*(?:import|export) type\b/.test(match[0]),
    };
  });
}

function packageName(specifier: string): string {
  const [first = "", second] = specifier.split("/");
  return first.startsWith("@") ? `${first}/${second}` : first;
}

const rooms = ["engine", "decisions", "store", "api", "processes"];
const all = rooms.flatMap(sources).flatMap(importsOf);

function isIn(path: string, room: string): boolean {
  return path === room || path.startsWith(`${room}/`);
}

function said({ file, target }: Import): string {
  return `${file} → ${target}`;
}

/** Has no imports of its own: the web application compiles models with it, without the rest of the decision plane. */
const prescan = "decisions/dmn/xml-prescan.ts";

/** Types alone, which are erased: the web application reads answers as the plane writes them. */
const answers = ["decisions/plane/answers.ts", "decisions/plane/types.ts"];
/** What the web application bundles of the server: its rules and its evaluation, by way of `modeler/build`, and two models. */
const bundled = [
  "engine/model/lint.ts",
  "engine/model/interlock-descriptor.json",
  "decisions/dmn/index.ts",
  "decisions/feel/index.ts",
  "decisions/policies/agent-policy-facts/facts.dmn",
  prescan,
];

/** Room → the rooms and files that it may import besides itself. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  "engine/core": [],
  // The core's face puts the registries of elements, triggers and wrappers together with `step`.
  "engine/core/index.ts": ["engine/core", "engine/elements", "engine/triggers", "engine/wrappers"],
  "engine/triggers": ["engine/core"],
  "engine/wrappers": ["engine/core", "engine/triggers"],
  "engine/elements": ["engine/core", "engine/triggers", "engine/wrappers"],
  "engine/model": ["engine/core", "decisions/index.ts", "decisions/feel/index.ts", prescan],
  "engine/agents": ["engine/core", "engine/runtime/contract", "engine/connectors/index.ts", "decisions/index.ts"],
  "engine/connectors": ["engine/core", "engine/runtime/contract", "decisions/index.ts"],
  "engine/runtime": ["engine/core", "engine/triggers", "engine/model", "store/index.ts", "decisions/index.ts"],
  // Builds the prompts again as the agents build them.
  "engine/runtime/replay": ["engine/core", "engine/runtime", "engine/agents/conversation.ts", "store/index.ts"],
  "decisions/feel": [],
  "decisions/dmn": ["decisions/feel"],
  "decisions/plane": ["decisions/dmn", "decisions/feel", "store/index.ts"],
  store: [],
  "api/client": [],
  api: ["engine/index.ts", "engine/agents/index.ts", "engine/connectors/index.ts", "decisions/index.ts", "store"],
};

/** The narrowest row that a file belongs to. */
function roomOf(file: string): string | undefined {
  return Object.keys(allowed)
    .filter((room) => isIn(file, room))
    .sort((a, b) => b.length - a.length)[0];
}

/** Package → the only rooms that may import it. */
const homes: Readonly<Record<string, readonly string[]>> = {
  pg: ["store"],
  "@electric-sql/pglite": ["store"],
  express: ["api"],
  busboy: ["api"],
  "bpmn-moddle": ["engine/model"],
  "zeebe-bpmn-moddle": ["engine/model"],
  "dmn-moddle": ["decisions/dmn"],
  feelin: ["decisions/feel"],
  ai: ["engine/agents"],
};

describe("imports", () => {
  it("are found at all, so that the other tests can fail", () => {
    expect(all.length).toBeGreaterThan(200);
    expect(all.map(said)).toContain("api/server.ts → express");
  });

  it.each(Object.entries(allowed))("of %s stay within what the room may know", (room, others) => {
    const strangers = all.filter(
      ({ file, target, isPackage }) =>
        roomOf(file) === room && !isPackage && !isIn(target, room) && !others.some((other) => isIn(target, other)),
    );
    expect(strangers.map(said)).toEqual([]);
  });

  it.each(Object.entries(homes))("of %s stand in their home only", (name, places) => {
    const strangers = all.filter(
      ({ file, target, isPackage }) => isPackage && target === name && !places.some((place) => isIn(file, place)),
    );
    expect(strangers.map(said)).toEqual([]);
  });

  it("never lead from the decision plane to the engine", () => {
    expect(all.filter(({ file, target }) => isIn(file, "decisions") && isIn(target, "engine")).map(said)).toEqual([]);
  });

  it("cross the borders of engine and decisions through their index only", () => {
    const inside = all.filter(
      ({ file, target, isPackage }) =>
        !isPackage &&
        (["engine", "decisions"] as const).some((room) => isIn(target, room) && !isIn(file, room)) &&
        target !== prescan &&
        !target.endsWith("/index.ts"),
    );
    expect(inside.filter(({ file }) => !isIn(file, "processes")).map(said)).toEqual([]);
  });

  it("of the web application reach the server for what it bundles, and for the types of answers alone", () => {
    const outside = sources("modeler")
      .flatMap(importsOf)
      .filter(({ target, isPackage }) => !isPackage && !isIn(target, "modeler"));
    expect(outside.map(said)).toContain("modeler/src/api/decisions.ts → decisions/plane/answers.ts");
    const isAllowed = ({ target, isType }: Import): boolean =>
      bundled.includes(target) || (isType && answers.includes(target));
    expect(outside.filter((one) => !isAllowed(one)).map(said)).toEqual([]);
  });

  it("of the core name no package and nothing of Node: no clock, no randomness, no input or output", () => {
    const outside = all.filter(({ file, isPackage }) => isIn(file, "engine/core") && isPackage);
    expect(outside.map(said)).toEqual([]);
  });
});
