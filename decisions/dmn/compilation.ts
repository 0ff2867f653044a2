/** What the compilers of expressions share: where complaints go, which types and names are known, what a program is. */
import type { EvaluationSession, FeelScope, FeelType, FeelValue, References } from "../feel/index.ts";
import type { TypeRegistry } from "./item-definitions.ts";
import type { NameBudget } from "./name-budget.ts";
import type { ProblemLog, ProblemPlace } from "./problems.ts";

/**
 * A compiled expression. Answers a value or unwinds by the session's stop (limits; in strict mode also the first
 * unknown name, missing value or type error). Everything it needs beyond its scope is inside of it.
 */
export type Program = (scope: FeelScope, session: EvaluationSession) => FeelValue;

/** One model's compilation. */
export interface Compilation {
  readonly log: ProblemLog;
  readonly types: TypeRegistry;
  /** Of the definitions; an expression may say otherwise. */
  readonly expressionLanguage: string | undefined;
  /** Names that stand behind a dot, whatever the scope is: of item components and of imported elements. */
  readonly componentNames: ReadonlySet<string>;
  readonly nameBudget: NameBudget;
  /** Names of the model's elements: only a requirement makes them visible. */
  readonly elementNames: ReadonlySet<string>;
  /** Policies: what is doubtful is an error. */
  readonly strict: boolean;
  /** Names outside of the model that every evaluation has. */
  readonly knownNames: ReadonlySet<string>;
}

/** What surrounds one expression. */
export interface Surroundings {
  readonly compilation: Compilation;
  /** Id of the decision, knowledge model or service that holds the expression. */
  readonly decisionId: string;
  readonly names: Names;
  /** Told about each name that an expression uses and nothing around it defines. */
  readonly onFreeName: (name: string, place: ProblemPlace) => void;
}

/** The names visible in a scope, innermost first. Linked, so that a context of n entries costs n, not n². */
export interface Names {
  readonly own: readonly string[];
  readonly parent: Names | undefined;
}

export function withNames(surroundings: Surroundings, own: readonly string[]): Surroundings {
  return { ...surroundings, names: { own, parent: surroundings.names } };
}

/**
 * Passes on the names that an expression uses and nothing around it defines. Names that an entry of a filtered element
 * may supply (`orders[price > 10]`) are left out: only an evaluation knows.
 */
export function reportFreeNames(
  surroundings: Surroundings,
  { references, uncertainReferences }: References,
  place: ProblemPlace,
): void {
  const uncertain = new Set(uncertainReferences);
  for (const name of references) {
    if (!uncertain.has(name) && !isVisible(surroundings.names, name)) surroundings.onFreeName(name, place);
  }
}

function isVisible(names: Names, name: string): boolean {
  for (let level: Names | undefined = names; level; level = level.parent) if (level.own.includes(name)) return true;
  return false;
}

/** A scope with values of its own; what it does not have, its parent may. */
export class Frame implements FeelScope {
  readonly values: Map<string, FeelValue>;
  private readonly parent: FeelScope | undefined;

  constructor(values: Map<string, FeelValue>, parent?: FeelScope) {
    this.values = values;
    this.parent = parent;
  }

  get(name: string): FeelValue | undefined {
    const value = this.values.get(name);
    return value === undefined ? this.parent?.get(name) : value;
  }
}

/** The program of an expression that is missing or did not compile; deployment has failed before it can run. */
export const nullProgram: Program = () => null;

export function placeIn(surroundings: Surroundings, elementId: string | undefined): ProblemPlace {
  return { elementId: elementId ?? surroundings.decisionId, decisionId: surroundings.decisionId };
}

/** Reports what cannot be meant but can be evaluated: an error in policies, a warning elsewhere. */
export function doubt({ compilation }: Surroundings, ruleId: string, message: string, place: ProblemPlace): void {
  compilation.log[compilation.strict ? "error" : "warning"](ruleId, message, place);
}

/** The type that a reference names; Any without a reference. Unknown names are reported where they stand. */
export function typeFor(
  surroundings: Surroundings,
  typeRef: string | undefined,
  elementId?: string,
): FeelType | undefined {
  return surroundings.compilation.types.resolveReference(typeRef, placeIn(surroundings, elementId));
}

/** Wraps a program so that its value conforms to a type: implicit conversions, else null with a warning. */
export function typedProgram(program: Program, type: FeelType | undefined, coerce: Coercion): Program {
  if (type === undefined || type.kind === "Any") return program;
  return (scope, session) => coerce(program(scope, session), type, session);
}

export type Coercion = (value: FeelValue, type: FeelType, session: EvaluationSession) => FeelValue;
