/** What the record of this instance proves: replay (H17), who and what was at work, why it failed, states, the bundle. */
import { useMutation, useQuery } from "@tanstack/react-query";
import type { Agent } from "../../api/agents.ts";
import {
  type Failure,
  getLineage,
  incidentBundle,
  type Lineage,
  listCheckpoints,
  listFailures,
  type ReplayReport,
  replayInstance,
} from "../../api/proof.ts";
import { useMay } from "../../app/may.ts";
import { saveFile } from "../../parts/save-file.ts";
import { Button } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { Facts } from "../../ui/facts.tsx";
import { ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { withoutModel } from "./agent-words.ts";
import styles from "./proof.module.css";

interface ProofProps {
  readonly instanceKey: string;
  readonly agents: readonly Agent[];
}

export function Proof({ instanceKey, agents }: ProofProps) {
  const lineage = useQuery({
    queryKey: ["instance", instanceKey, "lineage"],
    queryFn: ({ signal }) => getLineage(instanceKey, signal),
  });
  const failures = useQuery({
    queryKey: ["instance", instanceKey, "failures"],
    queryFn: ({ signal }) => listFailures(instanceKey, signal),
  });
  return (
    <div className={styles.proof}>
      <Replay instanceKey={instanceKey} />
      {lineage.error ? (
        <ProblemNotice error={lineage.error} retry={() => void lineage.refetch()} />
      ) : lineage.data ? (
        <AtWork lineage={lineage.data} agents={agents} />
      ) : (
        <Skeleton lines={4} />
      )}
      {failures.data !== undefined && failures.data.length > 0 && <Failures failures={failures.data} />}
      <Checkpoints instanceKey={instanceKey} />
    </div>
  );
}

function Replay({ instanceKey }: { readonly instanceKey: string }) {
  const may = useMay();
  const replay = useMutation({ mutationFn: () => replayInstance(instanceKey) });
  const bundle = useMutation({
    mutationFn: () => incidentBundle(instanceKey),
    onSuccess: (text) => saveFile(text, "application/json", `incident-${instanceKey}.json`),
  });
  return (
    <section aria-label="Replay">
      <h3>Replay</h3>
      <div className={styles.actions}>
        <Button onClick={() => replay.mutate()} disabled={replay.isPending}>
          Replay from the record
        </Button>
        {may("record:export") && (
          <Button onClick={() => bundle.mutate()} disabled={bundle.isPending}>
            Download incident bundle
          </Button>
        )}
      </div>
      <div role="status" className={styles.result}>
        {replay.isPending && "Executing every recorded command again"}
        {replay.data && <Report report={replay.data} />}
      </div>
      {replay.error && <ProblemNotice error={replay.error} />}
      {bundle.error && <ProblemNotice error={bundle.error} />}
    </section>
  );
}

function Report({ report }: { readonly report: ReplayReport }) {
  const { equal, commands, events, prompts, recordedHash, replayedHash, firstDifference } = report;
  return (
    <>
      <Chip tone={equal ? "ok" : "bad"}>{equal ? "Same trajectory" : "Differs"}</Chip>
      <Facts
        items={[
          ["Commands", commands],
          ["Events", events],
          ["Prompts built again", prompts],
          ...(firstDifference === null ? [] : [["First difference", firstDifference] as const]),
          [
            "Recorded",
            <span key="recorded" className={styles.hash}>
              {recordedHash}
            </span>,
          ],
          [
            "Replayed",
            <span key="replayed" className={styles.hash}>
              {replayedHash}
            </span>,
          ],
        ]}
      />
    </>
  );
}

function AtWork({ lineage, agents: known }: { readonly lineage: Lineage; readonly agents: readonly Agent[] }) {
  const { process, agents, policies, decisions, artifacts } = lineage;
  const idle = new Map(known.map((agent) => [agent.elementInstanceKey, withoutModel(agent)]));
  return (
    <section aria-label="At work">
      <h3>At work</h3>
      <Facts
        items={[
          ["Process", `${process.processDefinitionId}, version ${process.processDefinitionVersion}`],
          ...agents.map(
            (agent) =>
              [
                `Agent ${agent.agentId}`,
                `version ${agent.agentVersion}. ${idle.get(agent.elementInstanceKey) ?? modelsOf(agent)}`,
              ] as const,
          ),
          ...policies.map(
            ({ policyId, version, stages }) =>
              [`Policy ${policyId}`, `version ${version}, ${stages.join(", ")}`] as const,
          ),
          ["Decisions", decisions.length],
          ["Artifacts", `${artifacts.count} recorded, ${artifacts.distinct} of them different`],
        ]}
      />
    </section>
  );
}

function modelsOf({ models, promptHashes }: Lineage["agents"][number]): string {
  return `Model ${models.join(", ")}, ${promptHashes.length} ${promptHashes.length === 1 ? "prompt" : "prompts"}.`;
}

const causes: Readonly<Record<Failure["causeClass"], string>> = {
  data: "Data",
  tools: "Tools",
  policy: "Policy",
  model: "Model",
  system: "Engine",
};

function Failures({ failures }: { readonly failures: readonly Failure[] }) {
  return (
    <section aria-label="Failures">
      <h3>Failures by cause</h3>
      <Table
        caption="Failures by cause"
        columns={[
          { title: "Entry", number: true, cell: ({ sequence }) => sequence },
          { title: "Cause", cell: ({ causeClass }) => causes[causeClass] },
          { title: "Element", cell: ({ elementId }) => elementId ?? "" },
          { title: "What", cell: ({ message }) => message },
        ]}
        rows={failures.map((failure, index) => ({ ...failure, index }))}
        rowKey={({ index }) => String(index)}
      />
    </section>
  );
}

function Checkpoints({ instanceKey }: { readonly instanceKey: string }) {
  const checkpoints = useQuery({
    queryKey: ["instance", instanceKey, "checkpoints"],
    queryFn: ({ signal }) => listCheckpoints(instanceKey, signal),
  });
  if (checkpoints.error) return <ProblemNotice error={checkpoints.error} />;
  if (checkpoints.data === undefined || checkpoints.data.length === 0) return null;
  return (
    <section aria-label="Checkpoints">
      <h3>Checkpoints</h3>
      <Table
        caption="State after each step of the agents"
        columns={[
          { title: "Entry", number: true, cell: ({ sequence }) => sequence },
          { title: "Turn", number: true, cell: ({ turn }) => turn },
          { title: "At", cell: ({ at }) => <Time at={at} /> },
          { title: "State", cell: ({ stateHash }) => <span className={styles.hash}>{stateHash.slice(0, 16)}</span> },
        ]}
        rows={checkpoints.data}
        rowKey={({ sequence }) => String(sequence)}
      />
    </section>
  );
}
