/** How a command that was not carried out is answered. */
import { LostRaceError, PoisonedUnitError } from "../../store/index.ts";
import type { Rejection } from "../core/failure.ts";
import { EngineError } from "./contract/errors.ts";

/** A command that the core refused; the edge knows what to answer. */
export class RejectedError extends EngineError {
  constructor(rejection: Rejection) {
    super(rejection.kind, rejection.message);
  }
}

/** The rows that came with the command were there already: somebody else has delivered it. */
export class AlreadyDeliveredError extends Error {
  override readonly name = "AlreadyDeliveredError";
  readonly constraint: string;
  constructor(constraint: string) {
    super(`Expected to be the first, but ${constraint} says otherwise`);
    this.constraint = constraint;
  }
}

const deliveryConstraints = new Set(["message_correlation_pkey", "message_start_lock_pkey", "delivery_pkey"]);

/** The writer's refusal as what the caller is told. */
export function answerOf(error: Error): Error {
  if (error instanceof LostRaceError)
    return new EngineError(
      "exhausted",
      "Expected to write the command, but other nodes were faster each time: send it again",
    );
  if (error instanceof PoisonedUnitError) {
    if (error.constraint !== null && deliveryConstraints.has(error.constraint))
      return new AlreadyDeliveredError(error.constraint);
    return new EngineError("invalid", `Expected data that the database can hold, but it answered: ${error.message}`);
  }
  if (error.name === "StoreUnavailableError") return new EngineError("unavailable", error.message);
  return error;
}
