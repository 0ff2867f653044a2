// A decimal number as text, the way FEEL writes it: plain, and scientific only where plain would be longer than 60 digits.

/** The text of `coefficient × 10^exponent`. */
export function plainText(coefficient: bigint, exponent: number): string {
  const digits = coefficient.toString();
  return coefficient < 0n ? `-${placePoint(digits.slice(1), exponent)}` : placePoint(digits, exponent);
}

function placePoint(digits: string, exponent: number): string {
  const point = digits.length + exponent;
  if (point > 60 || point < -60) {
    const adjusted = point - 1;
    const mantissa = digits.length === 1 ? digits : `${digits[0]}.${digits.slice(1)}`;
    return `${mantissa}E${adjusted < 0 ? "" : "+"}${adjusted}`;
  }
  if (exponent >= 0) return digits + "0".repeat(exponent);
  if (point > 0) return `${digits.slice(0, point)}.${digits.slice(point)}`;
  return `0.${"0".repeat(-point)}${digits}`;
}
