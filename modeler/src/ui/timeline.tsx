/** What happened one after another: a headline, what was said, and a note on who and when. */
import type { ReactNode } from "react";
import styles from "./timeline.module.css";

export function Timeline({ children }: { readonly children: ReactNode }) {
  return <ol className={styles.timeline}>{children}</ol>;
}

export function TimelineStep(props: {
  readonly head: ReactNode;
  readonly note: ReactNode;
  readonly children?: ReactNode;
}) {
  return (
    <li className={styles.step}>
      <span className={styles.head}>{props.head}</span>
      {props.children}
      <span className={styles.note}>{props.note}</span>
    </li>
  );
}
