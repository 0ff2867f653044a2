/**
 * From descriptions to answers: authorise, read and validate, handle, present. In this order, so that nobody learns
 * anything, not even what a valid body looks like, before it is known who asks.
 */
import type { NextFunction, Request, Response } from "express";
import type { Caller } from "../auth/caller.ts";
import { holdsPermission, mayReach, reachOf } from "../auth/reach.ts";
import { grantText } from "../auth/resource-permissions.ts";
import { sessionOf } from "../auth/session-cookie.ts";
import type { Services } from "../services.ts";
import { mediaType, readJsonBody } from "./body.ts";
import { contentPolicyOfUploads } from "./headers.ts";
import { readMultipart } from "./multipart.ts";
import type { Input, Operation, Reply } from "./operation.ts";
import { Problem } from "./problem.ts";
import { recordRefusal } from "./refusal.ts";
import { type FoundOperation, Routes } from "./routes.ts";
import { validate } from "./validate.ts";

export interface Edge {
  readonly services: Services;
  readonly bodyBytesMax: number;
  readonly formBytesMax: number;
  /** Checks each JSON reply against its schema; for tests: a reply that differs is a bug, and costs time to look for. */
  readonly checkReplies: boolean;
  /** Told of what went wrong beside a request and must not change its answer. */
  onError(error: unknown): void;
  authenticate(request: Request): Promise<Caller | Problem>;
  /** Throws the 401 of a request that did not prove who it is, unless anybody may ask. */
  callerOf(response: Response, isPublic: boolean): Caller;
}

/** Operations by the path that they stand below: "/v2". */
export type Surfaces = Readonly<Record<string, readonly Operation[]>>;

/** Answers every request below one of the surfaces; others go on to what follows. */
export function serveOperations(
  surfaces: Surfaces,
  edge: Edge,
): (request: Request, response: Response, next: NextFunction) => void {
  const routes = new Routes();
  const bases = Object.keys(surfaces);
  for (const base of bases) for (const operation of surfaces[base] ?? []) routes.add(base, operation);
  const isBelow = (path: string): boolean =>
    bases.some((base) => path.startsWith(base) && (path.length === base.length || path[base.length] === "/"));
  return (request, response, next) => {
    const path = pathOf(request.url);
    if (isBelow(path)) answer(routes, path, edge, request, response).catch(next);
    else next();
  };
}

async function answer(routes: Routes, path: string, edge: Edge, request: Request, response: Response): Promise<void> {
  response.locals.caller = await edge.authenticate(request);
  const found = routes.find(request.method, path);
  if (found === undefined) {
    const methods = request.method === "OPTIONS" ? routes.methods(path) : [];
    if (methods.length === 0) noSuchOperation(request);
    response.setHeader("allow", methods.join(", "));
    response.statusCode = 204;
    response.end();
    return;
  }
  await carryOut(found, edge, request, response);
}

export function noSuchOperation(request: Request): never {
  throw new Problem("NOT_FOUND", `Expected a known operation, but there is no ${request.method} on this path.`);
}

function pathOf(url: string): string {
  const query = url.indexOf("?");
  return query < 0 ? url : url.slice(0, query);
}

async function carryOut(
  { operation, params }: FoundOperation,
  edge: Edge,
  request: Request,
  response: Response,
): Promise<void> {
  response.locals.operation = operation.id;
  const caller = edge.callerOf(response, operation.access === "public");
  const attempt = async <Result>(work: () => Result | Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      await recordRefusal(operation, caller, params, error, edge.services, edge.onError);
      throw error;
    }
  };
  const isPermitted = holdsPermission(operation, caller);
  if (!isPermitted && !mayReach(operation, caller)) await attempt(() => refuse(operation, caller));
  const leaving = new Leaving(response, operation.waits === true ? edge.services.drain.signal : undefined);
  const input = new RequestInput(request, edge.services, caller, leaving);
  input.params = (operation.params === undefined ? {} : validate(operation.params, params, "path")) as never;
  input.query = (
    operation.query === undefined ? refuseQuery(request) : validate(operation.query, request.query, "query")
  ) as never;
  input.body = (await readBody(operation, edge, request)) as never;
  if (!isPermitted) input.caller = await attempt(() => reaching(operation, caller, input));
  if (operation.stream !== undefined) {
    await operation.stream(input, response, request.get("last-event-id"));
    return;
  }
  const reply = await attempt(() => operation.handle!(input));
  if (leaving.isGone) return;
  if (edge.checkReplies) checkReply(operation, reply);
  send(response, reply);
}

/** What handlers look at; the parts that few of them ask for are made when they do. */
class RequestInput implements Input<never, never, never> {
  /** Set when they have been checked; each handler knows its own types. */
  params!: never;
  query!: never;
  body!: never;
  readonly services: Services;
  /** Before the call is carried out, limited to what its authorizations leave to it. */
  caller: Caller;
  readonly #request: Request;
  readonly #leaving: Leaving;

  constructor(request: Request, services: Services, caller: Caller, leaving: Leaving) {
    this.#request = request;
    this.#leaving = leaving;
    this.services = services;
    this.caller = caller;
  }

  get signal(): AbortSignal {
    return this.#leaving.signal;
  }
  get origin(): string {
    return `${this.#request.protocol}://${this.#request.get("host") ?? "localhost"}`;
  }
  get address(): string {
    return this.#request.ip ?? "unknown";
  }
  get cookies(): string | undefined {
    return this.#request.headers.cookie;
  }
  get session(): string | undefined {
    return sessionOf(this.#request.headers.cookie);
  }
}

/** Notices that the client has gone, or, for those who wait, that the server is closing. */
class Leaving {
  isGone = false;
  #ended = false;
  #controller: AbortController | undefined;

  /** `drain`: ends the waiting as well. */
  constructor(response: Response, drain: AbortSignal | undefined) {
    const end = (): void => {
      this.#ended = true;
      this.#controller?.abort();
    };
    if (drain?.aborted === true) end();
    drain?.addEventListener("abort", end, { once: true });
    response.on("close", () => {
      drain?.removeEventListener("abort", end);
      this.isGone = !response.writableEnded;
      if (this.isGone) end();
    });
  }

  /** Made when it is asked for: commands never do. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#ended) this.#controller.abort();
    return this.#controller.signal;
  }
}

/** The caller as the handler gets it where only its authorizations permit the call: limited to what they name. */
async function reaching(operation: Operation, caller: Caller, input: RequestInput): Promise<Caller> {
  const grants = operation.grantsFor === undefined ? operation.grants! : await operation.grantsFor(input);
  const reach = reachOf(operation, grants, caller, input);
  if (reach === "nothing") refuse(operation, caller);
  return reach === "everything" ? caller : { ...caller, scope: reach };
}

function refuse({ access, grants = [] }: Operation, caller: Caller): never {
  const others = caller.authorizations === undefined ? "" : grants.map((grant) => ` or ${grantText(grant)}`).join("");
  throw new Problem(
    "FORBIDDEN",
    `Expected a caller with the permission ${access}${others}, but "${caller.id}" does not have it.`,
  );
}

function refuseQuery(request: Request): Record<string, never> {
  if (!request.url.includes("?")) return {};
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

/**
 * The type of content that others gave, unless a page of ours could load it as a script or a style sheet: our policy lets
 * pages load what comes from here, so an uploaded script must not be one.
 */
function passive(type: string): string {
  return /script|css|html|svg|wasm|multipart/i.test(type) ? "application/octet-stream" : type;
}

function send(response: Response, reply: Reply): void {
  response.statusCode = reply.status;
  if ("headers" in reply && reply.headers !== undefined)
    for (const [name, value] of Object.entries(reply.headers)) response.setHeader(name, value as string | string[]);
  if ("json" in reply) {
    response.setHeader("content-type", "application/json; charset=utf-8");
    response.end(JSON.stringify(reply.json));
  } else if ("content" in reply) {
    response.setHeader("content-type", passive(reply.type));
    response.setHeader("content-security-policy", contentPolicyOfUploads);
    response.end(reply.content);
  } else {
    response.end();
  }
}
