/**
 * Pattern 3: late answers of the decision plane become commands. The plane tells again until the answer is taken, so
 * what may be over later (a suspended instance, an activity that is just completing) is thrown back to it.
 */
import type { Actor } from "../core/command.ts";
import { EngineError } from "./contract/errors.ts";
import type { LateAnswerTaken, PlanePort } from "./contract/options.ts";
import type { Deps } from "./deps.ts";
import { locate } from "./locate.ts";

const engineActor: Actor = { id: "engine", type: "engine" };

export function takeLateAnswers(plane: PlanePort, { database, intake }: Pick<Deps, "database" | "intake">): void {
  plane.onLateDecision?.(async ({ correction: _, ...answer }): Promise<LateAnswerTaken> => {
    try {
      const { elementInstanceKey } = answer;
      const { rootKey, tenantId } = await locate(
        database,
        "element",
        elementInstanceKey,
        { actor: engineActor },
        { ended: true },
      );
      const command = { type: "recordAsyncDecision", ...answer } as const;
      await intake.run(rootKey, tenantId, command, { actor: engineActor, internal: true });
      return "done";
    } catch (error) {
      if (error instanceof EngineError && error.kind === "notFound") return "over";
      throw error;
    }
  });
}
