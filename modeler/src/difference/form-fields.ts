/** The fields of a form-js schema in their order, also those inside groups, each with its settings in words. */
import { isObject, type JsonObject, type JsonValue } from "../api/json.ts";
import { type Change, compareParts, type Part, type Parts, reordered } from "./change.ts";

const kinds = new Map([
  ["textfield", "Text field"],
  ["textarea", "Text area"],
  ["number", "Number"],
  ["datetime", "Date and time"],
  ["checkbox", "Checkbox"],
  ["checklist", "Checkbox group"],
  ["radio", "Radio group"],
  ["select", "Select"],
  ["taglist", "Tag list"],
  ["text", "Text"],
  ["html", "HTML"],
  ["image", "Image"],
  ["table", "Table"],
  ["group", "Group"],
  ["dynamiclist", "Dynamic list"],
  ["iframe", "Frame"],
  ["button", "Button"],
  ["spacer", "Spacer"],
  ["separator", "Separator"],
  ["filepicker", "File picker"],
  ["documentPreview", "Document preview"],
  ["expression", "Expression"],
]);

const labels = new Map([
  ["key", "Key"],
  ["label", "Label"],
  ["description", "Description"],
  ["text", "Text"],
  ["defaultValue", "Default"],
  ["readonly", "Read only"],
  ["disabled", "Disabled"],
  ["conditional.hide", "Hidden when"],
  ["validate.required", "Required"],
  ["validate.min", "Minimum"],
  ["validate.max", "Maximum"],
  ["validate.minLength", "Minimum length"],
  ["validate.maxLength", "Maximum length"],
  ["validate.pattern", "Pattern"],
  ["valuesExpression", "Options from"],
  ["valuesKey", "Options from"],
  ["decimalDigits", "Decimals"],
]);

/** What says where and not what: rows and columns of the drawing, technical ids. */
const silent = new Set(["components", "id", "type", "layout"]);
const depthMax = 20;

/** @throws Error when the text is no form-js schema. */
export function readForm(schema: string): Parts {
  const form = JSON.parse(schema) as JsonValue;
  if (!isObject(form)) throw new Error("Expected a form-js schema, but the text is another JSON value.");
  const parts = new Map<string, Part>();
  const name = typeof form.id === "string" ? form.id : "form";
  parts.set("", { id: "", kind: "Form", name, facts: new Map([["Id", name]]) });
  const pending = componentsOf(form, "");
  for (let next = pending.pop(); next; next = pending.pop()) {
    const part = toPart(next.component, next.inside, parts.size);
    if (!parts.has(part.id)) parts.set(part.id, part);
    for (const inner of componentsOf(next.component, part.name)) pending.push(inner);
  }
  return parts;
}

/** Last one first: they are taken from the end. */
function componentsOf(owner: JsonObject, inside: string): { component: JsonObject; inside: string }[] {
  const { components } = owner;
  return Array.isArray(components)
    ? components
        .filter(isObject)
        .map((component) => ({ component, inside }))
        .reverse()
    : [];
}

function toPart(component: JsonObject, inside: string, place: number): Part {
  const text = (name: string): string => (typeof component[name] === "string" ? component[name] : "");
  const kind = kinds.get(text("type")) ?? (text("type") || "Field");
  const facts = new Map<string, string>();
  for (const [name, value] of Object.entries(component)) if (!silent.has(name)) addFacts(name, value, facts);
  if (inside !== "") facts.set("Inside", inside);
  return {
    id: text("id") || text("key") || `field ${place}`,
    kind,
    name: text("label") || text("key") || text("text").replace(/^#+ */, "").split("\n")[0]?.slice(0, 60) || kind,
    facts,
  };
}

/** Settings inside settings by their path; options by their value. */
function addFacts(name: string, value: JsonValue, facts: Map<string, string>): void {
  const pending: { path: string; value: JsonValue; depth: number }[] = [{ path: name, value, depth: 0 }];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { path, depth } = next;
    if (depth < depthMax && isObject(next.value)) {
      for (const [key, inner] of Object.entries(next.value))
        pending.push({ path: `${path}.${key}`, value: inner, depth: depth + 1 });
    } else if (path === "values" && Array.isArray(next.value)) {
      for (const option of next.value)
        if (isObject(option)) facts.set(`Option ${String(option.value)}`, String(option.label ?? ""));
    } else facts.set(labelOf(path), typeof next.value === "string" ? next.value : JSON.stringify(next.value));
  }
}

function labelOf(path: string): string {
  const known = labels.get(path);
  if (known !== undefined) return known;
  const words = path
    .replaceAll(".", ": ")
    .replace(/([a-z])([A-Z])/g, (_, end: string, start: string) => `${end} ${start.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What differs between two schemas. @throws Error when one of them is none. */
export function compareForms(before: string, after: string): readonly Change[] {
  const [old, now] = [readForm(before), readForm(after)];
  return compareParts(old, now, reordered([...old.keys()], [...now.keys()]));
}
