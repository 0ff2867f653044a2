/**
 * The DMN files of a deployment. A model may import others (DMN 1.5 §6.3.3): they are looked for by namespace in the
 * same deployment first, then among the latest deployed ones. No order of the files is asked for.
 */
import {
  compileDecisionModel,
  type DecisionModel,
  DmnModelError,
  type ImportResolver,
  readModelNamespace,
} from "../../../decisions/index.ts";
import type { ProblemPlace } from "../contract/errors.ts";

/** Finds the latest deployed model of a namespace. */
export type FindDeployedModel = (namespace: string) => Promise<DecisionModel | undefined>;

interface DecisionFile {
  readonly name: string;
  readonly text: string;
  namespace?: Promise<string | undefined>;
  model?: Promise<DecisionModel | null>;
}

export class DecisionFiles {
  readonly #files: readonly DecisionFile[];
  readonly #findDeployed: FindDeployedModel;
  readonly #problems: ProblemPlace[];
  /** Files whose imports are being followed: to come back to one of them is a cycle. */
  readonly #open = new Set<DecisionFile>();

  /** @param problems where everything wrong with the files is told */
  constructor(
    files: readonly { readonly name: string; readonly text: string }[],
    findDeployed: FindDeployedModel,
    problems: ProblemPlace[],
  ) {
    this.#files = files.map(({ name, text }) => ({ name, text }));
    this.#findDeployed = findDeployed;
    this.#problems = problems;
  }

  /** Compiles a file of the deployment; null when it has problems. */
  async read(name: string): Promise<DecisionModel | null> {
    const file = this.#files.find((each) => each.name === name);
    return file ? this.#compile(file) : null;
  }

  #compile(file: DecisionFile): Promise<DecisionModel | null> {
    file.model ??= this.#compileOnce(file);
    return file.model;
  }

  async #compileOnce(file: DecisionFile): Promise<DecisionModel | null> {
    this.#open.add(file);
    try {
      return await compileDecisionModel(file.text, { resolveImport: (wanted) => this.#resolve(file, wanted) });
    } catch (error) {
      if (!(error instanceof DmnModelError)) throw error;
      this.#report(file, error);
      return null;
    } finally {
      this.#open.delete(file);
    }
  }

  async #resolve(from: DecisionFile, wanted: Parameters<ImportResolver>[0]): Promise<DecisionModel | undefined> {
    if (wanted.namespace === "") return undefined;
    const found = await this.#find(from, wanted);
    if (!found) return this.#findDeployed(wanted.namespace);
    if (this.#open.has(found)) {
      const message = `Expected imports without a cycle, but ${found.name} imports ${from.name} as well`;
      this.#problems.push({ resourceName: from.name, elementId: wanted.name, message });
      return undefined;
    }
    return (await this.#compile(found)) ?? undefined;
  }

  /** By namespace; where two files share it, the one whose name the import's location gives. */
  async #find(from: DecisionFile, wanted: Parameters<ImportResolver>[0]): Promise<DecisionFile | undefined> {
    const found: DecisionFile[] = [];
    for (const file of this.#files) {
      if (file === from) continue;
      file.namespace ??= readModelNamespace(file.text);
      if ((await file.namespace) === wanted.namespace) found.push(file);
    }
    const location = wanted.locationUri?.slice(wanted.locationUri.lastIndexOf("/") + 1);
    return found.find((file) => file.name === location) ?? found[0];
  }

  #report(file: DecisionFile, error: DmnModelError): void {
    for (const problem of error.problems) {
      if (problem.severity !== "error") continue;
      const { line, column } = problem.position ?? {};
      this.#problems.push({
        resourceName: file.name,
        elementId: problem.elementId ?? problem.decisionId ?? null,
        message: problem.message,
        code: problem.ruleId,
        ...(line === undefined ? {} : { line }),
        ...(column === undefined ? {} : { column }),
      });
    }
  }
}
