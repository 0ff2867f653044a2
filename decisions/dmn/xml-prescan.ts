/**
 * XML pre-scan: one linear pass over a model's text before any XML library sees it. Generic (BPMN and DMN use it) and
 * without dependencies. It refuses what is not well-formed (XML 1.0 §2, Namespaces in XML §3), what could expand
 * (DOCTYPE, unknown entities) and what makes the reader behind it super-linear: saxen recomputes line and column from
 * the start of the text at every warning, so repeated, bare, unquoted, undeclared-prefix or non-ASCII attributes cost it
 * quadratic time (15 s for 240 kB), as do stray texts (8 s for 640 kB), lists of references (1 s for 160 kB) and
 * namespace declarations, which copy their whole scope (9 s for 152 kB).
 */

import type { XmlRuleId } from "./xml-characters.ts";
import { checkCharacters, checkEntities, isNameCharacter, isNameStart, isSpace, Refusal } from "./xml-characters.ts";
import { type Attributes, type NamespaceLimits, NamespaceScope, type Span } from "./xml-namespaces.ts";

/** Bounds of one document. Every field has a default in {@link defaultXmlLimits}. */
export interface XmlLimits extends NamespaceLimits {
  /** Size of the text in UTF-8. */
  readonly bytesMax: number;
  readonly depthMax: number;
  readonly elementsMax: number;
  readonly attributesPerElementMax: number;
  /** Entries of an attribute that the reader takes as a list of references. */
  readonly listItemsMax: number;
}

export const defaultXmlLimits: XmlLimits = {
  bytesMax: 4 * 1024 * 1024,
  depthMax: 256,
  elementsMax: 200_000,
  attributesPerElementMax: 128,
  namespaceNestingMax: 32,
  namespacesMax: 32,
  listItemsMax: 100,
};

/** What the language of the document adds to the rules of XML. */
export interface XmlRules {
  /**
   * Local names of the elements that hold text; text anywhere else is refused, except beneath `extensionElements` and
   * `extension`. Without this a reader behind the pre-scan warns about each stray character, at quadratic cost (22 s
   * for 700 kB). Undefined: text may stand anywhere.
   */
  readonly textElements?: ReadonlySet<string>;
  /**
   * Namespaces that the reader knows: their elements hold text only by `textElements` beneath extension elements too.
   * Undefined: none.
   */
  isKnownNamespace?(uri: string): boolean;
  /** Attributes that the reader takes as lists of references: it compares each entry with all before it. */
  readonly listAttributes?: ReadonlySet<string>;
}

/** Why a document is refused, and where. Lines and columns count from 1, in UTF-16 units. */
export interface XmlProblem {
  readonly ruleId: XmlRuleId;
  readonly message: string;
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

/**
 * Scans `xml` once. Answers null when a reader may have it, else the first problem.
 * Linear in the length of the text; stops at the first refusal.
 */
export function prescanXml(xml: string, limits: Partial<XmlLimits> = {}, rules: XmlRules = {}): XmlProblem | null {
  const scan = newScan(xml, { ...defaultXmlLimits, ...limits }, rules);
  try {
    checkCharacters(xml, scan.limits.bytesMax);
    scanDocument(scan);
    return null;
  } catch (refusal) {
    if (refusal instanceof Refusal) return locate(xml, refusal);
    throw refusal;
  }
}

interface OpenElement {
  readonly name: string;
  /** Prefixes that this element declares; null when none. */
  readonly prefixes: readonly string[] | null;
  readonly extension: boolean;
  readonly holdsText: boolean;
}

interface Scan {
  readonly xml: string;
  readonly rules: XmlRules;
  readonly limits: XmlLimits;
  readonly open: OpenElement[];
  readonly namespaces: NamespaceScope;
  at: number;
  elements: number;
  rootSeen: boolean;
}

function newScan(xml: string, limits: XmlLimits, rules: XmlRules): Scan {
  const namespaces = new NamespaceScope(limits);
  return { xml, limits, rules, open: [], namespaces, at: 0, elements: 0, rootSeen: false };
}

function locate(xml: string, { ruleId, offset, message }: Refusal): XmlProblem {
  let line = 1;
  let lineStart = 0;
  for (let next = xml.indexOf("\n"); next !== -1 && next < offset; next = xml.indexOf("\n", lineStart)) {
    line++;
    lineStart = next + 1;
  }
  const column = offset - lineStart + 1;
  return { ruleId, message: `${message} (line ${line}, column ${column})`, offset, line, column };
}

function scanDocument(scan: Scan): void {
  const { xml } = scan;
  if (xml.charCodeAt(0) === 0xfeff) scan.at = 1;
  while (scan.at < xml.length) {
    const next = xml.indexOf("<", scan.at);
    scanText(scan, scan.at, next === -1 ? xml.length : next);
    if (next === -1) break;
    scan.at = next;
    scanMarkup(scan);
  }
  const unclosed = scan.open.at(-1);
  if (unclosed) throw new Refusal("xml-syntax", xml.length, `Expected </${unclosed.name}>, but the document ends`);
  if (!scan.rootSeen) throw new Refusal("xml-syntax", xml.length, "Expected a root element, but there is none");
}

function scanText(scan: Scan, from: number, to: number): void {
  checkTextAllowed(scan, from, to);
  if (scan.open.length > 0) checkEntities(scan.xml, from, to);
}

function checkTextAllowed({ xml, open }: Scan, from: number, to: number): void {
  const element = open.at(-1);
  if (element?.holdsText) return;
  for (let at = from; at < to; at++) {
    if (isSpace(xml.charCodeAt(at))) continue;
    const where = element ? `inside of <${element.name}>` : "outside of the root element";
    throw new Refusal("xml-syntax", at, `Expected elements only, but found text ${where}`);
  }
}

/** Of BPMN and DMN, and of their diagrams. */
const extensionElements = new Set(["extensionElements", "extension"]);

/** What may stand inside of an element that opens now. */
function contentOf(scan: Scan, name: string): Pick<OpenElement, "extension" | "holdsText"> {
  const { open, rules } = scan;
  const localName = name.slice(name.indexOf(":") + 1);
  const beneath = open.at(-1)?.extension ?? false;
  const extension = extensionElements.has(localName) || beneath;
  const holdsText = rules.textElements?.has(localName) ?? true;
  return { extension, holdsText: holdsText || (extension && !isKnown(scan, name)) };
}

/** An entity in a namespace's address is not worth decoding: whoever writes one is taken to mean a known one. */
function isKnown({ rules, namespaces }: Scan, name: string): boolean {
  const uri = namespaces.uriOf(name);
  return (
    uri !== undefined && rules.isKnownNamespace !== undefined && (uri.includes("&") || rules.isKnownNamespace(uri))
  );
}

function scanMarkup(scan: Scan): void {
  const { xml, at } = scan;
  if (xml.startsWith("<!--", at)) skipTo(scan, "-->", 4, "a comment");
  else if (xml.startsWith("<![CDATA[", at)) {
    skipTo(scan, "]]>", 9, "a CDATA section");
    checkTextAllowed(scan, at, at + 1); // even an empty section is text
  } else if (xml.startsWith("<?", at)) skipTo(scan, "?>", 2, "a processing instruction");
  else if (xml.startsWith("<!", at)) {
    throw new Refusal("xml-doctype", at, "Expected a model without DOCTYPE and declarations, but found <!");
  } else if (xml.startsWith("</", at)) scanEndTag(scan);
  else scanStartTag(scan);
}

function skipTo(scan: Scan, end: string, openLength: number, what: string): void {
  const found = scan.xml.indexOf(end, scan.at + openLength);
  if (found === -1) throw new Refusal("xml-syntax", scan.at, `Expected the end of ${what}, but the document ends`);
  scan.at = found + end.length;
}

function scanEndTag(scan: Scan): void {
  const start = scan.at;
  scan.at += 2;
  const name = scanName(scan);
  skipSpace(scan);
  expectCharacter(scan, ">");
  const open = scan.open.pop();
  if (open?.name !== name) {
    const expected = open ? `</${open.name}>` : "no end tag";
    throw new Refusal("xml-syntax", start, `Expected ${expected}, but found </${name}>`);
  }
  scan.namespaces.close(open.prefixes);
}

function scanStartTag(scan: Scan): void {
  const start = scan.at++;
  const name = scanName(scan);
  if (scan.open.length === 0 && scan.rootSeen) {
    throw new Refusal("xml-syntax", start, `Expected one root element, but found a second one <${name}>`);
  }
  scan.rootSeen = true;
  if (++scan.elements > scan.limits.elementsMax) {
    throw new Refusal("xml-limit", start, `Expected at most ${scan.limits.elementsMax} elements, but there are more`);
  }
  const attributes = scanAttributes(scan, name);
  const prefixes = scan.namespaces.open(scan.xml, attributes, start);
  scan.namespaces.check(name, start);
  for (const [attribute, { nameAt }] of attributes) scan.namespaces.check(attribute, nameAt);
  if (scan.xml.startsWith("/>", scan.at)) {
    scan.at += 2;
    scan.namespaces.close(prefixes);
    return;
  }
  expectCharacter(scan, ">");
  scan.open.push({ name, prefixes, ...contentOf(scan, name) });
  if (scan.open.length > scan.limits.depthMax) {
    throw new Refusal(
      "xml-limit",
      start,
      `Expected elements nested at most ${scan.limits.depthMax} deep, but <${name}> is deeper`,
    );
  }
}

/** Stops before `>` or `/>`. */
function scanAttributes(scan: Scan, element: string): Attributes {
  const attributes = new Map<string, Span & { readonly nameAt: number }>();
  const { xml, limits } = scan;
  for (;;) {
    const spaced = skipSpace(scan);
    const code = xml.charCodeAt(scan.at);
    if (code === 62 /* > */ || code === 47 /* / */ || scan.at >= xml.length) return attributes;
    if (!spaced)
      throw new Refusal(
        "xml-syntax",
        scan.at,
        `Expected a blank before the next attribute of <${element}>, but there is none`,
      );
    const start = scan.at;
    const name = scanName(scan);
    checkAttributeName(name, start);
    if (attributes.has(name)) {
      throw new Refusal("xml-syntax", start, `Expected each attribute of <${element}> once, but found ${name} again`);
    }
    attributes.set(name, { nameAt: start, ...scanAttributeValue(scan, name) });
    if (attributes.size > limits.attributesPerElementMax) {
      throw new Refusal(
        "xml-limit",
        start,
        `Expected at most ${limits.attributesPerElementMax} attributes on <${element}>, but there are more`,
      );
    }
  }
}

/** XML has more letters, but saxen drops such an attribute, with a warning for each of them. */
function checkAttributeName(name: string, at: number): void {
  for (let index = 0; index < name.length; index++) {
    if (name.charCodeAt(index) < 128) continue;
    throw new Refusal(
      "xml-syntax",
      at,
      `Expected an attribute name of ASCII characters, but found ${name.slice(0, 40)}`,
    );
  }
}

function scanAttributeValue(scan: Scan, name: string): Span {
  const { xml } = scan;
  skipSpace(scan);
  if (xml[scan.at] !== "=")
    throw new Refusal("xml-syntax", scan.at, `Expected = after the attribute ${name}, but it has no value`);
  scan.at++;
  skipSpace(scan);
  const quote = xml[scan.at];
  if (quote !== '"' && quote !== "'") {
    throw new Refusal("xml-syntax", scan.at, `Expected a quoted value of the attribute ${name}, but it has no quotes`);
  }
  const from = scan.at + 1;
  const end = xml.indexOf(quote, from);
  if (end === -1)
    throw new Refusal("xml-syntax", scan.at, `Expected the value of ${name} to end, but the document ends`);
  for (let at = from; at < end; at++) {
    if (xml.charCodeAt(at) === 60)
      throw new Refusal("xml-syntax", at, `Expected &lt; in the value of ${name}, but found <`);
  }
  checkEntities(xml, from, end);
  if (scan.rules.listAttributes?.has(name.slice(name.indexOf(":") + 1))) checkList(scan, name, from, end);
  scan.at = end + 1;
  return { from, to: end };
}

function checkList({ xml, limits }: Scan, name: string, from: number, to: number): void {
  let items = 1;
  for (let at = from; at < to; at++) {
    if (!isSpace(xml.charCodeAt(at)) || ++items <= limits.listItemsMax) continue;
    throw new Refusal(
      "xml-limit",
      from,
      `Expected at most ${limits.listItemsMax} entries of ${name}, but there are more`,
    );
  }
}

/** A qualified name (Namespaces in XML §4): at most one colon, neither first nor last. */
function scanName(scan: Scan): string {
  const { xml } = scan;
  const start = scan.at;
  let colons = 0;
  let end = start;
  for (; end < xml.length; end++) {
    const code = xml.charCodeAt(end);
    if (code === 58 /* : */) colons++;
    else if (!(end === start ? isNameStart(code) : isNameCharacter(code))) break;
  }
  scan.at = end;
  const malformed = colons > 1 || (colons === 1 && (xml[start] === ":" || xml[end - 1] === ":"));
  if (end === start || malformed) {
    const found =
      end >= xml.length
        ? "the document ends"
        : `found ${JSON.stringify(xml.slice(start, Math.max(end, start + 1)).slice(0, 40))}`;
    throw new Refusal("xml-syntax", start, `Expected a name, but ${found}`);
  }
  return xml.slice(start, end);
}

function skipSpace(scan: Scan): boolean {
  const start = scan.at;
  while (isSpace(scan.xml.charCodeAt(scan.at))) scan.at++;
  return scan.at > start;
}

function expectCharacter(scan: Scan, character: string): void {
  if (scan.xml[scan.at] !== character) {
    const found = scan.at >= scan.xml.length ? "the document ends" : `found ${JSON.stringify(scan.xml[scan.at])}`;
    throw new Refusal("xml-syntax", scan.at, `Expected ${character}, but ${found}`);
  }
  scan.at++;
}
