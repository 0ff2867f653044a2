/** The kit on disk: folders of a level, their models, and the cases of their test files. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { XmlNode } from "./read-xml.ts";
import { childOf, childrenOf, readXml } from "./read-xml.ts";

/** A value as the kit writes it. */
export type KitValue =
  | { readonly kind: "simple"; readonly type: string | undefined; readonly text: string | null }
  | { readonly kind: "list"; readonly items: readonly KitValue[] }
  | { readonly kind: "components"; readonly entries: ReadonlyMap<string, KitValue> };

export interface KitResult {
  readonly name: string;
  /** The kit expects an error; engines that answer null comply (DMN 1.5 §10.3.1.4). */
  readonly errorResult: boolean;
  readonly expected: KitValue;
}

export interface KitCase {
  readonly level: string;
  readonly folder: string;
  readonly file: string;
  readonly id: string;
  readonly type: "decision" | "bkm" | "decisionService";
  readonly invocableName: string | undefined;
  readonly modelPath: string;
  readonly inputs: ReadonlyMap<string, KitValue>;
  readonly results: readonly KitResult[];
}

/** All cases below a kit's folder, in the order of their paths. */
export function readKit(kitFolder: string): readonly KitCase[] {
  const cases: KitCase[] = [];
  for (const level of foldersOf(kitFolder)) {
    for (const folder of foldersOf(join(kitFolder, level))) {
      const path = join(kitFolder, level, folder);
      for (const file of readdirSync(path)
        .filter((name) => name.endsWith(".xml"))
        .sort()) {
        cases.push(...readCases(level, folder, join(path, file), path, file.replace(/\.xml$/, "")));
      }
    }
  }
  return cases;
}

function foldersOf(path: string): readonly string[] {
  const entries = readdirSync(path, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

function readCases(level: string, folder: string, path: string, folderPath: string, file: string): readonly KitCase[] {
  const root = readXml(readFileSync(path, "utf8"));
  const modelPath = join(folderPath, childOf(root, "modelName")?.text.trim() ?? "");
  return childrenOf(root, "testCase").map((node) => ({
    level,
    folder,
    file,
    id: node.attributes.get("id") ?? "",
    type: (node.attributes.get("type") ?? "decision") as KitCase["type"],
    invocableName: node.attributes.get("invocableName"),
    modelPath,
    inputs: new Map(
      childrenOf(node, "inputNode").map((input) => [input.attributes.get("name") ?? "", readValue(input)]),
    ),
    results: childrenOf(node, "resultNode").map(readResult),
  }));
}

function readResult(node: XmlNode): KitResult {
  const expected = childOf(node, "expected");
  return {
    name: node.attributes.get("name") ?? "",
    errorResult: node.attributes.get("errorResult") === "true",
    expected: expected ? readValue(expected) : { kind: "simple", type: undefined, text: null },
  };
}

/** The value inside of an inputNode, expected, component or item: a list, components, or one value. */
function readValue(node: XmlNode): KitValue {
  const list = childOf(node, "list");
  if (list) {
    if (list.attributes.get("nil") === "true") return { kind: "simple", type: undefined, text: null };
    return { kind: "list", items: childrenOf(list, "item").map(readValue) };
  }
  const components = childrenOf(node, "component");
  if (components.length > 0) {
    return {
      kind: "components",
      entries: new Map(components.map((part) => [part.attributes.get("name") ?? "", readValue(part)])),
    };
  }
  const value = childOf(node, "value");
  if (!value || value.attributes.get("nil") === "true") return { kind: "simple", type: undefined, text: null };
  return { kind: "simple", type: value.attributes.get("type")?.replace(/^.*:/, ""), text: value.text };
}
