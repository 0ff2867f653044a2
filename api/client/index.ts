/** `interlock/client`: the client SDK. */
export * from "./client.ts";
export * from "./guard.ts";
export { type ConnectionOptions, InterlockError, type RequestOptions } from "./transport.ts";
export { isRefusal, type ToolGuardOptions, withGuard } from "./with-guard.ts";
export { BpmnError, type Job, type JobContext, type JobHandler, JobWorker, type WorkerOptions } from "./worker.ts";
