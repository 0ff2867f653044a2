/** Public face of the agents. */
export { AgentTurnError, type AgentTurnResult, runAgentTurn } from "./agent-turn.ts";
export { agentJobType, agentWorker } from "./agent-worker.ts";
export { contentHash, modelRequest, promptHash, toolSchema } from "./conversation.ts";
export type { Model, ModelAnswer, ModelMessage, ModelRequest, ModelTool, ToolCall } from "./model.ts";
export { modelFromEnvironment } from "./models.ts";
export { type AgentScript, agentScriptSchema, scriptedModel } from "./scripted-model.ts";
