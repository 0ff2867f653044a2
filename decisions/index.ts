/**
 * The public face of the decision plane's language layer: reading and evaluating DMN and FEEL.
 * Others (engine, api, store) import from here only; `decisions` never imports `engine`.
 */

export * from "./dmn/index.ts";
export * from "./feel/index.ts";
export type * from "./plane/answers.ts";
export { type IncidentBundle, type IncidentEntry, verifyDocument, verifyFile } from "./plane/audit/incident.ts";
export { generateSigner, type PublicKey, type Signer, signerFromFile, signerFromPem } from "./plane/audit/signer.ts";
export { verifyBundle, verifyExport } from "./plane/audit/verify.ts";
export type * from "./plane/contract.ts";
export { constrainArgs } from "./plane/decide/constrain.ts";
export { ConflictError, ForbiddenError, InvalidInputError, NotFoundError, PlaneError } from "./plane/errors.ts";
export { createDecisionPlane, type PlaneOptions } from "./plane/plane.ts";
export type { Prices } from "./plane/policies/cost.ts";
export { type BranchConditions, extractPolicy } from "./plane/policies/extract.ts";
export type { KpiLimits } from "./plane/policies/kpi-limits.ts";
export type * from "./plane/requests.ts";
