/** Two versions of a process beside each other: which two stands in the address. */
import { useQuery } from "@tanstack/react-query";
import { useParams } from "wouter";
import { getProcessXml, listProcessDefinitions, type ProcessDefinition } from "../../api/processes.ts";
import { Page } from "../../app/page.tsx";
import { ModelDifference } from "../../difference/model-difference.tsx";
import { useVersionPair, VersionPair } from "../../parts/version-pair.tsx";
import { Empty, ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import styles from "./compare-page.module.css";

export function ComparePage() {
  const { processId = "" } = useParams<{ processId: string }>();
  const definitions = useQuery({
    queryKey: ["processes", processId],
    queryFn: ({ signal }) => listProcessDefinitions(processId, signal),
  });
  const versions = [...(definitions.data ?? [])].sort((a, b) => b.version - a.version);
  const trail = [
    { href: "/processes", text: "Processes" },
    { href: `/processes/${encodeURIComponent(processId)}`, text: versions[0]?.name ?? processId },
  ];
  if (definitions.isPending) return <Skeleton lines={8} />;
  if (definitions.error || versions.length < 2)
    return (
      <Page title="Compare" trail={trail}>
        {definitions.error ? (
          <ProblemNotice error={definitions.error} retry={() => void definitions.refetch()} />
        ) : (
          <Empty title="Nothing to compare yet">
            This process has one version. Deploy a change, and the two can be compared here.
          </Empty>
        )}
      </Page>
    );
  return <Comparison versions={versions} trail={trail} />;
}

interface ComparisonProps {
  /** Newest first, at least two. */
  readonly versions: readonly ProcessDefinition[];
  readonly trail: readonly { readonly href: string; readonly text: string }[];
}

function Comparison({ versions, trail }: ComparisonProps) {
  const options = versions.map((definition) => ({ ...definition, note: definition.versionTag }));
  const [from, to] = useVersionPair(options);
  return (
    <Page title="Compare" trail={trail} actions={<VersionPair versions={options} />} template="workbench">
      {from && to && <Difference from={from} to={to} />}
    </Page>
  );
}

function Difference({ from, to }: { readonly from: ProcessDefinition; readonly to: ProcessDefinition }) {
  const before = useXml(from);
  const after = useXml(to);
  const error = before.error ?? after.error;
  if (error)
    return (
      <div className={styles.notice}>
        <ProblemNotice error={error} />
      </div>
    );
  if (before.data === undefined || after.data === undefined) return <Skeleton lines={8} />;
  return (
    <ModelDifference
      kind="bpmn"
      before={before.data}
      after={after.data}
      beforeLabel={`Version ${from.version}`}
      afterLabel={`Version ${to.version}`}
    />
  );
}

function useXml({ processDefinitionKey: key }: ProcessDefinition) {
  return useQuery({
    queryKey: ["process-xml", key],
    queryFn: ({ signal }) => getProcessXml(key, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
}
