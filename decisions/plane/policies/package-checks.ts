/**
 * What is refused when a package is uploaded although its DMN compiles: tables that read more than anybody declares,
 * columns of another type than their fact, a facts model that is not the one the manifest names, and approvals by
 * silence where the risk is high. Found here, with the place, instead of as a denial in production.
 */
import { describedFacts, describedRoots, type FactType } from "../decide/facts.ts";
import { InvalidInputError, type PlaneProblem } from "../errors.ts";
import { riskRank } from "../types.ts";
import { declaredFacts, type Manifest } from "./manifest.ts";
import type { CompiledVersion } from "./registry.ts";

/** The facts models that there are: what manifests call them, and the namespace that DMN imports. */
export const factsModels: ReadonlyMap<string, string> = new Map([
  ["agent-policy-facts@1", "urn:interlock:policy:agent-policy-facts"],
]);

/** Throws InvalidInputError with every problem. */
export function refuseInconsistent(compiled: CompiledVersion): void {
  const problems = [
    ...undeclared(compiled),
    ...mistyped(compiled),
    ...otherFactsModel(compiled),
    ...silentApprovals(compiled),
  ];
  if (problems.length > 0)
    throw new InvalidInputError(
      `Expected tables and manifest to agree, but ${problems.map(({ message }) => message).join("; ")}`,
      problems,
    );
}

/** A table that reads a fact which the manifest does not declare would be judged on unchecked input. */
function undeclared({ model, facts }: CompiledVersion): PlaneProblem[] {
  const declared = [...facts.keys()];
  const known = (name: string): boolean =>
    declared.some((one) => one === name || one.startsWith(`${name}.`) || name.startsWith(`${one}.`));
  return [...model.reads]
    .filter((name) => !isDescribed(name) && !known(name))
    .map((name) => ({
      code: "FACT_UNDECLARED",
      message: `${name} is read by the model and declared nowhere`,
      place: `manifest.facts.${name}`,
    }));
}

/** Every request says this of itself, or a part of it, or something inside of an open part. */
function isDescribed(name: string): boolean {
  if (!describedRoots.has(name.split(".")[0] as string)) return false;
  for (const [described, type] of describedFacts)
    if (
      described === name ||
      described.startsWith(`${name}.`) ||
      (type === "context" && name.startsWith(`${described}.`))
    )
      return true;
  return false;
}

/** A column of numbers over a fact that is a text would answer every question with an error. */
function mistyped({ model, manifest }: CompiledVersion): PlaneProblem[] {
  const declared = declaredFacts(manifest);
  return [...model.typed].flatMap(([name, { type }]) => {
    const actual = declared.get(name)?.type ?? describedFacts.get(name);
    if (actual === undefined || family(actual) === family(type)) return [];
    return [
      {
        code: "FACT_TYPE_MISMATCH",
        message: `${name} is a ${actual}, but its column takes a ${type}`,
        place: `dmn ${name}`,
      },
    ];
  });
}

/** Types that one column can hold: FEEL knows one kind of number. */
function family(type: FactType): FactType {
  return type === "integer" ? "number" : type;
}

/** Nobody's silence approves what is of high risk (F04). What cannot be undone is known when it is asked for; then it rejects. */
function silentApprovals({ model, manifest }: CompiledVersion): PlaneProblem[] {
  if (riskRank[manifest.riskClass] < riskRank.high) return [];
  return model.tables.flatMap(({ decisionId, outputs, rules }) => {
    const column = outputs.indexOf("onTimeout");
    return rules
      .filter(({ outputs: entries }) => entries[column] === '"approve"')
      .map(({ ruleIndex }) => ({
        code: "TIMEOUT_APPROVES",
        message: `rule ${ruleIndex} of ${decisionId} approves by silence, and the policy is of ${manifest.riskClass} risk`,
        place: `${decisionId} rule ${ruleIndex}`,
      }));
  });
}

function otherFactsModel({
  model,
  manifest,
}: {
  readonly model: CompiledVersion["model"];
  readonly manifest: Manifest;
}): PlaneProblem[] {
  const { factsSchema } = manifest;
  const imported = [...factsModels].find(([, namespace]) => model.imports.includes(namespace));
  if (factsSchema === undefined)
    return imported === undefined
      ? []
      : [
          {
            code: "FACTS_SCHEMA_MISSING",
            message: `the model imports ${imported[1]}, and the manifest does not say of which version (factsSchema: "${imported[0]}")`,
            place: "manifest.factsSchema",
          },
        ];
  const namespace = factsModels.get(factsSchema);
  if (namespace === undefined)
    return [
      {
        code: "FACTS_SCHEMA_UNKNOWN",
        message: `the facts model ${factsSchema} is none of ${[...factsModels.keys()].join(", ")}`,
        place: "manifest.factsSchema",
      },
    ];
  if (model.imports.includes(namespace)) return [];
  return [
    {
      code: "FACTS_MODEL_NOT_IMPORTED",
      message: `the manifest names ${factsSchema}, and the model does not import ${namespace}`,
      place: "dmn import",
    },
  ];
}
