/**
 * How this room looks at a parsed BPMN element: bpmn-moddle's objects, seen through a narrow type, and the few accessors
 * that turn "whatever the file said" into one type. Everything else reads the model through these functions.
 */

export interface ModdleElement {
  /** "bpmn:ServiceTask", "zeebe:Input", … */
  readonly $type: string;
  readonly $parent?: ModdleElement;
  /** Attributes that no descriptor knows. */
  readonly $attrs?: Readonly<Record<string, string>>;
  readonly id?: string;
  $instanceOf?(type: string): boolean;
  /** The property with its default; lists are never undefined. */
  get?(name: string): unknown;
}

export function isElement(value: unknown): value is ModdleElement {
  return typeof value === "object" && value !== null && "$type" in value;
}

/** True for the type itself and its sub-types in the BPMN metamodel; false for elements of unknown namespaces. */
export function is(element: ModdleElement | null | undefined, ...types: readonly string[]): boolean {
  if (element?.$instanceOf === undefined) return false;
  return types.some((type) => element.$instanceOf?.(type) === true);
}

function property(element: ModdleElement, name: string): unknown {
  // Elements of unknown namespaces are plain objects without `get`.
  return element.get === undefined ? (element as unknown as Record<string, unknown>)[name] : element.get(name);
}

/** A string attribute or text; undefined when absent. Numbers and booleans of the descriptor come back as text. */
export function text(element: ModdleElement | undefined | null, name: string): string | undefined {
  if (element === undefined || element === null) return undefined;
  const value = property(element, name);
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

/** A string that says something: undefined for absent and for blank ones. */
export function words(element: ModdleElement | undefined | null, name: string): string | undefined {
  const value = text(element, name)?.trim();
  return value === undefined || value === "" ? undefined : value;
}

export function flag(element: ModdleElement, name: string, otherwise: boolean): boolean {
  const value = property(element, name);
  if (typeof value === "boolean") return value;
  return typeof value === "string" ? value === "true" || value === "1" : otherwise;
}

export function integer(element: ModdleElement, name: string): number | undefined {
  const value = property(element, name);
  if (typeof value === "number" && Number.isInteger(value)) return value;
  return typeof value === "string" && /^[+-]?\d{1,15}$/.test(value.trim()) ? Number(value) : undefined;
}

/** A contained or referenced element. References that do not resolve were refused when the file was read. */
export function one(element: ModdleElement | undefined | null, name: string): ModdleElement | undefined {
  if (element === undefined || element === null) return undefined;
  const value = property(element, name);
  return isElement(value) ? value : undefined;
}

export function many(element: ModdleElement | undefined | null, name: string): readonly ModdleElement[] {
  if (element === undefined || element === null) return [];
  const value = property(element, name);
  return Array.isArray(value) ? value.filter(isElement) : isElement(value) ? [value] : [];
}

/** Direct children of `extensionElements` with this type, for example "zeebe:TaskDefinition". */
export function extensions(element: ModdleElement | undefined | null, type: string): readonly ModdleElement[] {
  return many(one(element, "extensionElements"), "values").filter((value) => value.$type === type);
}

export function extension(element: ModdleElement | undefined | null, type: string): ModdleElement | undefined {
  return extensions(element, type)[0];
}

/** The id of an element that must have one (the reader gives one to every flow element). */
export function idOf(element: ModdleElement): string {
  return element.id ?? "";
}

/** "service task “Pay” (pay)": for messages. */
export function describe(element: ModdleElement): string {
  const kind = element.$type
    .replace(/^.*:/, "")
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase();
  const name = words(element, "name");
  return name === undefined || name.length > 80
    ? `the ${kind} "${idOf(element)}"`
    : `the ${kind} "${name}" (${idOf(element)})`;
}
