/** The outline beside a diagram: every step with its type, state and what follows, reachable by keyboard. */
import { Chip } from "../ui/chip.tsx";
import { Empty } from "../ui/notice.tsx";
import type { Tone } from "../ui/tone.ts";
import type { Decoration } from "./decoration.ts";
import styles from "./outline.module.css";
import type { OutlineStep } from "./outline-steps.ts";

interface OutlineProps {
  readonly steps: readonly OutlineStep[];
  readonly states: ReadonlyMap<string, Decoration>;
  readonly selected: string | null;
  readonly onSelect: (elementId: string) => void;
}

export function Outline({ steps, states, selected, onSelect }: OutlineProps) {
  if (steps.length === 0)
    return <Empty title="No steps yet">The outline lists the steps of the diagram in flow order.</Empty>;
  return (
    <ul className={styles.outline} aria-label="Steps of the process">
      {steps.map((step) => {
        const state = stepState(states.get(step.id));
        return (
          <li key={step.id}>
            <button
              type="button"
              className={styles.step}
              data-depth={Math.min(step.depth, 2)}
              aria-pressed={step.id === selected}
              onClick={() => onSelect(step.id)}
            >
              <span className={styles.text}>
                <span>{step.name}</span>
                <span className={styles.type}>
                  {step.type}
                  {step.next.length > 0 &&
                    `, then ${step.next.map((next) => (next.condition ? `${next.name} (${next.condition})` : next.name)).join(" or ")}`}
                </span>
              </span>
              {state && <Chip tone={state.tone}>{state.text}</Chip>}
            </button>
          </li>
        );
      })}
    </ul>
  );
}

function stepState(decoration: Decoration | undefined): { readonly text: string; readonly tone: Tone } | null {
  if (!decoration) return null;
  if (decoration.incidents > 0) return { text: "Incident", tone: "bad" };
  if (decoration.waiting > 0) return { text: "Waiting for approval", tone: "warn" };
  if (decoration.running > 0) return { text: "Running", tone: "info" };
  return decoration.completed > 0
    ? { text: decoration.completed > 1 ? `Done ${decoration.completed}×` : "Done", tone: "ok" }
    : null;
}
