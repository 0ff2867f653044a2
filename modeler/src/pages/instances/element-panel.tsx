/** What is known about the chosen element in this instance: each run of it, its incident, its open task. */
import { X } from "lucide-react";
import { Link } from "wouter";
import type { Agent } from "../../api/agents.ts";
import type { ElementInstance } from "../../api/instances.ts";
import { approvalIdOf, type UserTask } from "../../api/tasks.ts";
import { DecisionSummary } from "../../parts/decision-summary.tsx";
import { IconButton } from "../../ui/button.tsx";
import { StateChip } from "../../ui/state-chip.tsx";
import { sentence } from "../../ui/states.ts";
import { duration, Time } from "../../ui/time.tsx";
import styles from "./instance-page.module.css";

interface ElementPanelProps {
  readonly elementId: string;
  readonly name: string;
  readonly type: string | null;
  readonly runs: readonly ElementInstance[];
  readonly agents: readonly Agent[];
  /** Open tasks at this element. */
  readonly tasks: readonly UserTask[];
  readonly onClose: () => void;
}

export function ElementPanel({ elementId, name, type, runs, agents, tasks, onClose }: ElementPanelProps) {
  const calls = agents.flatMap((agent) =>
    agent.turns.flatMap((turn) => turn.toolCalls.filter((call) => call.name === elementId)),
  );
  return (
    <section className={styles.selection} aria-label={`Selected element ${name}`}>
      <div className={styles.selectionHead}>
        <div>
          <h2>{name}</h2>
          <span className={styles.muted}>
            {type ?? sentence(runs[0]?.type ?? "")} · <code>{elementId}</code>
          </span>
        </div>
        <IconButton small label="Clear selection" onClick={onClose}>
          <X size={14} />
        </IconButton>
      </div>
      {runs.length === 0 && <p className={styles.muted}>Not reached in this instance.</p>}
      {runs.length > 0 && (
        <ul className={styles.runs} aria-label="Runs of this element">
          {runs.slice(-8).map((run) => (
            <li key={run.elementInstanceKey}>
              <StateChip state={run.incidentKey !== null && run.state === "ACTIVE" ? "INCIDENT" : run.state} />
              <Time at={run.startDate} as="clock" />
              {run.endDate && (
                <span className={styles.muted}>
                  took {duration(Date.parse(run.endDate) - Date.parse(run.startDate))}
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
      {calls.map((call) => call.decision && <DecisionSummary key={call.id} decision={call.decision} />)}
      {tasks.map((task) => (
        <p key={task.userTaskKey}>
          <Link href={`/tasks/${task.userTaskKey}`}>
            {approvalIdOf(task) === null ? "Open the task" : "Open the approval"}
          </Link>
        </p>
      ))}
    </section>
  );
}
