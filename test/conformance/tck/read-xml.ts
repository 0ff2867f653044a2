/** A reader for the kit's test files: elements, attributes, text. The files are trusted and well-formed. */

export interface XmlNode {
  /** Local name. */
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlNode[];
  readonly text: string;
}

interface OpenNode {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: XmlNode[];
  text: string;
}

const token =
  /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[([\s\S]*?)\]\]>|<(\/?)([\w.:-]+)((?:[^>"']|"[^"]*"|'[^']*')*?)(\/?)>|([^<]+)/g;

export function readXml(xml: string): XmlNode {
  const root: OpenNode = { name: "", attributes: new Map(), children: [], text: "" };
  const stack = [root];
  for (const [, cdata, closing, name = "", attributes = "", empty, text] of xml.matchAll(token)) {
    const top = stack.at(-1) ?? root;
    if (cdata !== undefined) top.text += cdata;
    else if (text !== undefined) top.text += decode(text);
    else if (closing) stack.pop();
    else if (name !== "") {
      const node: OpenNode = { name: localName(name), attributes: readAttributes(attributes), children: [], text: "" };
      top.children.push(node);
      if (!empty) stack.push(node);
    }
  }
  const [first] = root.children;
  if (!first) throw new Error("Expected a root element, but there is none");
  return first;
}

export function childrenOf(node: XmlNode, name: string): readonly XmlNode[] {
  return node.children.filter((child) => child.name === name);
}

export function childOf(node: XmlNode, name: string): XmlNode | undefined {
  return childrenOf(node, name)[0];
}

function readAttributes(text: string): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  for (const [, name = "", double, single] of text.matchAll(/([\w.:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)) {
    attributes.set(localName(name), decode(double ?? single ?? ""));
  }
  return attributes;
}

const localName = (name: string): string => name.slice(name.indexOf(":") + 1);

const entities = new Map([
  ["amp", "&"],
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["apos", "'"],
]);

function decode(text: string): string {
  return text.replace(/&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));/g, (whole, hexadecimal, decimal, name) => {
    if (hexadecimal) return String.fromCodePoint(Number.parseInt(hexadecimal, 16));
    if (decimal) return String.fromCodePoint(Number(decimal));
    return entities.get(name) ?? whole;
  });
}
