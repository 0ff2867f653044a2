/** Sets of regions as people write them: FEEL unary tests. */
import { formatFeel } from "../../feel/index.ts";
import type { Regions, Span } from "../table/regions.ts";
import { merge } from "../table/regions.ts";

/** The unary tests that hold exactly in `spans`; `-` for all regions. */
export function describeSpans(regions: Regions | undefined, spans: readonly Span[]): string {
  const merged = merge(spans);
  if (!regions || (merged.length === 1 && merged[0]!.from === 0 && merged[0]!.to === regions.count - 1)) return "-";
  return regions.ordered ? merged.map((span) => interval(regions, span)).join(", ") : enumeration(regions, merged);
}

/** Region 2i + 1 is point i, region 2i the gap below it. */
function interval({ points, count }: Regions, { from, to }: Span): string {
  const point = (region: number): string => formatFeel(points[region >> 1] ?? null);
  const low = from === 0 ? undefined : from % 2 === 1 ? point(from) : point(from - 2);
  const high = to === count - 1 ? undefined : point(to);
  const lowIncluded = from % 2 === 1;
  const highIncluded = to % 2 === 1;
  if (low === undefined) return `${highIncluded ? "<=" : "<"} ${high}`;
  if (high === undefined) return `${lowIncluded ? ">=" : ">"} ${low}`;
  if (from === to && lowIncluded) return low;
  return `${lowIncluded ? "[" : "("}${low}..${high}${highIncluded ? "]" : ")"}`;
}

function enumeration({ points, count }: Regions, spans: readonly Span[]): string {
  const holds = (region: number): boolean => spans.some((span) => span.from <= region && region <= span.to);
  const list = (wanted: boolean): string =>
    points
      .filter((_, region) => holds(region) === wanted)
      .map((point) => formatFeel(point))
      .join(", ");
  // The last region is "all other values", except for booleans, which have no others.
  const others = count > points.length && holds(count - 1);
  return others ? `not(${list(false)})` : list(true);
}
