/** Careful access to moddle's elements: one child where one is allowed, no silent loss. */
import type { ProblemLog, ProblemPlace } from "./problems.ts";

/** What moddle makes of an XML element. Children of every property are lists, see `descriptor.ts`. */
export interface Element {
  readonly $type: string;
  readonly $attrs?: Readonly<Record<string, string>>;
  readonly id?: string;
  readonly [property: string]: unknown;
}

/** What is being read: where complaints go, and inside of which DRG element. */
export interface Reading {
  readonly log: ProblemLog;
  readonly decisionId: string | undefined;
}

export function placeOf(reading: Reading, element: Element): ProblemPlace {
  const elementId = element.id ?? reading.decisionId;
  return {
    ...(elementId === undefined ? {} : { elementId }),
    ...(reading.decisionId === undefined ? {} : { decisionId: reading.decisionId }),
  };
}

/** `literalExpression` for `dmn:LiteralExpression`: what the author wrote. */
export function tagOf(element: Element): string {
  const local = element.$type.slice(element.$type.indexOf(":") + 1);
  return local.charAt(0).toLowerCase() + local.slice(1);
}

export function children(element: Element, property: string): readonly Element[] {
  return (element[property] as readonly Element[] | undefined) ?? [];
}

/** The one child of a property, or undefined. A second one is a problem: one of the two would be without effect. */
export function onlyChild(reading: Reading, element: Element, property: string): Element | undefined {
  const [first, second] = children(element, property);
  if (second) reportSecond(reading, element, property);
  return first;
}

/** The text of a simple child (`<text>`, `<description>`, `<typeRef>`). */
export function onlyText(reading: Reading, element: Element, property: string): string | undefined {
  const [first, second] = (element[property] as readonly string[] | undefined) ?? [];
  if (second !== undefined) reportSecond(reading, element, property);
  return first;
}

function reportSecond(reading: Reading, element: Element, property: string): void {
  const message = `Expected at most one ${property} in <${tagOf(element)}>, but there are more`;
  reading.log.error("xml-repeated-element", message, placeOf(reading, element));
}

export function attribute(element: Element, name: string): string | undefined {
  const value = element[name];
  return value === undefined ? undefined : String(value);
}

/** FEEL names compare with their white space collapsed (DMN 1.5 §10.3.1.4). */
export function normalizeName(name: string): string {
  return name.trim().replace(/\s+/g, " ");
}
