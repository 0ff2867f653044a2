/** Requests made from the OpenAPI document: values that fit a JSON schema, chosen by a random source. */

export type Random = () => number;
export type Schema = Readonly<Record<string, unknown>>;

export interface SampledOperation {
  readonly method: string;
  readonly path: string;
  readonly id: string;
  readonly permission: string;
  readonly parameters: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly schema: Schema;
  }[];
  readonly body: { readonly type: string; readonly schema: Schema; readonly required: boolean } | undefined;
  readonly statuses: readonly string[];
}

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface OperationObject {
  readonly operationId: string;
  readonly "x-permission": string;
  readonly parameters?: SampledOperation["parameters"];
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: Readonly<Record<string, { readonly schema: Schema }>>;
  };
  readonly responses: Readonly<Record<string, unknown>>;
}

export function operationsOf(document: OpenApi): SampledOperation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, value]) => {
      const operation = value as OperationObject;
      const content = Object.entries(operation.requestBody?.content ?? {})[0];
      return {
        method: method.toUpperCase(),
        path,
        id: operation.operationId,
        permission: operation["x-permission"],
        parameters: operation.parameters ?? [],
        body:
          content === undefined
            ? undefined
            : { type: content[0], schema: content[1].schema, required: operation.requestBody!.required },
        statuses: Object.keys(operation.responses),
      };
    }),
  );
}

/** The path with its parameters filled in; `pick` gives a value for each. */
export function fill(operation: SampledOperation, pick: (name: string, schema: Schema) => string): string {
  return operation.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const parameter = operation.parameters.find((candidate) => candidate.in === "path" && candidate.name === name);
    return encodeURIComponent(pick(name, parameter?.schema ?? {}));
  });
}

/** A deterministic random source (mulberry32), so that a failure can be repeated from its seed. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const words = [
  "a",
  "order",
  "2251799813685249",
  "0-1",
  "x@1",
  "constructor",
  "2026-01-31T12:00:00Z",
  "<default>",
  "*",
  "ä ö",
  "'; drop table x; --",
  "../..",
  "%00",
];

export function sample(schema: Schema, document: OpenApi, random: Random, depth = 0): unknown {
  if (typeof schema.$ref === "string")
    return sample(document.components.schemas[schema.$ref.split("/").at(-1)!] ?? {}, document, random, depth);
  const branches = (schema.anyOf ?? schema.oneOf) as Schema[] | undefined;
  if (branches !== undefined) return sample(branches[Math.floor(random() * branches.length)]!, document, random, depth);
  const parts = schema.allOf as Schema[] | undefined;
  if (parts !== undefined) return Object.assign({}, ...parts.map((part) => sample(part, document, random, depth)));
  if (schema.const !== undefined) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[Math.floor(random() * schema.enum.length)];
  switch (schema.type) {
    case "object":
      return sampleObject(schema, document, random, depth);
    case "array":
      return depth > 5
        ? []
        : Array.from({ length: Math.max(Number(schema.minItems ?? 0), Math.floor(random() * 3)) }, () =>
            sample((schema.items ?? {}) as Schema, document, random, depth + 1),
          );
    case "integer":
    case "number":
      return Math.min(
        Number(schema.maximum ?? 1000),
        Math.max(Number(schema.minimum ?? -5), Math.floor(random() * 200)),
      );
    case "boolean":
      return random() < 0.5;
    case "null":
      return null;
    case "string":
      return sampleText(schema, random);
    default:
      return random() < 0.5 ? "anything" : { any: [1, null, "thing"] };
  }
}

function sampleObject(schema: Schema, document: OpenApi, random: Random, depth: number): Record<string, unknown> {
  const required = (schema.required ?? []) as string[];
  const properties = Object.entries((schema.properties ?? {}) as Record<string, Schema>);
  const chosen = properties.filter(([name]) => required.includes(name) || (depth < 5 && random() < 0.4));
  const known = chosen.map(([name, property]) => [name, sample(property, document, random, depth + 1)] as const);
  const free =
    properties.length === 0 && random() < 0.7
      ? [[words[Math.floor(random() * words.length)]!, sampleText({}, random)] as const]
      : [];
  return Object.fromEntries([...known, ...free]);
}

export function sampleText(schema: Schema, random: Random): string {
  const pattern = String(schema.pattern ?? "");
  if (pattern === "^-?[0-9]+$") return String(Math.floor(random() * 1e15));
  if (/^\^\[0-9\]\+-\[0-9\]\+\$$/.test(pattern)) return `${Math.floor(random() * 1e12)}-1`;
  if (schema.format === "date-time") return new Date(Math.floor(random() * 2e12)).toISOString();
  if (schema.format === "email") return "a@example.org";
  if (/^\^\[1-9\]\[0-9\]/.test(pattern)) return String(1 + Math.floor(random() * 5));
  if (/^\^\[0-9\]\{/.test(pattern)) return String(Math.floor(random() * 50));
  const hexDigits = /^\^\[0-9a-f-?\]\{(\d{1,3})\}\$$/.exec(pattern)?.[1];
  if (hexDigits !== undefined) return "0".repeat(Number(hexDigits));
  const fitting = pattern === "" ? words : words.filter((word) => new RegExp(pattern, "u").test(word));
  return fitting[Math.floor(random() * fitting.length)] ?? "order";
}
