/**
 * What the official client checks requests against, as JSON Schema: its own zod schemas, which are part of the package
 * though not of its exports. They are the executable contract: which filters and sort fields a search has is read here,
 * not written down a second time.
 */
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { CamundaClient } from "@camunda8/orchestration-cluster-api";
import { z } from "zod";

type Schema = Readonly<Record<string, unknown>>;

const folder = dirname(createRequire(import.meta.url).resolve("@camunda8/orchestration-cluster-api"));
const file = readdirSync(folder).find((name) => /^zod\.gen-.*\.js$/.test(name));
const schemas = (await import(pathToFileURL(join(folder, file ?? "missing")).href)) as Readonly<
  Record<string, z.ZodType>
>;

/** Every operation that the client has, by the name of its method: those whose requests it has a schema for. */
export const operations: readonly string[] = Object.getOwnPropertyNames(CamundaClient.prototype)
  .filter((name) => dataSchemaOf(name) !== undefined)
  .sort();

function dataSchemaOf(method: string): z.ZodType | undefined {
  return schemas[`z${method[0]!.toUpperCase()}${method.slice(1)}Data`];
}

export interface FilterField {
  readonly name: string;
  readonly operators: ReadonlySet<string>;
  readonly values: readonly unknown[];
  readonly type: "string" | "integer" | "boolean" | "array";
  readonly isDate: boolean;
}

export interface SearchContract {
  readonly filters: readonly FilterField[];
  readonly sorts: readonly string[];
}

/** Filters and sort fields of a search, by the name of the client's method. */
export function searchContract(method: string): SearchContract {
  const data = dataSchemaOf(method);
  if (data === undefined) throw new Error(`Expected the client to have schemas of ${method}, but it has none.`);
  const root = z.toJSONSchema(data, { io: "input", unrepresentable: "any" }) as Schema;
  const definitions = (root.$defs ?? {}) as Readonly<Record<string, Schema>>;
  const members = (schema: unknown): Map<string, unknown[]> => {
    const found = new Map<string, unknown[]>();
    for (const branch of branchesOf(schema, definitions))
      for (const [name, member] of Object.entries((branch.properties ?? {}) as Schema))
        found.set(name, [...(found.get(name) ?? []), member]);
    return found;
  };
  const body = members(members(root).get("body")?.[0]);
  const sort = branchesOf(body.get("sort")?.[0], definitions).find((branch) => branch.items !== undefined);
  return {
    sorts: branchesOf(members(sort?.items).get("field")?.[0], definitions).flatMap(
      (branch) => (branch.enum ?? []) as string[],
    ),
    filters: [...members(body.get("filter")?.[0])].map(([name, [member]]) => fieldOf(name, member, definitions)),
  };
}

function fieldOf(name: string, member: unknown, definitions: Readonly<Record<string, Schema>>): FilterField {
  const branches = branchesOf(member, definitions);
  const exact = branches.filter((branch) => branch.type !== "object" && branch.type !== undefined);
  return {
    name,
    operators: new Set(branches.flatMap((branch) => Object.keys((branch.properties ?? {}) as Schema))),
    values: exact.flatMap((branch) => (branch.enum ?? []) as unknown[]),
    type: exact.map(typeOf).find((type) => type !== undefined) ?? "string",
    isDate: JSON.stringify(branches).includes('"date-time"'),
  };
}

/** Its type without null, which stands beside it or in another branch. */
function typeOf({ type }: Schema): FilterField["type"] | undefined {
  return [type].flat().find((one) => one !== "null") as FilterField["type"] | undefined;
}

/** A schema's alternatives and parts, references followed. */
function branchesOf(schema: unknown, definitions: Readonly<Record<string, Schema>>): Schema[] {
  const found: Schema[] = [];
  const open: unknown[] = [schema];
  while (open.length > 0 && found.length < 1_000) {
    const one = open.shift() as Schema | undefined;
    if (one === undefined || typeof one !== "object") continue;
    if (typeof one.$ref === "string") open.push(definitions[one.$ref.split("/").at(-1)!]);
    const parts = [one.anyOf, one.oneOf, one.allOf].flatMap((list) => (list ?? []) as unknown[]);
    open.push(...parts);
    if (parts.length === 0 || one.properties !== undefined) found.push(one);
  }
  return found;
}
