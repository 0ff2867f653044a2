/** The frame of every page: a bar with trail, title, state chips and at most one primary button, then the content. */
import { ChevronRight } from "lucide-react";
import { type ReactNode, useEffect } from "react";
import { Link } from "wouter";
import { classes } from "../ui/classes.ts";
import styles from "./page.module.css";

interface PageProps {
  readonly title: string;
  readonly trail?: readonly { readonly href: string; readonly text: string }[];
  readonly chips?: ReactNode;
  readonly actions?: ReactNode;
  /** "list": padded and scrolling; "workbench": the content fills the page and scrolls inside. */
  readonly template?: "list" | "workbench";
  readonly children: ReactNode;
}

export function Page({ title, trail = [], chips, actions, template = "list", children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Interlock`;
  }, [title]);
  return (
    <div className={styles.page}>
      <header className={styles.bar}>
        <div className={styles.names}>
          {trail.length > 0 && (
            <nav aria-label="Trail" className={styles.trail}>
              {trail.map((step) => (
                <span key={step.href} className={styles.trail}>
                  <Link href={step.href} title={step.text}>
                    {step.text}
                  </Link>
                  <ChevronRight size={14} aria-hidden="true" />
                </span>
              ))}
            </nav>
          )}
          <h1 title={title}>{title}</h1>
          {chips && <div className={styles.chips}>{chips}</div>}
        </div>
        {actions && <div className={styles.actions}>{actions}</div>}
      </header>
      {template === "list" ? (
        <div className={classes(styles.body, styles.padded)}>
          <div className={styles.stack}>{children}</div>
        </div>
      ) : (
        <div className={classes(styles.body, styles.full)}>{children}</div>
      )}
    </div>
  );
}
