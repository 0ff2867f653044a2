/**
 * The workers that come with the engine: agents and HTTP. Registered by whoever starts an engine that should reach the
 * outside; an engine without them leaves these jobs to remote workers.
 */
import { agentJobType, agentWorker, type Model } from "./agents/index.ts";
import { type HttpConnectorOptions, httpJobTypes, httpWorker } from "./connectors/index.ts";
import type { Engine } from "./runtime/contract/engine.ts";

export interface BuiltInWorkerOptions extends HttpConnectorOptions {
  readonly model: Model;
}

/** Returns the way to take all of them back. */
export function registerBuiltInWorkers(
  engine: Pick<Engine, "registerWorker" | "wallets">,
  options: BuiltInWorkerOptions,
): () => void {
  const undo = Object.entries(httpJobTypes).map(([type, byVariables]) =>
    engine.registerWorker(type, httpWorker(byVariables, options), { name: "interlock-http" }),
  );
  undo.push(
    engine.registerWorker(agentJobType, agentWorker(options.model, engine.wallets), {
      name: "interlock-agent",
      actorType: "agent",
      concurrency: 16,
    }),
  );
  return () => {
    for (const takeBack of undo) takeBack();
  };
}
