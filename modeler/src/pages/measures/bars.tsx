/** Horizontal bars, each with its figure in words beside it; the longest fills the width. */
import styles from "./bars.module.css";

interface Part {
  readonly share: number;
  readonly tone: "accent" | "ok" | "bad";
}

export interface BarRow {
  readonly name: string;
  readonly parts: readonly Part[];
  readonly text: string;
}

export function Bars({ rows }: { readonly rows: readonly BarRow[] }) {
  const longest = Math.max(1, ...rows.map((row) => total(row)));
  return (
    <dl className={styles.bars}>
      {rows.map((row) => (
        <div key={row.name} className={styles.row}>
          <dt title={row.name}>{row.name}</dt>
          {/* An SVG, because the content security policy forbids style attributes. */}
          <dd className={styles.track}>
            <svg viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
              {placed(row.parts, longest).map(({ tone, x, width }) => (
                <rect key={tone} className={styles[tone]} x={x} y={0} width={width} height={8} />
              ))}
            </svg>
          </dd>
          <dd className={styles.text}>{row.text}</dd>
        </div>
      ))}
    </dl>
  );
}

function total(row: BarRow): number {
  return row.parts.reduce((sum, part) => sum + part.share, 0);
}

function placed(parts: readonly Part[], longest: number) {
  let x = 0;
  return parts.map(({ share, tone }) => {
    const width = (share / longest) * 100;
    const at = x;
    x += width;
    return { tone, x: at, width };
  });
}
