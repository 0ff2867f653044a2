/** Buttons: the label says the verb and the object ("Deploy version"). One primary per page at most. */
import type { ButtonHTMLAttributes, ReactNode } from "react";
import { Link } from "wouter";
import styles from "./button.module.css";
import { classes } from "./classes.ts";

type Kind = "primary" | "danger" | "quiet" | "plain";

interface Look {
  readonly kind?: Kind;
  readonly small?: boolean;
}

function look({ kind = "plain", small }: Look, icon = false): string {
  return classes(styles.button, kind !== "plain" && styles[kind], small && styles.small, icon && styles.icon);
}

export function Button({ kind, small, ...rest }: Look & ButtonHTMLAttributes<HTMLButtonElement>) {
  return (
    <button type="button" {...rest} className={look({ ...(kind ? { kind } : {}), ...(small ? { small } : {}) })} />
  );
}

/** A button that shows a picture only; `label` is what screen readers and the tooltip say. */
export function IconButton({
  label,
  kind = "quiet",
  small,
  children,
  ...rest
}: Look & { readonly label: string; readonly children: ReactNode } & ButtonHTMLAttributes<HTMLButtonElement>) {
  return (
    <button
      type="button"
      title={label}
      aria-label={label}
      {...rest}
      className={look({ kind, ...(small ? { small } : {}) }, true)}
    >
      {children}
    </button>
  );
}

/** A link that looks like a button: it goes somewhere, it does nothing. */
export function ButtonLink({
  kind,
  small,
  href,
  children,
}: Look & { readonly href: string; readonly children: ReactNode }) {
  return (
    <Link href={href} className={look({ ...(kind ? { kind } : {}), ...(small ? { small } : {}) })}>
      {children}
    </Link>
  );
}
