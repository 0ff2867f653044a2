/** Texts from anywhere (a stack, a path, a model), without what the database refuses: NUL and halves of characters. */

/** At most `lengthMax` UTF-16 units; what cannot be stored becomes U+FFFD. */
export function storableText(text: string, lengthMax: number): string {
  const well = text
    .slice(0, lengthMax + 1)
    .replace(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/g, "\uFFFD")
    .replaceAll("\u0000", "\uFFFD");
  if (well.length <= lengthMax) return well;
  const cut = well.slice(0, lengthMax);
  return /[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut;
}
