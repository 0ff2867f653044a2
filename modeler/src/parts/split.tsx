/** Two panes and a bar between them that moves by mouse and by arrow keys; the place is remembered. */
import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef, useState } from "react";
import styles from "./split.module.css";

interface SplitProps {
  /** Where the size is remembered. */
  readonly name: string;
  readonly label: string;
  readonly direction: "rows" | "columns";
  /** Share of the first pane at first, in percent. */
  readonly initial: number;
  readonly first: ReactNode;
  readonly second: ReactNode;
}

const shareMin = 15;
const shareMax = 85;

export function Split({ name, label, direction, initial, first, second }: SplitProps) {
  const frame = useRef<HTMLDivElement>(null);
  const [share, setShare] = useState(() => remembered(name) ?? initial);
  function change(next: number) {
    const bounded = Math.min(shareMax, Math.max(shareMin, next));
    setShare(bounded);
    try {
      localStorage.setItem(`interlock:split:${name}`, String(Math.round(bounded)));
    } catch {
      // Not remembered in private windows; nothing else depends on it.
    }
  }
  function drag(event: PointerEvent<HTMLDivElement>) {
    if (!event.currentTarget.hasPointerCapture(event.pointerId) || !frame.current) return;
    const box = frame.current.getBoundingClientRect();
    change(
      direction === "rows"
        ? ((event.clientY - box.top) / box.height) * 100
        : ((event.clientX - box.left) / box.width) * 100,
    );
  }
  function key(event: KeyboardEvent<HTMLDivElement>) {
    const steps = new Map([
      ["ArrowUp", -4],
      ["ArrowLeft", -4],
      ["ArrowDown", 4],
      ["ArrowRight", 4],
    ]);
    const step = steps.get(event.key);
    if (step === undefined) return;
    event.preventDefault();
    change(share + step);
  }
  return (
    <div ref={frame} className={styles.split} data-direction={direction}>
      <div className={styles.first} style={{ flexBasis: `${share}%` }}>
        {first}
      </div>
      {/* biome-ignore lint/a11y/useSemanticElements: <hr> cannot be a focusable, movable separator */}
      <div
        className={styles.bar}
        role="separator"
        aria-label={label}
        aria-orientation={direction === "rows" ? "horizontal" : "vertical"}
        aria-valuenow={Math.round(share)}
        aria-valuemin={shareMin}
        aria-valuemax={shareMax}
        tabIndex={0}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={drag}
        onKeyDown={key}
      />
      <div className={styles.second}>{second}</div>
    </div>
  );
}

function remembered(name: string): number | null {
  try {
    const share = Number(localStorage.getItem(`interlock:split:${name}`));
    return share >= shareMin && share <= shareMax ? share : null;
  } catch {
    return null;
  }
}
