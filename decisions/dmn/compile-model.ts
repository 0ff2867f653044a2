/**
 * DMN XML to an immutable `DecisionModel`, ready to evaluate. All checks happen here, once: what deploys can be
 * evaluated, and what cannot is refused with every problem and its place.
 */
import { createHash } from "node:crypto";
import { compileElements } from "./compile-elements.ts";
import { rememberNodes, typesOf } from "./compiled-nodes.ts";
import { compileItemDefinitions, componentNames } from "./item-definitions.ts";
import type { DecisionModel } from "./model.ts";
import { newNameBudget } from "./name-budget.ts";
import type { DmnProblem, ProblemLog } from "./problems.ts";
import { DmnModelError, hasErrors, newProblemLog } from "./problems.ts";
import { readModel } from "./read-model.ts";
import { compilationOrder, indexElements } from "./requirements.ts";
import type { ImportResolver } from "./resolve-imports.ts";
import { resolveImports } from "./resolve-imports.ts";
import type { XmlLimits } from "./xml-prescan.ts";

export interface CompileModelOptions {
  /** Models that may be imported, by namespace. */
  readonly importedModels?: ReadonlyMap<string, DecisionModel>;
  /** Asked for imports that `importedModels` does not have. */
  readonly resolveImport?: ImportResolver;
  /**
   * For policies: names that nothing defines and decisions without logic are errors, not warnings.
   * Default false, because diagrams read variables of the process without declaring them.
   */
  readonly strict?: boolean;
  /** Names that the caller gives to every evaluation: known without input data of that name. For `strict`. */
  readonly knownNames?: ReadonlySet<string>;
  readonly limits?: Partial<XmlLimits>;
}

/**
 * Compiles a decision model of DMN 1.1 to 1.7.
 * @throws DmnModelError with all problems, when there is an error among them
 */
export async function compileDecisionModel(xml: string, options: CompileModelOptions = {}): Promise<DecisionModel> {
  const log = newProblemLog();
  const model = await compile(xml, options, log);
  if (!model || hasErrors(log)) throw new DmnModelError(located(log.problems, xml));
  return model;
}

async function compile(xml: string, options: CompileModelOptions, log: ProblemLog): Promise<DecisionModel | undefined> {
  const source = await readModel(xml, log, options.limits);
  if (!source) return undefined;
  const imports = await resolveImports(source, options.importedModels ?? new Map(), options.resolveImport, log);
  const types = compileItemDefinitions(
    source,
    imports.map(({ name, namespace, model }) => ({ name, namespace, types: typesOf(model) })),
    log,
  );
  const elements = indexElements(source, log);
  const order = compilationOrder(elements, source.namespace, log);
  if (hasErrors(log)) return undefined;
  const compilation = {
    log,
    types,
    expressionLanguage: source.expressionLanguage,
    componentNames: new Set([...componentNames(source), ...imports.flatMap(({ model }) => elementNames(model))]),
    nameBudget: newNameBudget(),
    elementNames: new Set(source.elements.map((element) => element.variableName)),
    strict: options.strict ?? false,
    knownNames: options.knownNames ?? new Set<string>(),
  };
  const nodes = compileElements({ compilation, source, imports, elements }, order);
  const model: DecisionModel = {
    id: source.id,
    name: source.name,
    namespace: source.namespace,
    dmnVersion: source.dmnVersion,
    xml,
    contentHash: createHash("sha256").update(xml).digest("hex"),
    imports,
    ...nodes.published,
    itemDefinitions: types.definitions,
    warnings: log.problems,
  };
  rememberNodes(model, { ...nodes, types });
  return model;
}

function elementNames(model: DecisionModel): readonly string[] {
  const { decisions, decisionServices, inputData, businessKnowledgeModels } = model;
  return [decisions, decisionServices, inputData, businessKnowledgeModels].flatMap((elements) =>
    [...elements.values()].map((element) => element.variableName),
  );
}

/** Adds the line and column of the element to problems that know its id only. */
function located(problems: readonly DmnProblem[], xml: string): readonly DmnProblem[] {
  const places = new Map<string, { readonly line: number; readonly column: number } | undefined>();
  return problems.map((problem) => {
    const { elementId, position } = problem;
    if (position?.line !== undefined || elementId === undefined) return problem;
    if (!places.has(elementId)) places.set(elementId, placeOfId(xml, elementId));
    const place = places.get(elementId);
    return place ? { ...problem, position: { ...position, ...place } } : problem;
  });
}

function placeOfId(xml: string, id: string): { readonly line: number; readonly column: number } | undefined {
  const offset = xml.indexOf(`id="${id}"`);
  if (offset === -1) return undefined;
  let line = 1;
  for (let at = xml.indexOf("\n"); at !== -1 && at < offset; at = xml.indexOf("\n", at + 1)) line++;
  return { line, column: offset - xml.lastIndexOf("\n", offset) };
}
