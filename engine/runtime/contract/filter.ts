/** The vocabulary of searches: operators, sort, pages. REST v2, "Search". */
import type { Key } from "../../core/json.ts";

/** Advanced filters; a bare value means `$eq`. Dates are ISO 8601 texts, keys decimal texts. */
export interface Operators<Value> {
  readonly $eq?: Value;
  readonly $neq?: Value;
  readonly $exists?: boolean;
  readonly $in?: readonly Value[];
  readonly $notIn?: readonly Value[];
  /** `*` any characters, `?` one, `\` escapes. */
  readonly $like?: string;
  readonly $gt?: Value;
  readonly $gte?: Value;
  readonly $lt?: Value;
  readonly $lte?: Value;
}
export type Condition<Value> = Value | Operators<Value>;

/** A variable whose JSON text fulfils the condition. */
export interface VariableCondition {
  readonly name: string;
  readonly value: Condition<string>;
}

export type FieldKind = string | number | boolean | Key;
/** Fields of one resource → conditions. */
export type FieldFilter<Fields> = {
  readonly [Field in keyof Fields]?: Condition<NonNullable<Fields[Field]> & FieldKind> | null;
};

/** A filter with alternatives: all of the fields, and one of `$or`. */
export type FilterOf<Filter> = Filter & { readonly $or?: readonly Filter[] };

export interface SortBy<Field extends string> {
  readonly field: Field;
  readonly order?: "ASC" | "DESC";
}

export interface PageRequest {
  /** Default 100, at most 10,000. */
  readonly limit?: number;
  readonly from?: number;
  readonly after?: string;
  readonly before?: string;
}

export interface SearchRequest<Filter, SortField extends string> {
  readonly filter?: FilterOf<Filter>;
  readonly sort?: readonly SortBy<SortField>[];
  readonly page?: PageRequest;
}

export interface SearchResult<Item> {
  readonly items: readonly Item[];
  readonly page: {
    readonly totalItems: number;
    readonly hasMoreTotalItems: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
}
