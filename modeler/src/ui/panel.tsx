/** A titled box on a page. */
import { type ReactNode, useId } from "react";
import { classes } from "./classes.ts";
import styles from "./panel.module.css";

export function Panel({
  title,
  actions,
  flush,
  children,
}: {
  readonly title: ReactNode;
  readonly actions?: ReactNode;
  readonly flush?: boolean;
  readonly children: ReactNode;
}) {
  const id = useId();
  return (
    <section className={styles.panel} aria-labelledby={id}>
      <header className={styles.head}>
        <h2 id={id}>{title}</h2>
        {actions}
      </header>
      <div className={classes(styles.body, flush && styles.flush)}>{children}</div>
    </section>
  );
}
