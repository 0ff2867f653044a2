/** What a page says when it has nothing, waits, or failed: what happened, why, and what to do now. */
import { CircleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { ApiError } from "../api/client.ts";
import { Button } from "./button.tsx";
import styles from "./notice.module.css";

/** The problem of an answer, with the id to quote. */
export function ProblemNotice({ error, retry }: { readonly error: unknown; readonly retry?: () => void }) {
  const title = error instanceof ApiError ? problemTitle(error) : "Something went wrong";
  const detail = error instanceof Error ? error.message : String(error);
  const id = error instanceof ApiError ? error.problem.instance : null;
  return (
    <div className={styles.problem} role="alert">
      <CircleAlert size={18} aria-hidden="true" />
      <div>
        <h3>{title}</h3>
        <p>{detail}</p>
        {id !== null && (
          <p className={styles.id}>
            Reference <code>{id}</code>
          </p>
        )}
        {retry && (
          <div className={styles.actions}>
            <Button small onClick={retry}>
              Try again
            </Button>
          </div>
        )}
      </div>
    </div>
  );
}

const titles = new Map<number, string>([
  [0, "Server not reachable"],
  [400, "The server did not accept this"],
  [401, "Sign-in needed"],
  [403, "Not permitted"],
  [404, "Not found"],
  [409, "Changed in the meantime"],
  [429, "Too many requests"],
  [500, "The server failed"],
  [501, "Not available on this server"],
  [503, "The server is busy"],
]);

function problemTitle(error: ApiError): string {
  return titles.get(error.problem.status) ?? error.problem.title;
}

export function Empty({
  icon,
  title,
  children,
  actions,
}: {
  readonly icon?: ReactNode;
  readonly title: string;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
}) {
  return (
    <div className={styles.empty}>
      {icon}
      <h2>{title}</h2>
      {children && <p>{children}</p>}
      {actions && <div className={styles.emptyActions}>{actions}</div>}
    </div>
  );
}

/** Grey lines in place of what is loading; they appear only when it takes longer than a blink. */
export function Skeleton({ lines = 5 }: { readonly lines?: number }) {
  return (
    <div className={styles.skeleton} role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are alike and never move
        <div key={index} className={styles.bar} />
      ))}
    </div>
  );
}
