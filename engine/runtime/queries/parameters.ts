/** Parameters of a query that is put together from parts. */
import type { SqlValue } from "../../../store/index.ts";

/** Adds a parameter, gives its placeholder. */
export type Parameter = (value: unknown, cast: string) => string;

export interface Parameters {
  readonly values: SqlValue[];
  readonly add: Parameter;
}

export function parameters(): Parameters {
  const values: SqlValue[] = [];
  return {
    values,
    add(value, cast) {
      values.push(value as SqlValue);
      return `$${values.length}::${cast}`;
    },
  };
}
