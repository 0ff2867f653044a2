/**
 * Text as a person must see it who decides on it: what is invisible, reorders its neighbours (Unicode TR9) or passes for
 * another letter (UTS 39, mixed scripts) is written out as its code point. Everything else stays as it is.
 */

/** U+FE0F stays: it makes an emoji of a character, in plain sight. Controls, bidirectional marks, zero-width and other format characters, line separators, blanks that are no space. */
const unseen =
  /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\u00a0\u115f\u1160\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\u3164\uffa0]|[\ufe00-\ufe0e]/gu;
const word = /[\p{L}\p{M}\p{N}_]+/gu;
const latin = /\p{Script=Latin}/u;
/** Scripts with letters that look like Latin ones, and forms of Latin letters that are not the usual ones. */
const passingForLatin =
  /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\u{ff01}-\u{ff5e}\u{1d400}-\u{1d7ff}\u{2460}-\u{24ff}]/gu;
const plainForms = /^[\u{ff01}-\u{ff5e}\u{1d400}-\u{1d7ff}\u{2460}-\u{24ff}]/u;

const codePoint = (character: string): string =>
  `⟨U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}⟩`;

/** Line breaks and tabs become blanks: they are seen anyway. */
export function visibleText(text: string): string {
  return text
    .replace(/[\n\r\t]+/g, " ")
    .replace(unseen, codePoint)
    .replace(word, (letters) =>
      letters.replace(passingForLatin, (letter) =>
        latin.test(letters) || plainForms.test(letter) ? codePoint(letter) : letter,
      ),
    );
}
