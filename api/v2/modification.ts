/**
 * Modification instructions: as the wire has them, and what they are for the engine. A move of one element instance (by key) is its
 * termination and an activation of the target; a move by element id is a move of all its instances.
 */
import { z } from "zod";
import type { CallContext, Engine, ModifyInput } from "../../engine/index.ts";
import { keyText, operationReference, variablesObject } from "../http/search.ts";

const elementId = z.string().min(1).max(256);
const variableInstructions = z
  .array(z.strictObject({ variables: variablesObject, scopeId: z.string().max(256).optional() }))
  .max(1000)
  .optional();

export const modification = z
  .strictObject({
    operationReference: operationReference.optional(),
    activateInstructions: z
      .array(z.strictObject({ elementId, variableInstructions, ancestorElementInstanceKey: keyText.optional() }))
      .max(1000)
      .optional(),
    moveInstructions: z
      .array(
        z.strictObject({
          sourceElementInstruction: z.discriminatedUnion("sourceType", [
            z.strictObject({ sourceType: z.literal("byId"), sourceElementId: elementId }),
            z.strictObject({ sourceType: z.literal("byKey"), sourceElementInstanceKey: keyText }),
          ]),
          targetElementId: elementId,
          ancestorScopeInstruction: z
            .discriminatedUnion("ancestorScopeType", [
              z.strictObject({ ancestorScopeType: z.literal("direct"), ancestorElementInstanceKey: keyText }),
              z.strictObject({ ancestorScopeType: z.literal("inferred") }),
              z.strictObject({ ancestorScopeType: z.literal("sourceParent") }),
            ])
            .optional(),
          variableInstructions,
        }),
      )
      .max(1000)
      .optional(),
    terminateInstructions: z
      .array(z.union([z.strictObject({ elementInstanceKey: keyText }), z.strictObject({ elementId })]))
      .max(1000)
      .optional(),
  })
  .meta({ id: "ProcessInstanceModification" });

type Modification = z.output<typeof modification>;
type Move = NonNullable<Modification["moveInstructions"]>[number];
type Activate = NonNullable<ModifyInput["activate"]>[number];
type VariableInstructions = Move["variableInstructions"];

export async function modifyInputOf(body: Modification, engine: Engine, context: CallContext): Promise<ModifyInput> {
  const activate: Activate[] = (body.activateInstructions ?? []).map(
    ({ elementId, ancestorElementInstanceKey, variableInstructions }) => ({
      elementId,
      variableInstructions: variablesOf(variableInstructions),
      ...(ancestorElementInstanceKey === undefined || ancestorElementInstanceKey === "-1"
        ? {}
        : { ancestorElementInstanceKey }),
    }),
  );
  const terminate: NonNullable<ModifyInput["terminate"]>[number][] = [...(body.terminateInstructions ?? [])];
  const move: NonNullable<ModifyInput["move"]>[number][] = [];
  for (const instruction of body.moveInstructions ?? []) {
    const source = instruction.sourceElementInstruction;
    if (source.sourceType === "byId" && instruction.ancestorScopeInstruction?.ancestorScopeType !== "direct") {
      move.push({
        sourceElementId: source.sourceElementId,
        targetElementId: instruction.targetElementId,
        variableInstructions: variablesOf(instruction.variableInstructions),
      });
      continue;
    }
    terminate.push(
      source.sourceType === "byId"
        ? { elementId: source.sourceElementId }
        : { elementInstanceKey: source.sourceElementInstanceKey },
    );
    activate.push(await activationOf(instruction, engine, context));
  }
  return { activate, terminate, move };
}

async function activationOf(instruction: Move, engine: Engine, context: CallContext): Promise<Activate> {
  const ancestor = await ancestorOf(instruction, engine, context);
  return {
    elementId: instruction.targetElementId,
    variableInstructions: variablesOf(instruction.variableInstructions),
    ...(ancestor === undefined ? {} : { ancestorElementInstanceKey: ancestor }),
  };
}

async function ancestorOf(
  { sourceElementInstruction: source, ancestorScopeInstruction: scope }: Move,
  engine: Engine,
  context: CallContext,
): Promise<string | undefined> {
  if (scope?.ancestorScopeType === "direct") return scope.ancestorElementInstanceKey;
  if (scope?.ancestorScopeType !== "sourceParent" || source.sourceType !== "byKey") return undefined;
  const item = await engine.queries.getElementInstance(source.sourceElementInstanceKey, context);
  return item.elementInstanceScopeKey ?? undefined;
}

function variablesOf(instructions: VariableInstructions): Activate["variableInstructions"] {
  return (instructions ?? []).map(({ variables, scopeId }) => ({
    variables,
    scopeId: scopeId === undefined || scopeId === "" ? null : scopeId,
  }));
}
