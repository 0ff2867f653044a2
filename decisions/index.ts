/**
 * The public face of the decision plane's language layer: reading and evaluating DMN and FEEL.
 * Others (engine, api, store) import from here only; `decisions` never imports `engine`.
 */

export * from "./dmn/index.ts";
export * from "./feel/index.ts";
export type * from "./plane/contract.ts";
export { ConflictError, ForbiddenError, InvalidInputError, NotFoundError, PlaneError } from "./plane/errors.ts";
