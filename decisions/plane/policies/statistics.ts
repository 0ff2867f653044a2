/**
 * The statistics that releases and monitoring are judged by. Small samples say nothing: callers hold a minimum.
 * Test vectors: NIST/SEMATECH e-Handbook §7.3.3 and §1.3.5.15–16, tables of the χ² and normal distributions.
 */

/** Two-proportion z-test, pooled: z and the two-sided p-value. */
export function twoProportionTest(
  hits1: number,
  total1: number,
  hits2: number,
  total2: number,
): { readonly z: number; readonly p: number } {
  if (total1 === 0 || total2 === 0) return { z: 0, p: 1 };
  const pooled = (hits1 + hits2) / (total1 + total2);
  const deviation = Math.sqrt(pooled * (1 - pooled) * (1 / total1 + 1 / total2));
  if (deviation === 0) return { z: 0, p: 1 };
  const z = (hits1 / total1 - hits2 / total2) / deviation;
  return { z, p: 2 * (1 - normalCdf(Math.abs(z))) };
}

/** Population stability index of two histograms over the same classes. Under 0.1 stable, over 0.25 shifted. */
export function stabilityIndex(expected: readonly number[], actual: readonly number[]): number {
  const expectedTotal = sum(expected);
  const actualTotal = sum(actual);
  if (expectedTotal === 0 || actualTotal === 0) return 0;
  let index = 0;
  for (let position = 0; position < expected.length; position++) {
    // Half an observation instead of none: an empty class must not be infinite.
    const before = Math.max(expected[position] ?? 0, 0.5) / expectedTotal;
    const after = Math.max(actual[position] ?? 0, 0.5) / actualTotal;
    index += (after - before) * Math.log(after / before);
  }
  return index;
}

/** Two-sample Kolmogorov–Smirnov: largest distance of the distribution functions and its asymptotic p-value. */
export function kolmogorovSmirnov(
  one: readonly number[],
  other: readonly number[],
): { readonly distance: number; readonly p: number } {
  if (one.length === 0 || other.length === 0) return { distance: 0, p: 1 };
  const a = [...one].sort((x, y) => x - y);
  const b = [...other].sort((x, y) => x - y);
  let i = 0;
  let j = 0;
  let distance = 0;
  while (i < a.length && j < b.length) {
    const value = Math.min(a[i] as number, b[j] as number);
    while (i < a.length && (a[i] as number) <= value) i++;
    while (j < b.length && (b[j] as number) <= value) j++;
    distance = Math.max(distance, Math.abs(i / a.length - j / b.length));
  }
  const root = Math.sqrt((a.length * b.length) / (a.length + b.length));
  return { distance, p: kolmogorovTail((root + 0.12 + 0.11 / root) * distance) };
}

/** Pearson's χ² of two histograms over the same classes (homogeneity): statistic, degrees of freedom and p-value. */
export function chiSquare(
  one: readonly number[],
  other: readonly number[],
): { readonly statistic: number; readonly degrees: number; readonly p: number } {
  const total1 = sum(one);
  const total2 = sum(other);
  if (total1 === 0 || total2 === 0) return { statistic: 0, degrees: 0, p: 1 };
  let statistic = 0;
  let classes = 0;
  for (let position = 0; position < Math.max(one.length, other.length); position++) {
    const both = (one[position] ?? 0) + (other[position] ?? 0);
    if (both === 0) continue;
    classes++;
    const expected1 = (both * total1) / (total1 + total2);
    const expected2 = both - expected1;
    statistic +=
      ((one[position] ?? 0) - expected1) ** 2 / expected1 + ((other[position] ?? 0) - expected2) ** 2 / expected2;
  }
  const degrees = Math.max(classes - 1, 0);
  return { statistic, degrees, p: degrees === 0 ? 1 : upperGamma(degrees / 2, statistic / 2) };
}

/** Distribution function of the standard normal, through the incomplete gamma function. */
export function normalCdf(z: number): number {
  const tail = 0.5 * upperGamma(0.5, (z * z) / 2);
  return z >= 0 ? 1 - tail : tail;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function kolmogorovTail(lambda: number): number {
  if (lambda < 0.2) return 1;
  let tail = 0;
  for (let term = 1; term <= 100; term++)
    tail += 2 * (term % 2 === 1 ? 1 : -1) * Math.exp(-2 * term * term * lambda * lambda);
  return Math.min(1, Math.max(0, tail));
}

/** Regularised upper incomplete gamma function Q(a, x): series below a + 1, continued fraction (Lentz) above. */
function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  const scale = Math.exp(-x + a * Math.log(x) - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let series = term;
    for (let n = 1; n < 500 && term > series * 1e-15; n++) {
      term *= x / (a + n);
      series += term;
    }
    return 1 - series * scale;
  }
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let fraction = d;
  for (let n = 1; n < 500; n++) {
    const step = -n * (n - a);
    b += 2;
    d = 1 / (step * d + b);
    c = b + step / c;
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return fraction * scale;
}

/** Stirling's series, shifted up to x ≥ 10. */
function logGamma(x: number): number {
  let shift = 0;
  let value = x;
  while (value < 10) shift -= Math.log(value++);
  const inverse = 1 / (value * value);
  return (
    shift +
    (value - 0.5) * Math.log(value) -
    value +
    0.5 * Math.log(2 * Math.PI) +
    (1 / 12 - inverse * (1 / 360 - inverse / 1260)) / value
  );
}
