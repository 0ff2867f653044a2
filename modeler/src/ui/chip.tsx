/** A state in a word. The colour repeats what the text says and never stands alone. */
import type { ReactNode } from "react";
import styles from "./chip.module.css";
import { classes } from "./classes.ts";
import type { Tone } from "./tone.ts";

export function Chip({
  tone = "neutral",
  children,
  title,
}: {
  readonly tone?: Tone;
  readonly children: ReactNode;
  readonly title?: string;
}) {
  return (
    <span className={classes(styles.chip, tone !== "neutral" && styles[tone])} title={title}>
      {children}
    </span>
  );
}
