/** Free JSON and names of callers, checked before anything is made of them. */
import { admit } from "../../store/index.ts";
import type { JsonObject, JsonValue } from "../core/json.ts";
import { type CallContext, DEFAULT_TENANT } from "./contract/context.ts";
import { EngineError } from "./contract/errors.ts";
import { nameLengthMax } from "./limits.ts";

/** Variables and other free-form objects; absent means none. */
export function admitObject(value: JsonObject | undefined, what: string, bytesMax: number): JsonObject {
  if (value === undefined) return {};
  admitJson(value, what, bytesMax);
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new EngineError("invalid", `Expected ${what} to be an object, but it is not`);
  return value;
}

export function admitJson(value: JsonValue | undefined, what: string, bytesMax: number): void {
  const problem = admit(value, { bytesMax, depthMax: 64, nodesMax: 200_000 });
  if (problem) throw new EngineError(problem.kind, `${what} ${problem.path}: ${problem.message}`);
}

/** A text that becomes a name in indexes. */
export function admitName(
  value: string,
  what: string,
  options: { readonly empty?: boolean; readonly lengthMax?: number } = {},
): string {
  const lengthMax = options.lengthMax ?? nameLengthMax;
  if (typeof value !== "string") throw new EngineError("invalid", `Expected ${what} to be a text, but it is not`);
  if (value === "" && !options.empty) throw new EngineError("invalid", `Expected ${what}, but it is empty`);
  if (value.length > lengthMax)
    throw new EngineError("invalid", `Expected ${what} of at most ${lengthMax} characters, but it has ${value.length}`);
  const problem = admit(value);
  if (problem) throw new EngineError("invalid", `${what}: ${problem.message}`);
  return value;
}

/** The tenant of a call; one that the caller may not see is refused. */
export function tenantOf(asked: string | undefined, context: CallContext): string {
  const tenantId = admitName(asked ?? DEFAULT_TENANT, "a tenant id");
  if (context.tenantIds && !context.tenantIds.includes(tenantId))
    throw new EngineError("forbidden", `Expected a tenant that the caller may use, but ${tenantId} is not one of them`);
  return tenantId;
}
