/**
 * Our own OpenAPI 3.1 document, generated from the descriptions of the operations and their zod schemas: what is
 * documented is what is validated. Schemas with an id become components; JSON Schema 2020-12 is OpenAPI 3.1's dialect.
 */
import { setImmediate } from "node:timers/promises";
import { z } from "zod";
import { permissions } from "../auth/permissions.ts";
import type { Grant } from "../auth/resource-permissions.ts";
import type { Operation } from "../http/operation.ts";
import { documentedOperations } from "./surface.ts";

export interface OpenApiDocument {
  readonly openapi: "3.1.1";
  readonly info: {
    readonly title: string;
    readonly version: string;
    readonly description: string;
    readonly license: { readonly name: string; readonly identifier: string };
  };
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, unknown>>;
    readonly securitySchemes: Readonly<Record<string, unknown>>;
  };
}

export interface OperationObject {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly parameters?: readonly ParameterObject[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: Readonly<Record<string, { readonly schema: unknown }>>;
  };
  readonly responses: Readonly<
    Record<
      string,
      { readonly description: string; readonly content?: Readonly<Record<string, { readonly schema: unknown }>> }
    >
  >;
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[];
  /** What a role gives: the permission, "any" caller, or "public". */
  readonly "x-permission": string;
  /** Authorizations on resources that stand for it, any one of them. */
  readonly "x-authorizations"?: readonly AuthorizationObject[];
}

export interface AuthorizationObject {
  readonly resourceType: string;
  readonly permissionType: string;
  /** Whether it may be on single resources: then the call reaches these alone. Otherwise it is on "*". */
  readonly singleResources: boolean;
  /** Any one of these is needed besides, on "*". */
  readonly with?: readonly AuthorizationObject[];
}

export interface ParameterObject {
  readonly name: string;
  readonly in: "path" | "query";
  readonly required: boolean;
  readonly schema: unknown;
}

type JsonSchema = Record<string, unknown>;

const problemSchema = {
  type: "object",
  description: "RFC 9457.",
  required: ["type", "title", "status", "detail", "instance"],
  properties: {
    type: { type: "string" },
    title: { type: "string", description: "A code, for programs." },
    status: { type: "integer" },
    detail: { type: "string", description: "A sentence, for people: Expected …, but …" },
    instance: { type: "string" },
    problems: { type: "array", items: {}, description: "Each broken rule, where there are several." },
  },
};

/** A second of work: in between, other requests get their turn. */
export async function openApiDocument(publicUrl: string | undefined): Promise<OpenApiDocument> {
  const schemas: Record<string, unknown> = { Problem: problemSchema };
  const paths: Record<string, Record<string, OperationObject>> = {};
  const tags = new Set<string>();
  for (const { base, operation } of documentedOperations()) {
    tags.add(operation.group);
    const path = `${base}${operation.path}`;
    paths[path] ??= {};
    paths[path][operation.method] = operationObject(operation, schemas);
    await setImmediate();
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "Interlock",
      version: "1.0.0",
      description: `Processes under /v2 (wire-compatible with the Camunda 8.9 REST API; not affiliated), permission and its proof under /governance/v1. Permissions: ${permissions.join(", ")}. Roles give them; an authorization on resources (/v2/authorizations) stands for them where an operation says so.`,
      license: { name: "Apache License 2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: publicUrl ?? "/" }],
    tags: [...tags].map((name) => ({ name })),
    paths,
    components: {
      schemas,
      securitySchemes: {
        basic: { type: "http", scheme: "basic" },
        bearer: { type: "http", scheme: "bearer", description: "An API token or a JWT of the configured issuer." },
      },
    },
  };
}

function operationObject(operation: Operation, schemas: Record<string, unknown>): OperationObject {
  const parameters = [
    ...parametersOf(operation.params, "path", schemas),
    ...parametersOf(operation.query, "query", schemas),
  ];
  const body = operation.body;
  return {
    operationId: operation.id,
    tags: [operation.group],
    summary: operation.summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: body.kind === "multipart" || !body.optional,
            content: {
              [body.kind === "json" ? "application/json" : "multipart/form-data"]: {
                schema: jsonSchema(body.schema, "input", schemas),
              },
            },
          },
        }),
    responses: responsesOf(operation, schemas),
    ...(operation.access === "public" ? { security: [] } : { security: [{ basic: [] }, { bearer: [] }] }),
    "x-permission": operation.access,
    ...(operation.grants === undefined ? {} : { "x-authorizations": operation.grants.map(authorizationObject) }),
  };
}

function authorizationObject({ resource, permission, single, by, with: besides }: Grant): AuthorizationObject {
  return {
    resourceType: resource,
    permissionType: permission,
    singleResources: single === true || by !== undefined,
    ...(besides === undefined ? {} : { with: besides.map(authorizationObject) }),
  };
}

function responsesOf(operation: Operation, schemas: Record<string, unknown>): OperationObject["responses"] {
  const responses: Record<string, OperationObject["responses"][string]> = {};
  for (const [status, shape] of Object.entries(operation.replies)) {
    const content =
      shape.json !== undefined
        ? { "application/json": { schema: jsonSchema(shape.json, "output", schemas) } }
        : shape.content !== undefined
          ? { [shape.content]: { schema: { type: "string" } } }
          : undefined;
    responses[status] =
      content === undefined ? { description: shape.description } : { description: shape.description, content };
  }
  responses.default = {
    description: "What went wrong.",
    content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
  };
  return responses;
}

function parametersOf(
  schema: z.ZodType | undefined,
  place: "path" | "query",
  schemas: Record<string, unknown>,
): ParameterObject[] {
  if (schema === undefined) return [];
  const object = jsonSchema(schema, "input", schemas) as { properties?: Record<string, unknown>; required?: string[] };
  return Object.entries(object.properties ?? {}).map(([name, property]) => ({
    name,
    in: place,
    required: place === "path" || (object.required?.includes(name) ?? false),
    schema: property,
  }));
}

/** JSON Schema of one zod schema; its definitions move to the document's components. */
function jsonSchema(schema: z.ZodType, io: "input" | "output", schemas: Record<string, unknown>): JsonSchema {
  const made = z.toJSONSchema(schema, { io, unrepresentable: "any", target: "draft-2020-12" }) as JsonSchema;
  const definitions = (made.$defs ?? {}) as Record<string, unknown>;
  delete made.$defs;
  delete made.$schema;
  for (const [name, definition] of Object.entries(definitions))
    schemas[name] ??= referToComponents(definition as JsonSchema);
  return referToComponents(made);
}

/** Rewrites references in place, iteratively. */
function referToComponents(schema: JsonSchema): JsonSchema {
  const open: unknown[] = [schema];
  while (open.length > 0) {
    const node = open.pop();
    if (node === null || typeof node !== "object") continue;
    const record = node as Record<string, unknown>;
    if (typeof record.$ref === "string") record.$ref = record.$ref.replace("#/$defs/", "#/components/schemas/");
    if (typeof record.id === "string") delete record.id;
    open.push(...Object.values(record));
  }
  return schema;
}
