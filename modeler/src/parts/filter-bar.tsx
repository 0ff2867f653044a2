/** The filters above a list and the page buttons below it. */
import type { ReactNode } from "react";
import { Button } from "../ui/button.tsx";
import styles from "./filter-bar.module.css";

export function FilterBar({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <search className={styles.bar} aria-label={label}>
      {children}
    </search>
  );
}

interface PagesProps {
  readonly from: number;
  readonly shown: number;
  readonly total: number;
  readonly size: number;
  readonly onMove: (from: number) => void;
}

export function Pages({ from, shown, total, size, onMove }: PagesProps) {
  return (
    <div className={styles.pages}>
      <span>{total === 0 ? "Nothing found" : `${from + 1}–${from + shown} of ${total}`}</span>
      {total > size && (
        <span>
          <Button small disabled={from === 0} onClick={() => onMove(Math.max(0, from - size))}>
            Previous page
          </Button>
          <Button small disabled={from + shown >= total} onClick={() => onMove(from + size)}>
            Next page
          </Button>
        </span>
      )}
    </div>
  );
}
