/**
 * From descriptions to routes: authorise, read and validate, handle, present. In this order, so that nobody learns
 * anything, not even what a valid body looks like, before it is known who asks.
 */
import { type Request, type Response, Router } from "express";
import type { Caller } from "../auth/caller.ts";
import { sessionOf } from "../auth/session-cookie.ts";
import type { Services } from "../services.ts";
import { mediaType, readJsonBody } from "./body.ts";
import { readMultipart } from "./multipart.ts";
import { type Input, type Operation, type Reply, routePattern } from "./operation.ts";
import { Problem } from "./problem.ts";
import { recordRefusal } from "./refusal.ts";
import { validate } from "./validate.ts";

export interface Edge {
  readonly services: Services;
  readonly bodyBytesMax: number;
  readonly formBytesMax: number;
  /** Checks each JSON reply against its schema; for tests: a reply that differs is a bug, and costs time to look for. */
  readonly checkReplies: boolean;
  /** Told of what went wrong beside a request and must not change its answer. */
  onError(error: unknown): void;
  /** Throws the 401 of a request that did not prove who it is, unless anybody may ask. */
  callerOf(response: Response, isPublic: boolean): Caller;
}

/** One router per first segment: express looks at its routes one after another, and there are more than a hundred. */
export function mountOperations(router: Router, operations: readonly Operation[], edge: Edge): void {
  const bySegment = new Map<string, Router>();
  for (const operation of operations) {
    const [, segment = "", ...rest] = operation.path.split("/");
    let own = bySegment.get(segment);
    if (own === undefined) {
      own = Router({ caseSensitive: true });
      bySegment.set(segment, own);
      router.use(`/${segment}`, own);
    }
    own[operation.method](routePattern(`/${rest.join("/")}`), (request: Request, response: Response) =>
      carryOut(operation, edge, request, response),
    );
  }
}

async function carryOut(operation: Operation, edge: Edge, request: Request, response: Response): Promise<void> {
  response.locals.operation = operation.id;
  const caller = edge.callerOf(response, operation.access === "public");
  const attempt = async <Result>(work: () => Result | Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      await recordRefusal(operation, caller, request.params, error, edge.services, edge.onError);
      throw error;
    }
  };
  await attempt(() => authorise(operation, caller));
  const abort = new AbortController();
  const end = (): void => abort.abort();
  const drain = edge.services.drain.signal;
  if (operation.waits === true) drain.addEventListener("abort", end, { once: true });
  let isGone = false;
  response.on("close", () => {
    drain.removeEventListener("abort", end);
    isGone = !response.writableEnded;
    if (isGone) end();
  });
  const input = {
    params: operation.params === undefined ? {} : validate(operation.params, request.params, "path"),
    query: operation.query === undefined ? refuseQuery(request) : validate(operation.query, request.query, "query"),
    body: await readBody(operation, edge, request),
    caller,
    services: edge.services,
    signal: abort.signal,
    origin: `${request.protocol}://${request.get("host") ?? "localhost"}`,
    address: request.ip ?? "unknown",
    cookies: request.headers.cookie,
    session: sessionOf(request.headers.cookie),
  };
  if (operation.stream !== undefined) {
    await operation.stream(input as Input<unknown, never, undefined>, response, request.get("last-event-id"));
    return;
  }
  const reply = await attempt(() => operation.handle!(input as Input<never, never, never>));
  if (isGone) return;
  if (edge.checkReplies) checkReply(operation, reply);
  send(response, reply);
}

function authorise(operation: Operation, caller: Caller): void {
  if (operation.access === "public" || operation.access === "any" || caller.permissions.has(operation.access)) return;
  throw new Problem(
    "FORBIDDEN",
    `Expected a caller with the permission ${operation.access}, but "${caller.id}" does not have it.`,
  );
}

function refuseQuery(request: Request): Record<string, never> {
  const names = Object.keys(request.query);
  if (names.length > 0)
    throw new Problem(
      "INVALID_ARGUMENT",
      `Expected no query parameters, but found "${names[0]!.slice(0, 60)}" (at query).`,
    );
  return {};
}

async function readBody(operation: Operation, edge: Edge, request: Request): Promise<unknown> {
  if (operation.body === undefined) return undefined;
  const body = operation.body;
  if (body.kind === "multipart")
    return readMultipart(request, body.limits ?? { bytesMax: edge.formBytesMax, filesMax: 200 });
  if (body.fromForm !== undefined && mediaType(request) === "multipart/form-data") {
    return validate(body.schema, body.fromForm(await readMultipart(request)), "body");
  }
  const value = await readJsonBody(request, body.bytesMax ?? edge.bodyBytesMax);
  if (value === undefined || value === null) {
    if (body.optional) return validate(body.schema, {}, "body");
    throw new Problem("INVALID_ARGUMENT", "Expected a JSON object as body, but there is none (at body).");
  }
  return validate(body.schema, value, "body");
}

function checkReply(operation: Operation, reply: Reply): void {
  const shape = operation.replies[reply.status];
  if (shape === undefined)
    throw new Error(`Expected ${operation.id} to reply with a documented status, but it was ${reply.status}.`);
  if (!("json" in reply) || shape.json === undefined) return;
  const result = shape.json.safeParse(JSON.parse(JSON.stringify(reply.json)));
  if (!result.success)
    throw new Error(
      `Expected the reply of ${operation.id} to follow its schema, but ${JSON.stringify(result.error.issues.slice(0, 3))}`,
    );
}

function send(response: Response, reply: Reply): void {
  response.statusCode = reply.status;
  if ("headers" in reply && reply.headers !== undefined)
    for (const [name, value] of Object.entries(reply.headers)) response.setHeader(name, value as string | string[]);
  if ("json" in reply) {
    response.setHeader("content-type", "application/json; charset=utf-8");
    response.end(JSON.stringify(reply.json));
  } else if ("content" in reply) {
    response.setHeader("content-type", reply.type);
    response.end(reply.content);
  } else {
    response.end();
  }
}
