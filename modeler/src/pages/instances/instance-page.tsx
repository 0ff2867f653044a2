/**
 * One instance: its diagram with what runs, waits and failed; below it the agent's trajectory, the history, variables
 * and incidents; beside it the outline. Selecting an element anywhere selects it everywhere; the address keeps it.
 */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useParams } from "wouter";
import { type Agent, listAgents } from "../../api/agents.ts";
import {
  cancelInstance,
  type ElementInstance,
  getInstance,
  listElementInstances,
  listIncidents,
  listTakenFlows,
  type ProcessInstance,
} from "../../api/instances.ts";
import { getProcessXml } from "../../api/processes.ts";
import { listOpenTasksOf } from "../../api/tasks.ts";
import { useAddress } from "../../app/address.ts";
import { processThing, useMay } from "../../app/may.ts";
import { Page } from "../../app/page.tsx";
import { Diagram } from "../../bpmn/diagram.tsx";
import { Outline } from "../../bpmn/outline.tsx";
import type { OutlineStep } from "../../bpmn/outline-steps.ts";
import { IncidentList } from "../../parts/incident-list.tsx";
import { Split } from "../../parts/split.tsx";
import { Button, ButtonLink } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Empty, ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { StateChip } from "../../ui/state-chip.tsx";
import { type Tab, TabPanel, Tabs } from "../../ui/tabs.tsx";
import { AgentTrajectory } from "./agent-trajectory.tsx";
import { toDecorations } from "./decorations.ts";
import { ElementPanel } from "./element-panel.tsx";
import { History } from "./history.tsx";
import styles from "./instance-page.module.css";
import { Proof } from "./proof.tsx";
import { Variables } from "./variables.tsx";

export function InstancePage() {
  const { key = "" } = useParams<{ key: string }>();
  const instance = useQuery({ queryKey: ["instance", key, "head"], queryFn: ({ signal }) => getInstance(key, signal) });
  if (instance.error) {
    return (
      <Page title="Instance" trail={[{ href: "/instances", text: "Instances" }]}>
        <ProblemNotice error={instance.error} retry={() => void instance.refetch()} />
      </Page>
    );
  }
  if (!instance.data) return <Skeleton lines={8} />;
  return <InstanceWorkbench instance={instance.data} />;
}

function InstanceWorkbench({ instance }: { readonly instance: ProcessInstance }) {
  const key = instance.processInstanceKey;
  const [read, change] = useAddress();
  const [steps, setSteps] = useState<readonly OutlineStep[]>([]);
  const selected = read("element");
  const may = useMay();
  const select = (elementId: string | null) => change({ element: elementId });
  const xml = useQuery({
    queryKey: ["process-xml", instance.processDefinitionKey],
    queryFn: ({ signal }) => getProcessXml(instance.processDefinitionKey, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const elements = useQuery({
    queryKey: ["instance", key, "elements"],
    queryFn: ({ signal }) => listElementInstances(key, signal),
  });
  const flows = useQuery({
    queryKey: ["instance", key, "flows"],
    queryFn: ({ signal }) => listTakenFlows(key, signal),
  });
  const agents = useQuery({
    queryKey: ["instance", key, "agents"],
    queryFn: ({ signal }) => listAgents(key, signal),
    enabled: may("agent:read"),
  });
  const tasks = useQuery({
    queryKey: ["instance", key, "tasks"],
    queryFn: ({ signal }) => listOpenTasksOf(key, signal),
    enabled: may("task:read"),
  });
  const names = useMemo(() => new Map(steps.map((step) => [step.id, step.name])), [steps]);
  const decorations = useMemo(
    () => toDecorations(elements.data ?? [], flows.data ?? [], tasks.data ?? []),
    [elements.data, flows.data, tasks.data],
  );
  const title = instance.processDefinitionName ?? instance.processDefinitionId;
  return (
    <Page
      title={instance.businessId ?? `Instance ${key}`}
      trail={[
        { href: "/instances", text: "Instances" },
        {
          href: `/processes/${encodeURIComponent(instance.processDefinitionId)}`,
          text: `${title}, version ${instance.processDefinitionVersion}`,
        },
      ]}
      chips={<StateChip state={instance.hasIncident && instance.state === "ACTIVE" ? "INCIDENT" : instance.state} />}
      actions={<Actions instance={instance} />}
      template="workbench"
    >
      <Split
        name="instance"
        label="Height of the diagram"
        direction="rows"
        initial={46}
        first={
          xml.data ? (
            <Diagram
              xml={xml.data}
              label={`Diagram of ${title}`}
              decorations={decorations}
              selected={selected}
              onSelect={select}
              onOutline={setSteps}
            />
          ) : xml.error ? (
            <ProblemNotice error={xml.error} />
          ) : (
            <Skeleton />
          )
        }
        second={
          <>
            <Story
              instance={instance}
              elements={elements.data ?? []}
              agents={agents}
              names={names}
              selected={selected}
              onSelect={select}
            />
            <aside className={styles.side} aria-label="Steps">
              <div className={styles.scroll}>
                {selected !== null && (
                  <ElementPanel
                    elementId={selected}
                    name={names.get(selected) ?? selected}
                    type={steps.find((step) => step.id === selected)?.type ?? null}
                    runs={(elements.data ?? []).filter((element) => element.elementId === selected)}
                    agents={agents.data ?? []}
                    tasks={(tasks.data ?? []).filter((task) => task.elementId === selected)}
                    onClose={() => select(null)}
                  />
                )}
                <Outline steps={steps} states={decorations.elements} selected={selected} onSelect={select} />
              </div>
            </aside>
          </>
        }
      />
    </Page>
  );
}

type TabId = "agent" | "history" | "variables" | "incidents" | "proof";

interface StoryProps {
  readonly instance: ProcessInstance;
  readonly elements: readonly ElementInstance[];
  readonly agents: {
    readonly data: readonly Agent[] | undefined;
    readonly error: unknown;
    readonly isPending: boolean;
  };
  readonly names: ReadonlyMap<string, string>;
  readonly selected: string | null;
  readonly onSelect: (elementId: string) => void;
}

function Story({ instance, elements, agents, names, selected, onSelect }: StoryProps) {
  const key = instance.processInstanceKey;
  const [read, change] = useAddress();
  const incidents = useQuery({
    queryKey: ["instance", key, "incidents"],
    queryFn: ({ signal }) => listIncidents({ instanceKey: key, state: "ACTIVE" }, signal),
  });
  const may = useMay();
  const tabs: Tab<TabId>[] = [
    ...(may("agent:read") && (agents.data === undefined || agents.data.length > 0 || agents.error)
      ? [{ id: "agent" as const, label: "Agent" }]
      : []),
    { id: "history", label: "History" },
    { id: "variables", label: "Variables" },
    {
      id: "incidents",
      label: "Incidents",
      ...(incidents.data?.length ? { count: incidents.data.length, tone: "bad" as const } : {}),
    },
    { id: "proof", label: "Proof" },
  ];
  const wanted = read("tab");
  const tab = tabs.find((candidate) => candidate.id === wanted)?.id ?? tabs[0]?.id ?? "history";
  return (
    <div className={styles.column}>
      <Tabs
        label="About this instance"
        tabs={tabs}
        selected={tab}
        onSelect={(id) => change({ tab: id })}
        controls="story"
      />
      <TabPanel id="story" selected={tab} className={styles.scroll}>
        {tab === "agent" && (
          <AgentTab agents={agents} instanceKey={key} names={names} selected={selected} onSelect={onSelect} />
        )}
        {tab === "history" && <History instanceKey={key} names={names} selected={selected} onSelect={onSelect} />}
        {tab === "variables" && (
          <Variables
            instanceKey={key}
            elements={elements}
            names={names}
            active={
              instance.state === "ACTIVE" &&
              may("instance:operate", processThing(instance.processDefinitionId, "UPDATE_PROCESS_INSTANCE"))
            }
          />
        )}
        {tab === "proof" && <Proof instanceKey={key} agents={agents.data ?? []} />}
        {tab === "incidents" && <IncidentsTab incidents={incidents} onSelect={onSelect} />}
      </TabPanel>
    </div>
  );
}

function AgentTab({
  agents,
  ...rest
}: Pick<StoryProps, "agents" | "names" | "selected" | "onSelect"> & { readonly instanceKey: string }) {
  if (agents.error) {
    return (
      <div className={styles.notice}>
        <ProblemNotice error={agents.error} />
      </div>
    );
  }
  if (agents.isPending) return <Skeleton />;
  return (agents.data ?? []).map((agent) => <AgentTrajectory key={agent.elementInstanceKey} agent={agent} {...rest} />);
}

function IncidentsTab({
  incidents,
  onSelect,
}: {
  readonly incidents: {
    readonly data: Parameters<typeof IncidentList>[0]["incidents"] | undefined;
    readonly error: unknown;
  };
  readonly onSelect: (elementId: string) => void;
}) {
  if (incidents.error) return <ProblemNotice error={incidents.error} />;
  if (!incidents.data) return <Skeleton />;
  if (incidents.data.length === 0)
    return <Empty title="No open incidents">Nothing stands still in this instance.</Empty>;
  return <IncidentList incidents={incidents.data} onSelect={onSelect} />;
}

function Actions({ instance }: { readonly instance: ProcessInstance }) {
  const [asking, setAsking] = useState(false);
  const mayCancel = useMay()("instance:operate", processThing(instance.processDefinitionId, "CANCEL_PROCESS_INSTANCE"));
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => cancelInstance(instance.processInstanceKey),
    onSuccess: () => setAsking(false),
    onSettled: () => void client.invalidateQueries({ queryKey: ["instance", instance.processInstanceKey] }),
  });
  return (
    <>
      {instance.parentProcessInstanceKey && (
        <ButtonLink href={`/instances/${instance.parentProcessInstanceKey}`}>Go to parent</ButtonLink>
      )}
      {mayCancel && instance.state === "ACTIVE" && (
        <Button kind="danger" onClick={() => setAsking(true)}>
          Cancel instance
        </Button>
      )}
      {asking && (
        <Dialog
          title="Cancel this instance?"
          onClose={() => setAsking(false)}
          actions={
            <>
              <Button onClick={() => setAsking(false)}>Keep instance</Button>
              <Button kind="danger" disabled={cancel.isPending} onClick={() => cancel.mutate()}>
                Cancel instance
              </Button>
            </>
          }
        >
          <p>
            Everything that runs in it stops now. What has been done outside, for example a payment, is not undone by
            canceling.
          </p>
          {cancel.error && <ProblemNotice error={cancel.error} />}
        </Dialog>
      )}
    </>
  );
}
