/** What is known about the chosen element in this instance: each run of it, its incident, its open task. */
import { X } from "lucide-react";
import { Link } from "wouter";
import type { Agent, ToolCall } from "../../api/agents.ts";
import type { ElementInstance } from "../../api/instances.ts";
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
  readonly onClose: () => void;
}

export function ElementPanel({ elementId, name, type, runs, agents, onClose }: ElementPanelProps) {
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
      {calls.map((call) => (
        <CallNote key={call.id} call={call} />
      ))}
    </section>
  );
}

function CallNote({ call }: { readonly call: ToolCall }) {
  return (
    <div>
      {call.decision && <DecisionSummary decision={call.decision} />}
      {call.state === "WAITING_FOR_APPROVAL" && (
        <p>
          <Link href="/tasks">Open the approval in Tasks</Link>
        </p>
      )}
    </div>
  );
}
