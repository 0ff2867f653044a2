/** The few forms that replies of /v2 take, and the builder of the many searches that differ only in their fields. */
import type { z } from "zod";
import type { CallContext, SearchRequest, SearchResult } from "../../engine/index.ts";
import type { Caller } from "../auth/caller.ts";
import type { Permission } from "../auth/permissions.ts";
import type { Grant } from "../auth/resource-permissions.ts";
import { type Operation, operation, type Reply, type ReplyShape } from "../http/operation.ts";
import { searchAnswer, searchBody } from "../http/search.ts";
import type { Services } from "../services.ts";
import { contextOf } from "./context.ts";

export const noContent: Reply = { status: 204 };
export const emptyReply: Readonly<Record<number, ReplyShape>> = { 204: { description: "Done." } };

export function ok(json: unknown): Reply {
  return { status: 200, json };
}

export function okReply(json: z.ZodType, description = "The answer."): Readonly<Record<number, ReplyShape>> {
  return { 200: { description, json } };
}

interface SearchSpec<
  Filter extends z.ZodType,
  Fields extends readonly [string, ...string[]],
  Item,
  Params extends z.ZodType,
  Query extends z.ZodType,
> {
  readonly id: string;
  readonly path: string;
  readonly group: string;
  readonly summary: string;
  readonly access: Permission;
  readonly grants?: readonly Grant[];
  readonly params?: Params;
  readonly query?: Query;
  readonly filter: Filter;
  readonly sorts: Fields;
  readonly item: z.ZodType;
  /**
   * The request has been checked against `filter` and `sorts`, which are the fields that the engine's own types name;
   * `never` fits them all, and spares each resource a second spelling of the same list.
   */
  run(
    request: SearchRequest<never, never>,
    from: SearchSource<z.output<Params>, z.output<Query>>,
  ): Promise<SearchResult<Item>>;
  /** Where the wire differs from what the engine answers. */
  present?(item: Item): unknown;
}

export interface SearchSource<Params, Query> {
  readonly engine: Services["engine"];
  readonly services: Services;
  readonly context: CallContext;
  readonly caller: Caller;
  readonly params: Params;
  readonly query: Query;
}

export function searchOperation<
  Filter extends z.ZodType,
  const Fields extends readonly [string, ...string[]],
  Item,
  Params extends z.ZodType,
  Query extends z.ZodType,
>(spec: SearchSpec<Filter, Fields, Item, Params, Query>): Operation {
  const { id, path, group, summary, access, grants, params, query, filter, sorts, item, run, present } = spec;
  return operation({
    id,
    method: "post",
    path,
    group,
    summary,
    access,
    ...(grants === undefined ? {} : { grants }),
    ...(params === undefined ? {} : { params }),
    ...(query === undefined ? {} : { query }),
    body: { kind: "json", schema: searchBody(filter, sorts), optional: true },
    replies: okReply(searchAnswer(item), "What was found."),
    async handle({ services, caller, body, params, query }) {
      const source = { engine: services.engine, services, context: contextOf(caller), caller, params, query };
      const result = await run(body as SearchRequest<never, never>, source);
      return ok(present === undefined ? result : { items: result.items.map(present), page: result.page });
    },
  });
}
