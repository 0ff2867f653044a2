/** Two versions of a policy: which rules came, went and changed. Which two stands in the address. */
import { useQuery } from "@tanstack/react-query";
import { useParams } from "wouter";
import { getPolicy, getPolicyDmn, type PolicyDetail } from "../../api/policies.ts";
import { Page } from "../../app/page.tsx";
import { ModelDifference } from "../../difference/model-difference.tsx";
import { useVersionPair, VersionPair } from "../../parts/version-pair.tsx";
import { Empty, ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { sentence, stateLook } from "../../ui/states.ts";

export function PolicyComparePage() {
  const { policyId = "" } = useParams<{ policyId: string }>();
  const policy = useQuery({ queryKey: ["policy", policyId], queryFn: ({ signal }) => getPolicy(policyId, signal) });
  if (policy.error)
    return (
      <Page title="Compare" trail={[{ href: "/policies", text: "Policies" }]}>
        <ProblemNotice error={policy.error} retry={() => void policy.refetch()} />
      </Page>
    );
  return policy.data ? <Comparison policy={policy.data} /> : <Skeleton lines={8} />;
}

function Comparison({ policy }: { readonly policy: PolicyDetail }) {
  const versions = [...policy.versions]
    .sort((a, b) => b.version - a.version)
    .map(({ version, stage }) => ({ version, note: stateLook(stage).text.toLowerCase() }));
  const [from, to] = useVersionPair(versions);
  return (
    <Page
      title="Compare"
      trail={[
        { href: "/policies", text: "Policies" },
        {
          href: `/policies/${encodeURIComponent(policy.policyId)}`,
          text: policy.name ?? sentence(policy.policyId),
        },
      ]}
      actions={versions.length > 1 && <VersionPair versions={versions} />}
      template="workbench"
    >
      {from && to ? (
        <Difference policyId={policy.policyId} from={from.version} to={to.version} />
      ) : (
        <Empty title="Nothing to compare yet">This policy has one version. Save a change as a new one first.</Empty>
      )}
    </Page>
  );
}

function Difference({ policyId, from, to }: { readonly policyId: string; readonly from: number; readonly to: number }) {
  const before = useDmn(policyId, from);
  const after = useDmn(policyId, to);
  const error = before.error ?? after.error;
  if (error) return <ProblemNotice error={error} />;
  if (before.data === undefined || after.data === undefined) return <Skeleton lines={8} />;
  return (
    <ModelDifference
      kind="dmn"
      before={before.data}
      after={after.data}
      beforeLabel={`Version ${from}`}
      afterLabel={`Version ${to}`}
    />
  );
}

function useDmn(policyId: string, version: number) {
  return useQuery({
    queryKey: ["policy-dmn", policyId, version],
    queryFn: ({ signal }) => getPolicyDmn(policyId, version, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
}
