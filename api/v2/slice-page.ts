/** Sorting and paging of short lists that come whole (statistics); everything long is paged by the store. */
import { z } from "zod";

export const pageOf = z.strictObject({ from: z.int().min(0).optional(), limit: z.int().min(1).max(10_000).optional() });

interface Request {
  readonly page?: { readonly from?: number | undefined; readonly limit?: number | undefined } | undefined;
  readonly sort?: readonly { readonly field: string; readonly order?: "ASC" | "DESC" | undefined }[] | undefined;
}

export function slicePage<Item extends object>(
  items: readonly Item[],
  request: Request,
): { readonly items: Item[]; readonly page: object } {
  const sorted = [...items].sort((a, b) => {
    for (const { field, order } of request.sort ?? []) {
      const difference = compare(Reflect.get(a, field), Reflect.get(b, field));
      if (difference !== 0) return order === "DESC" ? -difference : difference;
    }
    return 0;
  });
  const from = request.page?.from ?? 0;
  return {
    items: sorted.slice(from, from + (request.page?.limit ?? 100)),
    page: { totalItems: items.length, hasMoreTotalItems: false, startCursor: null, endCursor: null },
  };
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a ?? "") < String(b ?? "") ? -1 : String(a ?? "") > String(b ?? "") ? 1 : 0;
}
