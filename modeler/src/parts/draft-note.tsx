/** Offers work that was not deployed when the page was left. Lies over the top of an editor. */
import { Button } from "../ui/button.tsx";
import { Time } from "../ui/time.tsx";
import type { Draft } from "./draft.ts";
import styles from "./draft-note.module.css";

interface DraftNoteProps {
  readonly draft: Draft;
  readonly onRestore: () => void;
  readonly onDrop: () => void;
}

export function DraftNote({ draft, onRestore, onDrop }: DraftNoteProps) {
  return (
    <div className={styles.draft} role="status">
      <span>
        You have changes from <Time at={draft.at} /> that were not deployed.
      </span>
      <Button small onClick={onRestore}>
        Restore changes
      </Button>
      <Button small kind="quiet" onClick={onDrop}>
        Discard
      </Button>
    </div>
  );
}
