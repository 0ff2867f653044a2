/** Characters, entities and the refusal of the XML pre-scan: XML 1.0 §2.2, §2.3 and §4.6. No dependencies. */

export type XmlRuleId = "xml-limit" | "xml-doctype" | "xml-syntax" | "xml-namespace" | "xml-character" | "xml-entity";

/** Control flow of the pre-scan only: the first refusal ends it. */
export class Refusal extends Error {
  readonly ruleId: XmlRuleId;
  readonly offset: number;
  constructor(ruleId: XmlRuleId, offset: number, message: string) {
    super(message);
    this.ruleId = ruleId;
    this.offset = offset;
  }
}

/** Size and characters of the whole text: XML 1.0 §2.2 allows no control characters, surrogates must pair. */
export function checkCharacters(xml: string, bytesMax: number): void {
  let bytes = 0;
  for (let at = xml.charCodeAt(0) === 0xfeff ? 1 : 0; at < xml.length; at++) {
    const code = xml.charCodeAt(at);
    if (isHighSurrogate(code) && isLowSurrogate(xml.charCodeAt(at + 1))) {
      bytes += 4;
      at++;
    } else if (isXmlCodePoint(code)) bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : 3;
    else throw new Refusal("xml-character", at, `Expected text, but found the character ${hexadecimal(code)}`);
    if (bytes > bytesMax) {
      throw new Refusal("xml-limit", at, `Expected at most ${bytesMax} bytes, but the document is larger`);
    }
  }
}

const isHighSurrogate = (code: number): boolean => code >= 0xd800 && code < 0xdc00;

const isLowSurrogate = (code: number): boolean => code >= 0xdc00 && code < 0xe000;

const hexadecimal = (code: number): string => `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;

function isXmlCodePoint(code: number): boolean {
  if (code < 0x20) return code === 0x09 || code === 0x0a || code === 0x0d;
  return code < 0xd800 || (code >= 0xe000 && code < 0xfffe) || (code >= 0x10000 && code <= 0x10ffff);
}

/** Only the five entities of XML 1.0 §4.6 and character references are known: nothing can expand. */
export function checkEntities(xml: string, from: number, to: number): void {
  for (let at = from; at < to; at++) {
    if (xml.charCodeAt(at) !== 38 /* & */) continue;
    let end = at + 1;
    while (end < to && end - at <= 10 && xml.charCodeAt(end) !== 59 /* ; */) end++;
    const name = xml.slice(at + 1, end);
    if (end >= to || xml.charCodeAt(end) !== 59 || !isKnownEntity(name)) {
      throw new Refusal("xml-entity", at, `Expected &amp; or a known entity, but found &${name}`);
    }
    at = end;
  }
}

const namedEntities = new Set(["amp", "lt", "gt", "quot", "apos"]);

function isKnownEntity(name: string): boolean {
  if (namedEntities.has(name)) return true;
  const digits = /^#x([0-9a-fA-F]{1,6})$|^#([0-9]{1,7})$/.exec(name);
  if (!digits) return false;
  return isXmlCodePoint(digits[1] === undefined ? Number(digits[2]) : Number.parseInt(digits[1], 16));
}

export const isNameStart = (code: number): boolean =>
  (code >= 97 && code <= 122) ||
  (code >= 65 && code <= 90) ||
  code === 95 ||
  (code >= 0xc0 && code !== 0xd7 && code !== 0xf7);

export const isNameCharacter = (code: number): boolean =>
  isNameStart(code) || (code >= 48 && code <= 57) || code === 45 || code === 46 || code === 0xb7;

export const isSpace = (code: number): boolean => code === 32 || code === 10 || code === 9 || code === 13;
