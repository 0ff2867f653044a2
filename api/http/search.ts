/**
 * The one search helper: filters, sorts and pages of every `…/search`, as zod schemas and as what the engine takes.
 * A filter member is an exact value or an object of operators; sort fields are closed per resource; pages are by limit,
 * by offset or by cursor.
 */
import { z } from "zod";
import type { JsonObject } from "../../engine/index.ts";

/** A 64-bit key as text. */
export const keyText = z
  .string()
  .max(25)
  .regex(/^-?[0-9]+$/)
  .meta({ description: "A key: a 64-bit integer in decimal digits." });
export const tenantText = z
  .string()
  .min(1)
  .max(256)
  .regex(/^(<default>|[A-Za-z0-9_@.+-]+)$/)
  .meta({ description: "A tenant's id; <default> where there is only one." });
export const dateText = z.iso.datetime({ offset: true }).meta({ description: "An instant (RFC 3339)." });
export const shortText = z.string().max(4096);
export const tagText = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[A-Za-z][A-Za-z0-9_\-:.]{0,99}$/);
export const tagList = z.array(tagText).max(10);
/** Free JSON members; admitted as text before, never walked by zod. */
export const variablesObject = z
  .record(z.string(), z.unknown())
  .meta({ description: "Variables by name; any JSON." }) as unknown as z.ZodType<JsonObject>;
export const operationReference = z.int().min(1);

const listMax = 1000;

interface OperatorSet {
  readonly like?: boolean;
  readonly order?: boolean;
  readonly notIn?: boolean;
}

function operators<Value extends z.ZodType>(value: Value, { like = false, order = false, notIn = false }: OperatorSet) {
  const list = z.array(value).max(listMax);
  return z.union([
    value,
    z.strictObject({
      $eq: value.optional(),
      $neq: value.optional(),
      $exists: z.boolean().optional(),
      $in: list.optional(),
      ...(notIn ? { $notIn: list.optional() } : {}),
      ...(like ? { $like: shortText.optional() } : {}),
      ...(order
        ? { $gt: value.optional(), $gte: value.optional(), $lt: value.optional(), $lte: value.optional() }
        : {}),
    }),
  ]);
}

export const textFilter = operators(shortText, { like: true, notIn: true }).meta({
  id: "TextFilter",
  description: "An exact text, or operators; $like knows * and ?, escaped by a backslash.",
});
export const keyFilter = operators(keyText, { notIn: true }).meta({
  id: "KeyFilter",
  description: "An exact key, or operators.",
});
export const wordFilter = operators(shortText, { notIn: true }).meta({
  id: "WordFilter",
  description: "An exact word, or operators.",
});
export const numberFilter = operators(z.int(), { order: true }).meta({
  id: "NumberFilter",
  description: "An exact integer, or operators.",
});
export const dateFilter = operators(dateText, { order: true }).meta({
  id: "DateFilter",
  description: "An exact instant, or operators.",
});

export function enumFilter<const Values extends readonly [string, ...string[]]>(values: Values) {
  return operators(z.enum(values), { like: true, notIn: true });
}

export const variableFilter = z.strictObject({ name: shortText.min(1), value: textFilter }).meta({
  id: "VariableFilter",
  description: "A variable by name and by its value, which is JSON text: a string stands in its quotes.",
});

/** Holds the sort values of an item, each of bounded length. */
const cursorText = z.string().max(32_768);

/** A part of the answer: how many, from where. Exactly one way to say from where. */
export const pageRequest = z
  .strictObject({
    limit: z.int().min(1).max(10_000).optional(),
    from: z.int().min(0).optional(),
    after: cursorText.optional(),
    before: cursorText.optional(),
  })
  .refine((page) => [page.from, page.after, page.before].filter((given) => given !== undefined).length <= 1, {
    message: "Expected one of from, after and before, but found several",
  })
  .meta({ id: "PageRequest", description: "Page by limit (100), by offset (from) or by cursor (after, before)." });

/** Small letters too: the older SDK writes them, in its default order of user tasks among others. */
const sortOrder = z
  .enum(["ASC", "DESC", "asc", "desc"])
  .transform((order): "ASC" | "DESC" => (order === "ASC" || order === "asc" ? "ASC" : "DESC"));

export function sortList<const Fields extends readonly [string, ...string[]]>(fields: Fields) {
  return z.array(z.strictObject({ field: z.enum(fields), order: sortOrder.optional() })).max(20);
}

/** The body of a search: all members optional, as is the body itself. */
export function searchBody<Filter extends z.ZodType, const Fields extends readonly [string, ...string[]]>(
  filter: Filter,
  fields: Fields,
) {
  return z.strictObject({ filter: filter.optional(), sort: sortList(fields).optional(), page: pageRequest.optional() });
}

export const pageAnswer = z
  .object({
    totalItems: z.int(),
    hasMoreTotalItems: z.boolean(),
    startCursor: z.string().nullable(),
    endCursor: z.string().nullable(),
  })
  .meta({ id: "PageAnswer", description: "How many there are in all, and cursors of the first and last item." });

export function searchAnswer<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), page: pageAnswer });
}
