// Values to JSON text. JSON's numbers have as many digits as one writes: here nothing is rounded, and a number stays a
// number, where `toJson` has only doubles to answer with. Contract: the same bounds and the same texts as `toJson`.
import { JsonWriter } from "./json.ts";
import type { FeelLimits } from "./limits.ts";
import { feelLimits } from "./limits.ts";
import { FeelDecimal } from "./number/decimal.ts";
import { formatNumber } from "./number/text.ts";
import type { FeelContext, FeelList, FeelValue } from "./value.ts";
import { isContext, isList } from "./value.ts";

/**
 * The JSON text of a FEEL value, with all digits of its numbers. Those beyond the range of doubles are texts: most
 * readers would make an infinity of them.
 * @throws ValueLimitError as `toJson`
 */
export function toJsonText(value: FeelValue, limits: Partial<FeelLimits> = {}): string {
  return new TextWriter(limits.stepsMax ?? feelLimits.stepsMax).text(value, 0);
}

class TextWriter extends JsonWriter {
  text(value: FeelValue, depth: number): string {
    if (isList(value)) return this.listText(value, depth);
    if (isContext(value)) return this.contextText(value, depth);
    if (value instanceof FeelDecimal) {
      const digits = formatNumber(value);
      return Number.isFinite(Number(digits)) ? digits : JSON.stringify(digits);
    }
    return JSON.stringify(this.write(value, depth));
  }

  private listText(list: FeelList, depth: number): string {
    this.charge(depth);
    return `[${list.map((item) => this.text(item, depth + 1)).join(",")}]`;
  }

  private contextText(context: FeelContext, depth: number): string {
    this.charge(depth);
    const entries: string[] = [];
    for (const [key, value] of context) entries.push(`${JSON.stringify(key)}:${this.text(value, depth + 1)}`);
    return `{${entries.join(",")}}`;
  }
}
