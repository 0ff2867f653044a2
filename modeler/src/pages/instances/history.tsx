/** The story of the instance, one line per event that matters, in order; a line leads to its element. */
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { readWholeHistory } from "../../api/instances.ts";
import { Empty, ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { Time } from "../../ui/time.tsx";
import styles from "./history.module.css";
import { type HistoryLine, tellHistory } from "./history-words.ts";

const entriesMax = 2000;

interface HistoryProps {
  readonly instanceKey: string;
  readonly names: ReadonlyMap<string, string>;
  readonly selected: string | null;
  readonly onSelect: (elementId: string) => void;
}

export function History({ instanceKey, names, selected, onSelect }: HistoryProps) {
  const [everything, setEverything] = useState(false);
  const history = useQuery({
    queryKey: ["instance", instanceKey, "history"],
    queryFn: ({ signal }) => readWholeHistory(instanceKey, entriesMax, signal),
  });
  const lines = useMemo(
    () => tellHistory(history.data?.items ?? [], names, everything),
    [history.data, names, everything],
  );
  if (history.error) return <ProblemNotice error={history.error} retry={() => void history.refetch()} />;
  if (history.isPending) return <Skeleton lines={8} />;
  return (
    <div>
      <div className={styles.tools}>
        <span>
          {lines.length} {lines.length === 1 ? "event" : "events"}
          {history.data.next !== null && `, the first ${entriesMax} commands`}
        </span>
        <label>
          <input type="checkbox" checked={everything} onChange={(event) => setEverything(event.target.checked)} /> Show
          every event
        </label>
      </div>
      {lines.length === 0 ? (
        <Empty title="No history yet">Each step is written here the moment it happens.</Empty>
      ) : (
        <ol className={styles.list}>
          {lines.map((line) => (
            <li key={line.id}>
              <Line line={line} chosen={line.elementId !== null && line.elementId === selected} onSelect={onSelect} />
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}

function Line({
  line,
  chosen,
  onSelect,
}: {
  readonly line: HistoryLine;
  readonly chosen: boolean;
  readonly onSelect: (elementId: string) => void;
}) {
  const content = (
    <>
      <span className={styles.at}>
        <Time at={line.at} as="clock" />
      </span>
      <span className={styles.dot} data-tone={line.tone} />
      <span>
        {line.text}
        {line.detail !== null && <span className={styles.detail}>{line.detail}</span>}
      </span>
      <span className={styles.actor}>{line.actor}</span>
    </>
  );
  const { elementId } = line;
  if (elementId === null) return <div className={styles.line}>{content}</div>;
  return (
    <button type="button" className={styles.line} data-chosen={chosen} onClick={() => onSelect(elementId)}>
      {content}
    </button>
  );
}
