/** What an agent did, turn by turn: what the model said, what it proposed, what the policy answered, what came back. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Agent, type AgentTurn, interruptAgent, type ToolCall } from "../../api/agents.ts";
import { isObject, type JsonValue } from "../../api/json.ts";
import { useMay } from "../../app/may.ts";
import { DecisionSummary } from "../../parts/decision-summary.tsx";
import { Button } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { JsonBlock } from "../../ui/facts.tsx";
import { TextField } from "../../ui/field.tsx";
import { ProblemNotice } from "../../ui/notice.tsx";
import { StateChip } from "../../ui/state-chip.tsx";
import { sentence } from "../../ui/states.ts";
import { duration, Time } from "../../ui/time.tsx";
import type { Tone } from "../../ui/tone.ts";
import { inlineValue } from "../../ui/values.ts";
import styles from "./agent-trajectory.module.css";
import { withoutModel } from "./agent-words.ts";

interface TrajectoryProps {
  readonly agent: Agent;
  readonly instanceKey: string;
  readonly names: ReadonlyMap<string, string>;
  readonly selected: string | null;
  readonly onSelect: (elementId: string) => void;
}

export function AgentTrajectory({ agent, instanceKey, names, selected, onSelect }: TrajectoryProps) {
  const idle = withoutModel(agent);
  return (
    <section className={styles.agent} aria-label={`Agent ${agent.agentId}`}>
      <div className={styles.head}>
        <button type="button" className={styles.tool} onClick={() => onSelect(agent.elementId)}>
          {names.get(agent.elementId) ?? agent.elementId}
        </button>
        <StateChip state={agent.state} />
        {idle === null && <span className={styles.usage}>{usageText(agent)}</span>}
        <Stop agent={agent} instanceKey={instanceKey} />
      </div>
      {idle !== null && <p className={styles.usage}>{idle}</p>}
      <ol className={styles.turns}>
        {agent.turns.map((turn) => (
          <Turn key={turn.turn} turn={turn} names={names} selected={selected} onSelect={onSelect} />
        ))}
      </ol>
    </section>
  );
}

function usageText({ usage, budget }: Agent): string {
  const of = (used: number, max: number | null | undefined, noun: string) =>
    `${used.toLocaleString("en")}${max ? ` of ${max.toLocaleString("en")}` : ""} ${noun}`;
  return [
    of(usage.modelCalls, budget?.modelCallsMax, "model calls"),
    of(usage.toolCalls, budget?.toolCallsMax, "tool calls"),
    of(usage.inputTokens + usage.outputTokens, budget?.tokensMax, "tokens"),
  ].join(" · ");
}

type TurnProps = Pick<TrajectoryProps, "names" | "selected" | "onSelect">;

function Turn({ turn, ...rest }: TurnProps & { readonly turn: AgentTurn }) {
  return (
    <li className={styles.turn}>
      <div className={styles.turnHead}>
        <h3>Turn {turn.turn}</h3>
        <span className={styles.usage}>
          {turn.model} · {turn.usage.inputTokens + turn.usage.outputTokens} tokens · {duration(turn.durationMs)} ·{" "}
          <Time at={turn.at} as="clock" />
        </span>
      </div>
      {turn.text && <p className={styles.said}>{turn.text}</p>}
      {turn.error && <p className={styles.error}>{turn.error}</p>}
      {turn.toolCalls.map((call) => (
        <Call key={call.id} call={call} {...rest} />
      ))}
    </li>
  );
}

function Call({ call, names, selected, onSelect }: TurnProps & { readonly call: ToolCall }) {
  const state = callState(call);
  return (
    <article className={styles.call} data-chosen={call.name === selected} aria-label={`Tool call ${call.name}`}>
      <div className={styles.callHead}>
        <button type="button" className={styles.tool} onClick={() => onSelect(call.name)}>
          {names.get(call.name) ?? call.name}
        </button>
        <Chip tone={state.tone}>{state.text}</Chip>
      </div>
      <dl className={styles.args}>
        {Object.entries(call.args)
          .filter(([name]) => name !== "_meta")
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name} </dt>
              <dd>{inlineValue(value)}</dd>
            </div>
          ))}
      </dl>
      {call.decision && <DecisionSummary decision={call.decision} />}
      {call.result !== null && call.result !== undefined && (
        <details className={styles.result}>
          <summary>{resultText(call.result)}</summary>
          <JsonBlock value={call.result} label={`Result of ${call.name}`} />
        </details>
      )}
    </article>
  );
}

const callStates = new Map<string, { readonly text: string; readonly tone: Tone }>([
  ["PROPOSED", { text: "Proposed", tone: "agent" }],
  ["WAITING_FOR_APPROVAL", { text: "Waiting for approval", tone: "warn" }],
  ["RUNNING", { text: "Running", tone: "info" }],
  ["COMPLETED", { text: "Executed", tone: "ok" }],
  ["BLOCKED", { text: "Not executed", tone: "bad" }],
  ["FAILED", { text: "Failed", tone: "bad" }],
  ["CANCELED", { text: "Canceled", tone: "neutral" }],
]);

/** A result that says it was not executed is no success, whatever the state of the call. */
function callState(call: ToolCall): { readonly text: string; readonly tone: Tone } {
  if (isObject(call.result) && call.result.status === "not_executed") return { text: "Not executed", tone: "bad" };
  return callStates.get(call.state) ?? { text: sentence(call.state), tone: "neutral" };
}

function resultText(result: JsonValue): string {
  if (isObject(result) && typeof result.message === "string") return `Result: ${result.message}`;
  const text = typeof result === "string" ? result : JSON.stringify(result);
  return `Result: ${text.length > 120 ? `${text.slice(0, 120)}…` : text}`;
}

function Stop({ agent, instanceKey }: { readonly agent: Agent; readonly instanceKey: string }) {
  const may = useMay();
  const [asking, setAsking] = useState(false);
  const [reason, setReason] = useState("");
  const client = useQueryClient();
  const stop = useMutation({
    mutationFn: (mode: "pause" | "terminate") => interruptAgent(agent.elementInstanceKey, mode, reason),
    onSuccess: () => setAsking(false),
    onSettled: () => void client.invalidateQueries({ queryKey: ["instance", instanceKey] }),
  });
  if (agent.state === "COMPLETED" || agent.state === "TERMINATED" || !may("agent:interrupt")) return <span />;
  return (
    <>
      <Button small onClick={() => setAsking(true)}>
        Interrupt agent
      </Button>
      {asking && (
        <Dialog
          title="Interrupt agent"
          onClose={() => setAsking(false)}
          actions={
            <>
              <Button disabled={reason === "" || stop.isPending} onClick={() => stop.mutate("pause")}>
                Pause agent
              </Button>
              <Button kind="danger" disabled={reason === "" || stop.isPending} onClick={() => stop.mutate("terminate")}>
                Stop agent
              </Button>
            </>
          }
        >
          <p>
            A paused agent keeps what it has done and can go on later. A stopped agent ends; running tool calls are
            canceled.
          </p>
          <TextField
            label="Reason"
            hint="Goes into the record of this agent."
            value={reason}
            onChange={(event) => setReason(event.target.value)}
          />
          {stop.error && <ProblemNotice error={stop.error} />}
        </Dialog>
      )}
    </>
  );
}
