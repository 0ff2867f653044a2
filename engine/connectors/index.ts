/** Public face of the connectors. */
export {
  callOutside,
  EgressDenied,
  type EgressRule,
  isPrivateAddress,
  type NameLookup,
  parseEgressRules,
} from "./egress.ts";
export { type HttpConnectorOptions, type HttpJob, runHttpJob } from "./http.ts";
export { httpJobTypes, httpWorker } from "./http-worker.ts";
export { type ConnectorOutcome, durationMs, evaluateOver, judgeAnswer } from "./result.ts";
export { type SecretSource, secretSource } from "./secrets.ts";
export { traceHeaders } from "./trace-header.ts";
