/** Imported models: DMN 1.5 §6.3.3. They are found by namespace; other kinds of import are not executable. */
import { omgNamespace } from "./descriptor.ts";
import type { DecisionModel, ModelImport } from "./model.ts";
import type { ImportSource, ModelSource } from "./model-source.ts";
import type { ProblemLog } from "./problems.ts";

/** Finds a model that another one imports; undefined when there is none. */
export type ImportResolver = (wanted: {
  readonly namespace: string;
  readonly name: string;
  readonly locationUri: string | undefined;
}) => Promise<DecisionModel | undefined> | DecisionModel | undefined;

export async function resolveImports(
  source: ModelSource,
  known: ReadonlyMap<string, DecisionModel>,
  resolve: ImportResolver | undefined,
  log: ProblemLog,
): Promise<readonly ModelImport[]> {
  const imports: ModelImport[] = [];
  const names = new Set<string>();
  for (const wanted of source.imports) {
    const place = { elementId: wanted.id ?? wanted.name };
    if (wanted.importType !== "" && omgNamespace(wanted.importType)?.role !== "model") {
      log.error(
        "import-unsupported",
        `Expected imports of DMN models, but ${wanted.name} is of ${wanted.importType}`,
        place,
      );
      continue;
    }
    if (wanted.name !== "" && names.has(wanted.name)) {
      log.error(
        "model-duplicate-name",
        `Expected imports with different names, but ${wanted.name} is there again`,
        place,
      );
    }
    names.add(wanted.name);
    const model = known.get(wanted.namespace) ?? (await resolve?.(pick(wanted)));
    if (model) imports.push({ name: wanted.name, namespace: wanted.namespace, model });
    else log.error("import-missing", `Expected the imported model ${wanted.namespace}, but it is not deployed`, place);
  }
  return imports;
}

function pick({ namespace, name, locationUri }: ImportSource): Parameters<ImportResolver>[0] {
  return { namespace, name, locationUri };
}
