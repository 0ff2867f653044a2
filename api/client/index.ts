/** `interlock/client`: the client SDK. */
export { guardToolCalls, type ToolCallsGuardOptions } from "./adapters/langchain.ts";
export { guardedToolHandler, guardMcpClient, type McpGuardOptions } from "./adapters/mcp.ts";
export { type ToolPins, toolPins } from "./adapters/mcp-pins.ts";
export { needsApproval } from "./adapters/openai-agents.ts";
export { isRefusal, type ToolAction, type ToolGuardOptions } from "./adapters/tool-call.ts";
export * from "./client.ts";
export * from "./guard.ts";
export { type ConnectionOptions, InterlockError, type RequestOptions } from "./transport.ts";
export { withGuard } from "./with-guard.ts";
export { BpmnError, type Job, type JobContext, type JobHandler, JobWorker, type WorkerOptions } from "./worker.ts";
