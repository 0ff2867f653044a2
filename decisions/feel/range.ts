// FEEL ranges (DMN 1.5 §10.3.2.7), with open ends for unary tests such as `< 10`.
// Contract: an absent end is `undefined`, a null end is a null that the author wrote.
import type { FeelValue } from "./value.ts";

/** `(= 10)` and `(!= 10)` are values of their own: neither equals `[10..10]` (DMN 1.5 §10.3.2.7, TCK 0068). */
export type RangeForm = "interval" | "equal" | "not equal";

export class FeelRange {
  readonly kind = "range";
  readonly start: FeelValue | undefined;
  readonly end: FeelValue | undefined;
  readonly startIncluded: boolean;
  readonly endIncluded: boolean;
  readonly form: RangeForm;

  constructor(
    start: FeelValue | undefined,
    startIncluded: boolean,
    end: FeelValue | undefined,
    endIncluded: boolean,
    form: RangeForm = "interval",
  ) {
    this.start = start;
    this.startIncluded = startIncluded;
    this.end = end;
    this.endIncluded = endIncluded;
    this.form = form;
  }
}
