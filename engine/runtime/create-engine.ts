/** Puts an engine together. */
import type { Engine } from "./contract/engine.ts";
import { EngineError } from "./contract/errors.ts";
import type { EngineOptions } from "./contract/options.ts";

/** Migrated database in, engine out; call `start()` to take up work. */
export function createEngine(_options: EngineOptions): Promise<Engine> {
  return Promise.reject(new EngineError("unavailable", "Expected a runtime, but this build has only its interface"));
}
