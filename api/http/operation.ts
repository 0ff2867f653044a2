/**
 * An operation: one method on one path, described as data. Everything else is derived from the description: the route,
 * the validation, the right to call it, the OpenAPI document, and the tests
 * that call every operation. A route cannot exist without a rule of access.
 */
import type { ServerResponse } from "node:http";
import type { z } from "zod";
import type { Caller } from "../auth/caller.ts";
import type { Permission } from "../auth/permissions.ts";
import type { Grant } from "../auth/resource-permissions.ts";
import type { Services } from "../services.ts";
import type { MultipartForm, MultipartLimits } from "./multipart.ts";

export type Method = "get" | "post" | "put" | "patch" | "delete";

/** What a handler may look at. */
export interface Input<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly caller: Caller;
  readonly services: Services;
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal;
  /** Origin as the client sees it, for links: "http://127.0.0.1:8080". */
  readonly origin: string;
  /** Network address of the client. */
  readonly address: string;
  readonly cookies: string | undefined;
  /** Secret of the browser session that came with the request. */
  readonly session: string | undefined;
}

export type Reply =
  | {
      readonly status: 200 | 201 | 202 | 207;
      readonly json: unknown;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly status: 204 }
  | { readonly status: 302; readonly headers: Readonly<Record<string, string | readonly string[]>> }
  | {
      readonly status: 200;
      readonly content: string | Buffer;
      readonly type: string;
      readonly headers?: Readonly<Record<string, string>>;
    };

/** What a reply looks like, for the OpenAPI document and for the tests that check replies against it. */
export type ReplyShape = { readonly description: string; readonly json?: z.ZodType; readonly content?: string };

export type BodyShape<Body extends z.ZodType> =
  | {
      readonly kind: "json";
      readonly schema: Body;
      readonly optional: boolean;
      /** Larger than what the server takes otherwise. */
      readonly bytesMax?: number;
      /** The same body as the files of a form. */
      fromForm?(form: MultipartForm): unknown;
    }
  | { readonly kind: "multipart"; readonly schema: z.ZodType; readonly limits?: MultipartLimits };

interface Description {
  /** Unique; the operationId of the OpenAPI document. */
  readonly id: string;
  readonly method: Method;
  /** Below the base path of its surface, parameters in braces. */
  readonly path: string;
  readonly group: string;
  readonly summary: string;
  /** `public`: no authentication at all; `any`: every authenticated caller. */
  readonly access: Permission | "public" | "any";
  /** Authorizations that stand for that permission: any one of them. Absent: only a role gives it. */
  readonly grants?: readonly Grant[];
  /** Long polls: their signal is aborted as well when the server begins to drain, and they answer with what they have. */
  readonly waits?: boolean;
  readonly replies: Readonly<Record<number, ReplyShape>>;
}

/** Declared by routes; types of params, query and body flow from the schemas into the handler. */
export interface OperationSpec<Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType>
  extends Description {
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: BodyShape<Body>;
  /** Which of the grants stand for this very request, where that depends on what it asks for. Absent: all of them. */
  grantsFor?(
    input: Input<z.output<Params>, z.output<Query>, z.output<Body>>,
  ): Promise<readonly Grant[]> | readonly Grant[];
  handle(input: Input<z.output<Params>, z.output<Query>, z.output<Body>>): Promise<Reply> | Reply;
}

export interface MultipartSpec<Params extends z.ZodType, Query extends z.ZodType> extends Description {
  readonly params?: Params;
  readonly query?: Query;
  readonly form: z.ZodType;
  readonly limits?: MultipartLimits;
  handle(input: Input<z.output<Params>, z.output<Query>, MultipartForm>): Promise<Reply> | Reply;
}

export interface StreamSpec<Query extends z.ZodType> extends Description {
  readonly query?: Query;
  /** Writes to the response itself and returns when the stream has been set up. */
  stream(
    input: Input<unknown, z.output<Query>, undefined>,
    response: ServerResponse,
    lastEventId: string | undefined,
  ): Promise<void>;
}

/** Types erased: what the edge mounts. */
export interface Operation extends Description {
  readonly params?: z.ZodType | undefined;
  readonly query?: z.ZodType | undefined;
  readonly body?: BodyShape<z.ZodType> | undefined;
  readonly grantsFor?:
    | ((input: Input<never, never, never>) => Promise<readonly Grant[]> | readonly Grant[])
    | undefined;
  readonly handle?: ((input: Input<never, never, never>) => Promise<Reply> | Reply) | undefined;
  readonly stream?:
    | ((
        input: Input<unknown, never, undefined>,
        response: ServerResponse,
        lastEventId: string | undefined,
      ) => Promise<void>)
    | undefined;
}

export function operation<Params extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType>(
  spec: OperationSpec<Params, Query, Body>,
): Operation {
  const { grantsFor, ...rest } = spec;
  return {
    ...rest,
    handle: (input) => spec.handle(input),
    ...(grantsFor === undefined ? {} : { grantsFor: (input) => grantsFor(input) }),
  };
}

export function multipartOperation<Params extends z.ZodType, Query extends z.ZodType>(
  spec: MultipartSpec<Params, Query>,
): Operation {
  const { form, limits, ...rest } = spec;
  const body: BodyShape<z.ZodType> =
    limits === undefined ? { kind: "multipart", schema: form } : { kind: "multipart", schema: form, limits };
  return { ...rest, body, handle: (input) => spec.handle(input) };
}

export function streamOperation<Query extends z.ZodType>(spec: StreamSpec<Query>): Operation {
  return { ...spec, stream: (input, response, lastEventId) => spec.stream(input, response, lastEventId) };
}
