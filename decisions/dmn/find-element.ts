/** References of an element to the nodes that they mean, in this model or an imported one. */
import type { Compilation } from "./compilation.ts";
import type { ModelNodes } from "./compiled-nodes.ts";
import { nodesOf } from "./compiled-nodes.ts";
import type { Binding, DecisionNode, FunctionNode, InputNode } from "./graph.ts";
import type { ElementReference, ModelImport } from "./model.ts";
import type { DrgElementSource, ModelSource } from "./model-source.ts";
import { resolveHref } from "./requirements.ts";

export type Nodes = Pick<ModelNodes, "decisions" | "inputs" | "functions">;

/** What the compilation of a model's elements needs to know. */
export interface ElementsContext {
  readonly compilation: Compilation;
  readonly source: ModelSource;
  readonly imports: readonly ModelImport[];
  readonly elements: ReadonlyMap<string, DrgElementSource>;
}

/** An element that a reference leads to, and the import it comes through. */
export interface Found<Node> {
  readonly node: Node;
  readonly reference: ElementReference;
  /** Undefined: an element of the model itself, or of one imported without a name. */
  readonly importName: string | undefined;
}

/** One kind of element that references may ask for. */
export interface Wanted<Node> {
  readonly what: string;
  readonly among: (nodes: Nodes) => ReadonlyMap<string, Node>;
  readonly nameOf: (node: Node) => string;
}

export const inputData: Wanted<InputNode> = {
  what: "input data",
  among: (nodes) => nodes.inputs,
  nameOf: (node) => node.name,
};

export const decisions: Wanted<DecisionNode> = {
  what: "decision",
  among: (nodes) => nodes.decisions,
  nameOf: (node) => node.decision.variableName,
};

export const functions: Wanted<FunctionNode> = {
  what: "knowledge model or decision service",
  among: (nodes) => nodes.functions,
  nameOf: (node) => node.name,
};

/** Follows references; those that lead nowhere are reported and left out. */
export function findElements<Node>(
  context: ElementsContext,
  own: Nodes,
  element: DrgElementSource,
  hrefs: readonly string[],
  wanted: Wanted<Node>,
): readonly Found<Node>[] {
  return hrefs.flatMap((href) => findElement(context, own, element, href, wanted) ?? []);
}

function findElement<Node>(
  { source, imports, compilation }: ElementsContext,
  own: Nodes,
  element: DrgElementSource,
  href: string,
  wanted: Wanted<Node>,
): Found<Node> | undefined {
  const { namespace, id } = resolveHref(href, source.namespace);
  const imported = imports.find((candidate) => candidate.namespace === namespace);
  const nodes = namespace === undefined ? own : imported && nodesOf(imported.model);
  const node = nodes && wanted.among(nodes).get(id);
  if (!node) {
    const message = `Expected ${element.name} to refer to a ${wanted.what}, but there is none at ${href}`;
    compilation.log.error("requirement-unresolved", message, { elementId: element.id, decisionId: element.id });
    return undefined;
  }
  const reference = { namespace: namespace ?? source.namespace, id, name: wanted.nameOf(node) };
  return { node, reference, importName: imported?.name || undefined };
}

/** What an element's logic sees under a name. */
export interface Visible {
  readonly name: string;
  readonly importName: string | undefined;
  readonly value: Binding;
}

export function visible<Node>(
  found: readonly Found<Node>[],
  wanted: Wanted<Node>,
  bind: (node: Node) => Binding,
): readonly Visible[] {
  return found.map(({ node, importName }) => ({ name: wanted.nameOf(node), importName, value: bind(node) }));
}

/** The names that an element's logic sees. Elements of an import stand in a context of the import's name (§10.4). */
export function bindNames(
  { compilation }: ElementsContext,
  element: DrgElementSource,
  entries: readonly Visible[],
): ReadonlyMap<string, Binding> {
  const bindings = new Map<string, Binding>();
  const imported = new Map<string, Visible[]>();
  for (const entry of entries) {
    if (entry.importName !== undefined) {
      const siblings = imported.get(entry.importName);
      if (siblings) siblings.push(entry);
      else imported.set(entry.importName, [entry]);
    } else if (bindings.has(entry.name)) {
      const message = `Expected requirements of ${element.name} with different names, but ${entry.name} is there again`;
      compilation.log.error("model-duplicate-name", message, { elementId: element.id, decisionId: element.id });
    } else bindings.set(entry.name, entry.value);
  }
  for (const [name, siblings] of imported) {
    bindings.set(name, (run) => new Map(siblings.map((entry) => [entry.name, entry.value(run) ?? null])));
  }
  return bindings;
}
