/**
 * XML of models, read with the browser's parser: which elements are parts, and what is said inside a part, each fact
 * under the path of its element and attribute. Extensions of any namespace are read alike.
 */

export interface FactPath {
  /** Local names joined by "/", then "@attribute" when it is one: "ioMapping/input@source". */
  readonly key: string;
  /** What tells the element from its like: the name of a fact, the target of a mapping. */
  readonly which: string | null;
}

const depthMax = 12;

/** Attributes by which repeated elements are told apart, in order of preference. */
const telling = ["key", "target", "policyRef", "variableName", "eventType", "name"] as const;

/** @throws Error when the text is no XML. */
export function readXml(text: string): Document {
  const document = new DOMParser().parseFromString(text, "text/xml");
  const fault = document.getElementsByTagName("parsererror")[0];
  if (fault) throw new Error(`Expected a model in XML, but it cannot be read: ${fault.textContent.slice(0, 200)}`);
  return document;
}

export function childrenOf(element: Element, name: string): readonly Element[] {
  return [...element.children].filter((child) => child.localName === name);
}

/** The text of the child with this name, trimmed. */
export function textIn(element: Element, name: string): string {
  return childrenOf(element, name)[0]?.textContent.trim() ?? "";
}

interface Pending {
  readonly element: Element;
  readonly path: string;
  readonly which: string | null;
  readonly depth: number;
}

/**
 * Everything said in `part`, without what `skip` leaves out (other parts, references that only mirror a flow).
 * `extensionElements` adds nothing to a path: what is in it is said of the part.
 */
export function factsIn(
  part: Element,
  skip: (element: Element) => boolean,
  take: (path: FactPath, value: string) => void,
): void {
  const pending: Pending[] = [{ element: part, path: "", which: null, depth: 0 }];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { element, path, which, depth } = next;
    let said = false;
    for (const attribute of element.attributes) {
      if (isTechnical(attribute, element) || (which !== null && attribute.localName === tellingOf(element)?.localName))
        continue;
      said = true;
      take({ key: `${path}@${attribute.localName}`, which }, attribute.value);
    }
    const children = [...element.children].filter((child) => !skip(child));
    if (depth > 0 && (children.length === 0 || depth >= depthMax)) {
      const text = element.textContent.trim();
      if (text !== "" || !said) take({ key: path, which }, text === "" ? "yes" : text);
      continue;
    }
    for (const child of children.reverse())
      pending.push(
        child.localName === "extensionElements"
          ? { element: child, path, which, depth }
          : {
              element: child,
              path: path === "" ? child.localName : `${path}/${child.localName}`,
              which: tellingOf(child)?.value ?? which,
              depth: depth + 1,
            },
      );
  }
}

function tellingOf(element: Element): Attr | null {
  for (const name of telling) {
    const attribute = element.getAttributeNode(name);
    if (attribute) return attribute;
  }
  return null;
}

/** An id inside OMG's namespaces only serves the file; in an extension it says something (the id of an agent). */
function isTechnical(attribute: Attr, element: Element): boolean {
  return (
    (attribute.localName === "id" && element.namespaceURI?.includes("omg.org/spec/") === true) ||
    attribute.namespaceURI === "http://www.w3.org/2000/xmlns/" ||
    attribute.namespaceURI === "http://www.w3.org/2001/XMLSchema-instance"
  );
}

/** Labels have to be different: the second fact of one label gets a number. Gives the label under which it was put. */
export function numbered(facts: Map<string, string>): (label: string, value: string) => string {
  const counts = new Map<string, number>();
  return (label, value) => {
    const count = (counts.get(label) ?? 0) + 1;
    counts.set(label, count);
    const different = count === 1 ? label : `${label} (${count})`;
    facts.set(different, value);
    return different;
  };
}
