/** An engine on a store of its own, with a clock that tests can move. */
import { type CallContext, createEngine, type Engine, type EngineOptions } from "../../../engine/index.ts";
import type { Database } from "../../../store/index.ts";

export const operator: CallContext = { actor: { id: "olga", type: "human" } };

export interface MovableClock {
  now(): number;
  advance(ms: number): void;
}

export function movableClock(): MovableClock {
  let ahead = 0;
  return {
    now: () => Date.now() + ahead,
    advance(ms) {
      ahead += ms;
    },
  };
}

export async function startEngine(
  database: Database,
  options: Partial<Omit<EngineOptions, "database">> = {},
): Promise<Engine> {
  const engine = await createEngine({ database, ...options });
  await engine.start();
  return engine;
}

export async function deploy(engine: Engine, ...files: readonly (readonly [name: string, content: string])[]) {
  return engine.deploy(
    files.map(([name, content]) => ({ name, content: new TextEncoder().encode(content) })),
    {},
    operator,
  );
}

/** Polls until `look` gives something; fails with `what` after the time. */
export async function eventually<Result>(
  what: string,
  look: () => Promise<Result | undefined | false | null>,
  timeoutMs = 10_000,
): Promise<Result> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const result = await look();
    if (result) return result;
    if (Date.now() > until) throw new Error(`Expected ${what} within ${timeoutMs} ms, but it did not happen`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
