/** Two versions of a process: both diagrams under one viewport with signs on what differs, and the changes in words. */
import { useMemo, useState } from "react";
import { Diagram } from "../bpmn/diagram.tsx";
import type { Sign } from "../bpmn/diagram-view.ts";
import { SharedViewport } from "../bpmn/shared-viewport.ts";
import { ProblemNotice } from "../ui/notice.tsx";
import { movedShapes, readBpmn } from "./bpmn-parts.ts";
import { type Change, compareParts } from "./change.ts";
import { ChangeList } from "./change-list.tsx";
import { attempt, signs, summary, titles } from "./change-words.ts";
import styles from "./model-difference.module.css";
import type { DifferenceProps } from "./model-difference.tsx";

export interface BpmnDifferences {
  readonly changes: readonly Change[];
  /** The element that shows a part: itself, or one that refers to it. */
  readonly elementOf: (partId: string) => string;
}

/** @throws Error when one of the two is no XML. */
export function compareBpmn(before: string, after: string): BpmnDifferences {
  const [old, now] = [readBpmn(before), readBpmn(after)];
  return {
    changes: compareParts(old.parts, now.parts, movedShapes(old.places, now.places)),
    elementOf: (id) => now.drawnAt.get(id) ?? old.drawnAt.get(id) ?? id,
  };
}

export function BpmnDifference({ before, after, beforeLabel, afterLabel }: DifferenceProps) {
  const result = useMemo(() => attempt(() => compareBpmn(before, after)), [before, after]);
  const [viewport] = useState(() => new SharedViewport());
  const [selected, setSelected] = useState<string | null>(null);
  const marks = useMemo(() => ("error" in result ? new Map<string, Sign>() : signsOf(result.changes)), [result]);
  if ("error" in result) return <ProblemNotice error={result.error} />;
  const element = selected === null ? null : result.elementOf(selected);
  const sides = [
    { xml: before, label: beforeLabel },
    { xml: after, label: afterLabel },
  ];
  return (
    <div className={styles.difference}>
      <div className={styles.sides}>
        {sides.map(({ xml, label }) => (
          <section key={label} className={styles.side} aria-label={label}>
            <h3 className={styles.sideTitle}>{label}</h3>
            <div className={styles.drawing}>
              <Diagram
                xml={xml}
                label={`Diagram of ${label}`}
                signs={marks}
                viewport={viewport}
                selected={element}
                onSelect={setSelected}
              />
            </div>
          </section>
        ))}
      </div>
      <section className={styles.changes} aria-label="Changes">
        <p className={styles.summary} role="status">
          {result.changes.length === 0 ? "No differences" : summary(result.changes)}
        </p>
        <ChangeList changes={result.changes} selected={selected} onSelect={setSelected} />
      </section>
    </div>
  );
}

function signsOf(changes: readonly Change[]): ReadonlyMap<string, Sign> {
  return new Map(
    changes.map(({ id, what, details }) => [
      id,
      {
        marker: `diff-${what}`,
        text: signs[what],
        title: [titles[what], ...(what === "changed" ? details.map(({ label }) => label) : [])].join(": "),
      },
    ]),
  );
}
