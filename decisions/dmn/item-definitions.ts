/** Item definitions to FEEL types: DMN 1.5 §7.3.2. Names resolve once, at deployment; unknown ones are problems. */

import type { FeelType, FeelValue, TypeEnvironment } from "../feel/index.ts";
import { anyType, builtInType, compileUnaryTests, FeelSyntaxError } from "../feel/index.ts";
import { omgNamespace } from "./descriptor.ts";
import type { ItemDefinitionSource, ModelSource, TextSource } from "./model-source.ts";
import type { ProblemLog, ProblemPlace } from "./problems.ts";
import { within } from "./problems.ts";
import { normalizeName } from "./read-element.ts";

/** The types that a model's expressions and elements may name. */
export interface TypeRegistry extends TypeEnvironment {
  /** The type of a `typeRef`; undefined when there is no reference or it names nothing (which is then reported). */
  resolveReference(typeRef: string | undefined, place: ProblemPlace): FeelType | undefined;
  /** The text of the allowed values of a definition of this model: their order is a priority. */
  allowedValuesOf(typeRef: string | undefined): TextSource | undefined;
  /** The model's own item definitions by name. */
  readonly definitions: ReadonlyMap<string, FeelType>;
}

/** Types of another model, by the name and namespace it is imported with. */
export interface ImportedTypes {
  readonly name: string;
  readonly namespace: string;
  readonly types: TypeEnvironment;
}

/** Type names of tools before DMN 1.2, which Camunda 7 models still use. */
const legacyNames = new Map([
  ["integer", "number"],
  ["long", "number"],
  ["double", "number"],
  ["any", "Any"],
]);

export function compileItemDefinitions(
  source: ModelSource,
  imports: readonly ImportedTypes[],
  log: ProblemLog,
): TypeRegistry {
  const sources = new Map<string, ItemDefinitionSource>();
  for (const definition of source.itemDefinitions) {
    if (sources.has(definition.name)) {
      const message = `Expected each item definition once, but ${definition.name} is defined again`;
      log.error("model-duplicate-name", message, placeOf(definition));
    }
    sources.set(definition.name, definition);
  }
  const registry = new Registry(source, sources, imports, log);
  for (const definition of sources.values()) registry.resolve(definition.name);
  return registry;
}

/** Every component name of the model, for the parser: names behind a dot may hold blanks and operators. */
export function componentNames(source: ModelSource): ReadonlySet<string> {
  const names = new Set<string>();
  const pending = [...source.itemDefinitions];
  for (let definition = pending.pop(); definition; definition = pending.pop()) {
    for (const component of definition.components) {
      names.add(component.name);
      pending.push(component);
    }
  }
  return names;
}

class Registry implements TypeRegistry {
  readonly definitions = new Map<string, FeelType>();
  private readonly underWay = new Set<string>();
  private readonly source: ModelSource;
  private readonly sources: ReadonlyMap<string, ItemDefinitionSource>;
  private readonly imports: readonly ImportedTypes[];
  private readonly log: ProblemLog;

  constructor(
    source: ModelSource,
    sources: ReadonlyMap<string, ItemDefinitionSource>,
    imports: readonly ImportedTypes[],
    log: ProblemLog,
  ) {
    this.source = source;
    this.sources = sources;
    this.imports = imports;
    this.log = log;
  }

  resolve(name: string): FeelType | undefined {
    const known = this.definitions.get(name);
    if (known) return known;
    const definition = this.sources.get(name);
    if (!definition) return this.resolveImported(name) ?? this.resolveComponent(name) ?? builtInType(name);
    if (this.underWay.has(name) || this.underWay.size >= nestingMax) return this.refuseNesting(definition);
    this.underWay.add(name);
    const type = this.compile(definition);
    this.underWay.delete(name);
    this.definitions.set(name, type);
    return type;
  }

  resolveReference(typeRef: string | undefined, place: ProblemPlace): FeelType | undefined {
    const name = typeRef === undefined ? "" : this.localName(normalizeName(typeRef));
    if (name === "") return undefined;
    const type = this.resolve(name) ?? builtInType(legacyNames.get(name) ?? "");
    if (!type) this.log.error("type-unknown", `Expected a type that is defined, but ${name} is not`, place);
    return type;
  }

  allowedValuesOf(typeRef: string | undefined): TextSource | undefined {
    let name = typeRef;
    // A chain of references; the registry has refused cycles, and the bound holds where it has.
    for (let hops = 0; name !== undefined && hops < nestingMax; hops++) {
      const definition = this.sources.get(this.localName(normalizeName(name)));
      if (definition?.allowedValues) return definition.allowedValues;
      name = definition?.typeRef;
    }
    return undefined;
  }

  /** DMN 1.1 writes type references as QNames: `feel:string`, or a prefix of this or an imported model. */
  private localName(typeRef: string): string {
    const colon = typeRef.indexOf(":");
    if (colon === -1 || this.sources.has(typeRef)) return typeRef;
    const uri = this.source.prefixes.get(typeRef.slice(0, colon));
    if (uri === undefined) return typeRef;
    const local = typeRef.slice(colon + 1);
    if (omgNamespace(uri)?.role === "feel" || uri === this.source.namespace) return local;
    const imported = this.imports.find((candidate) => candidate.namespace === uri);
    return imported ? `${imported.name}.${local}` : typeRef;
  }

  private resolveImported(name: string): FeelType | undefined {
    for (const imported of this.imports) {
      const prefix = imported.name === "" ? "" : `${imported.name}.`;
      if (!name.startsWith(prefix)) continue;
      const type = imported.types.resolve(name.slice(prefix.length));
      if (type) return type;
    }
    return undefined;
  }

  /** `tOrder.item`: the type of a component of another definition. */
  private resolveComponent(name: string): FeelType | undefined {
    const dot = name.lastIndexOf(".");
    if (dot === -1) return undefined;
    const owner = this.resolve(name.slice(0, dot));
    const base = owner && baseOf(owner);
    return base?.kind === "context" ? base.entries.get(name.slice(dot + 1)) : undefined;
  }

  private refuseNesting(definition: ItemDefinitionSource): FeelType {
    const message = this.underWay.has(definition.name)
      ? `Expected item definitions without cycles, but ${definition.name} is defined by itself`
      : `Expected item definitions nested at most ${nestingMax} deep, but ${definition.name} is deeper`;
    this.log.error("type-cycle", message, placeOf(definition));
    return anyType;
  }

  private compile(definition: ItemDefinitionSource): FeelType {
    const item = restrict(this.compileItem(definition), definition.allowedValues, this.log);
    const whole: FeelType = definition.isCollection ? { kind: "list", item } : item;
    return restrict(whole, definition.typeConstraint, this.log);
  }

  private compileItem(definition: ItemDefinitionSource): FeelType {
    const place = placeOf(definition);
    if (definition.functionItem) {
      const { parameters, outputTypeRef } = definition.functionItem;
      const types = parameters.map((parameter) => this.resolveReference(parameter.typeRef, place) ?? anyType);
      return { kind: "function", parameters: types, result: this.resolveReference(outputTypeRef, place) ?? anyType };
    }
    if (definition.components.length === 0) return this.resolveReference(definition.typeRef, place) ?? anyType;
    const entries = new Map<string, FeelType>();
    for (const component of definition.components) {
      if (entries.has(component.name)) {
        const message = `Expected each component of ${definition.name} once, but ${component.name} is defined again`;
        this.log.error("model-duplicate-name", message, placeOf(component));
      }
      entries.set(component.name, this.compile(component));
    }
    return { kind: "context", entries };
  }
}

/** Types refer to types; conformance walks them, so their depth is bounded. */
const nestingMax = 64;

export function baseOf(type: FeelType): FeelType {
  let base = type;
  while (base.kind === "restricted") base = base.base;
  return base;
}

/** The variable of a knowledge model or a service may have the type of the function or the type of its result. */
export function resultTypeOf(type: FeelType | undefined): FeelType | undefined {
  const base = type && baseOf(type);
  return base?.kind === "function" ? base.result : type;
}

function placeOf(definition: ItemDefinitionSource): ProblemPlace {
  return { elementId: definition.id ?? definition.name };
}

function restrict(base: FeelType, allowed: TextSource | undefined, log: ProblemLog): FeelType {
  if (!allowed || allowed.text.trim() === "") return base;
  const allows = compileAllowedValues(allowed, log);
  return allows ? { kind: "restricted", base, allows } : base;
}

const emptyScope = new Map<string, FeelValue>();

/** Allowed values as a test of one value; undefined when the text is not FEEL, which is then reported. */
export function compileAllowedValues(
  { text, id }: TextSource,
  log: ProblemLog,
  place: ProblemPlace = id === undefined ? {} : { elementId: id },
): ((value: FeelValue) => boolean) | undefined {
  try {
    const tests = compileUnaryTests(text);
    return (value) => tests.evaluate(value, emptyScope).value === true;
  } catch (error) {
    if (!(error instanceof FeelSyntaxError)) throw error;
    log.error("expression-syntax", `Expected allowed values in FEEL, but ${error.message}`, {
      ...place,
      position: within(error),
    });
    return undefined;
  }
}
