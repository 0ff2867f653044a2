/** The decision table that people mean by an id or a name: of a decision, or the body of a knowledge model. */
import type { DecisionModel } from "../model.ts";
import type { TableSource } from "../model-source.ts";

/** Throws RangeError when there is no such decision, or its logic is no table. */
export function findTable(model: DecisionModel, idOrName: string): TableSource {
  const element =
    model.decisions.get(idOrName) ??
    model.businessKnowledgeModels.get(idOrName) ??
    [...model.decisions.values(), ...model.businessKnowledgeModels.values()].find(({ name }) => name === idOrName);
  if (!element)
    throw new RangeError(`Expected a decision or knowledge model of ${model.name}, but there is no ${idOrName}`);
  if (!element.table) throw new RangeError(`Expected a decision table as the logic of ${element.name}, but it is none`);
  return element.table;
}
