/**
 * The engine's public face. The server, the command line and embedding applications import this file and no other of
 * this folder.
 */

export { type AdmitLimits, type AdmitProblem, admit } from "../store/index.ts";
export { type AgentScript, agentScriptSchema, type Model, modelFromEnvironment } from "./agents/index.ts";
export { type BuiltInWorkerOptions, registerBuiltInWorkers } from "./built-in-workers.ts";
export { type EgressRule, parseEgressRules, type SecretSource, secretSource } from "./connectors/index.ts";
export type { Actor, AgentStepRecord, Command, JobResult } from "./core/command.ts";
export type { Event, JobKind, ListenerEventType } from "./core/event.ts";
export type { EpochMs, JsonObject, JsonValue, Key } from "./core/json.ts";
export { type AgentContract, describeAgents } from "./model/agent-contract.ts";
export { findHiddenRules, type HiddenRule } from "./model/hidden-rules.ts";
export type * from "./runtime/contract/audit.ts";
export type * from "./runtime/contract/cluster-variables.ts";
export type * from "./runtime/contract/commands.ts";
export type { CallContext, CallScope, UserTaskScope } from "./runtime/contract/context.ts";
export { DEFAULT_TENANT } from "./runtime/contract/context.ts";
export type * from "./runtime/contract/deployment.ts";
export type { Engine, EngineHealth } from "./runtime/contract/engine.ts";
export type { EngineErrorKind, ProblemPlace } from "./runtime/contract/errors.ts";
export { EngineError } from "./runtime/contract/errors.ts";
export type * from "./runtime/contract/filter.ts";
export type * from "./runtime/contract/items.ts";
export type * from "./runtime/contract/jobs.ts";
export type { Clock, EngineLimits, EngineOptions, Logger, PlanePort } from "./runtime/contract/options.ts";
export type * from "./runtime/contract/record.ts";
export type * from "./runtime/contract/search.ts";
export type * from "./runtime/contract/statistics.ts";
export type * from "./runtime/contract/task-listeners.ts";
export type * from "./runtime/contract/trail.ts";
export type * from "./runtime/contract/wallets.ts";
export { controllableClock } from "./runtime/controllable-clock.ts";
export { createEngine } from "./runtime/create-engine.ts";
export { type ModelUsage, modelUsage } from "./runtime/queries/model-usage.ts";
