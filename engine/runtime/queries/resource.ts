/** One searchable resource: where its rows come from, which fields it has, and how a row becomes an item. */
import type { Members } from "../scope.ts";
import type { Parameter } from "./parameters.ts";

export type FieldType = "text" | "key" | "integer" | "date" | "boolean";

export interface Field {
  /** SQL expression over `from`. */
  readonly sql: string;
  readonly type: FieldType;
  /** Values of the API that are not those of the table. */
  readonly convert?: (value: unknown) => unknown;
  /** May be as long as a variable: sorted by its beginning, so that cursors stay short. */
  readonly isLong?: true;
}

/** A filter that is not a comparison of one field. Throws EngineError `invalid` for values it cannot take. */
export type SpecialFilter = (value: unknown, parameter: Parameter) => string;

/** A row as the store gives it: alias → value. */
type Row = Readonly<Record<string, unknown>>;

export interface Resource<Item> {
  readonly name: string;
  /** FROM clause; always with a WHERE after it. */
  readonly from: string;
  readonly fields: ReadonlyMap<string, Field>;
  /**
   * Column with the root key, and the fields whose key lies under one root: a filter by one of them is first led to
   * the root, because the primary keys start there and hardly any other index exists.
   */
  readonly root?: { readonly sql: string; readonly fields: readonly string[] };
  readonly special?: ReadonlyMap<string, SpecialFilter>;
  /** Unique expression: default order and tie-break. */
  readonly key: { readonly sql: string; readonly type: FieldType };
  /** Where the key alone is not unique: what it takes to be, for a stable order of pages. */
  readonly keyRest?: readonly { readonly sql: string; readonly type: FieldType }[];
  readonly tenant: string;
  /** What it is by for callers with permissions on single resources; without, only who is not limited sees it. */
  readonly members?: Members;
  /** Additional columns that `toItem` needs: alias → expression. */
  readonly columns: Readonly<Record<string, string>>;
  toItem(row: Row): Item;
}

/** A column that is never null, as text. */
export const textOf = (row: Row, name: string): string => String(row[name]);

export function fieldsOf(fields: Readonly<Record<string, Field>>): ReadonlyMap<string, Field> {
  return new Map(Object.entries(fields));
}

export const text = (sql: string): Field => ({ sql, type: "text" });
export const longText = (sql: string): Field => ({ sql, type: "text", isLong: true });
export const key = (sql: string): Field => ({ sql, type: "key" });
export const integer = (sql: string): Field => ({ sql, type: "integer" });
export const date = (sql: string): Field => ({ sql, type: "date" });
export const boolean = (sql: string): Field => ({ sql, type: "boolean" });

/** Milliseconds (a bigint column, as text) → ISO 8601. */
export function isoDate(value: unknown): string {
  return new Date(Number(value)).toISOString();
}
export function isoDateOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : isoDate(value);
}
export function textOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}
