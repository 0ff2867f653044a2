/** One policy: what it governs, its versions and their stages, its tests, and who released what and why. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useParams } from "wouter";
import { submitPolicy } from "../../api/changes.ts";
import {
  getPolicy,
  nameOf,
  type PolicyDetail,
  type PolicyVersionSummary,
  type PromotionRecord,
} from "../../api/policies.ts";
import { useAddress } from "../../app/address.ts";
import { policyThing, useMay } from "../../app/may.ts";
import { Page } from "../../app/page.tsx";
import { HandInDialog } from "../../parts/hand-in.tsx";
import { Button, ButtonLink } from "../../ui/button.tsx";
import { Facts } from "../../ui/facts.tsx";
import { Empty, ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { StateChip } from "../../ui/state-chip.tsx";
import { sentence } from "../../ui/states.ts";
import { type Column, Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { Timeline, TimelineStep } from "../../ui/timeline.tsx";
import { ChangesPanel } from "./changes-panel.tsx";
import styles from "./policy-page.module.css";
import { PromoteDialog, RollbackDialog } from "./release-dialogs.tsx";
import { ShadowPanel } from "./shadow-panel.tsx";
import { TestPanel } from "./test-panel.tsx";

export function PolicyPage() {
  const { policyId = "" } = useParams<{ policyId: string }>();
  const policy = useQuery({ queryKey: ["policy", policyId], queryFn: ({ signal }) => getPolicy(policyId, signal) });
  if (policy.error) {
    return (
      <Page title={policyId} trail={[{ href: "/policies", text: "Policies" }]}>
        <ProblemNotice error={policy.error} retry={() => void policy.refetch()} />
      </Page>
    );
  }
  if (!policy.data) return <Skeleton />;
  return <Detail policy={policy.data} />;
}

type Asking =
  | { readonly kind: "promote"; readonly version: PolicyVersionSummary }
  | { readonly kind: "handIn"; readonly version: PolicyVersionSummary }
  | { readonly kind: "rollback" }
  | null;

function Detail({ policy }: { readonly policy: PolicyDetail }) {
  const may = useMay();
  const mayHandIn = may("change:propose");
  const mayRelease = may("policy:release", policyThing(policy.policyId, "RELEASE"));
  const [read, change] = useAddress();
  const [asking, setAsking] = useState<Asking>(null);
  const versions = [...policy.versions].sort((a, b) => b.version - a.version);
  const wanted = Number(read("version"));
  const shown =
    versions.find((version) => version.version === wanted) ??
    versions.find((version) => version.version === policy.activeVersion) ??
    versions[0];
  const columns: readonly Column<PolicyVersionSummary>[] = [
    {
      title: "Version",
      cell: (row) => (
        <Button
          small
          kind={row === shown ? "plain" : "quiet"}
          aria-pressed={row === shown}
          onClick={() => change({ version: String(row.version) })}
        >
          Version {row.version}
        </Button>
      ),
    },
    { title: "Stage", cell: (row) => <StateChip state={row.stage} /> },
    { title: "Author", cell: (row) => nameOf(row.author) },
    { title: "Created", cell: (row) => <Time at={row.createdAt} /> },
    {
      title: "Actions",
      number: true,
      cell: (row) => (
        <div className={styles.actions}>
          <ButtonLink small href={`/policies/${encodeURIComponent(policy.policyId)}/versions/${row.version}/edit`}>
            Open table
          </ButtonLink>
          {row.stage !== "active" && row.stage !== "retired" && (
            <>
              {mayHandIn && (
                <Button small onClick={() => setAsking({ kind: "handIn", version: row })}>
                  Hand in
                </Button>
              )}
              {mayRelease && (
                <Button small onClick={() => setAsking({ kind: "promote", version: row })}>
                  Promote
                </Button>
              )}
            </>
          )}
        </div>
      ),
    },
  ];
  return (
    <Page
      title={policy.name ?? sentence(policy.policyId)}
      trail={[{ href: "/policies", text: "Policies" }]}
      chips={<StateChip state={policy.stage} />}
      actions={
        <>
          {versions.length > 1 && (
            <ButtonLink href={`/policies/${encodeURIComponent(policy.policyId)}/compare`}>Compare versions</ButtonLink>
          )}
          {mayRelease && policy.activeVersion !== null && versions.length > 1 && (
            <Button onClick={() => setAsking({ kind: "rollback" })}>Roll back</Button>
          )}
          {shown && (
            <ButtonLink
              kind="primary"
              href={`/policies/${encodeURIComponent(policy.policyId)}/versions/${shown.version}/edit`}
            >
              Edit decision table
            </ButtonLink>
          )}
        </>
      }
    >
      <div className={styles.columns}>
        <div className={styles.side}>
          <Panel title="Versions" flush>
            {versions.length === 0 ? (
              <Empty title="No versions">This policy has no content yet.</Empty>
            ) : (
              <Table caption="Versions" columns={columns} rows={versions} rowKey={(row) => String(row.version)} />
            )}
          </Panel>
          {shown?.stage === "shadow" && <ShadowPanel policyId={policy.policyId} version={shown.version} />}
          {shown && <TestPanel policyId={policy.policyId} version={shown.version} />}
        </div>
        <div className={styles.side}>
          <About policy={policy} shown={shown} />
          <ChangesPanel policyId={policy.policyId} />
          <Releases promotions={policy.promotions} />
        </div>
      </div>
      {asking?.kind === "promote" && (
        <PromoteDialog policyId={policy.policyId} version={asking.version} onClose={() => setAsking(null)} />
      )}
      {asking?.kind === "handIn" && (
        <HandInDialog
          title={`${policy.name ?? sentence(policy.policyId)} version ${asking.version.version}`}
          submit={(about) => submitPolicy(policy.policyId, asking.version.version, about)}
          onClose={() => setAsking(null)}
        >
          <p>
            Somebody else approves this version; a third person puts it live. What its author has written stays as it
            is.
          </p>
        </HandInDialog>
      )}
      {asking?.kind === "rollback" && <RollbackDialog policy={policy} onClose={() => setAsking(null)} />}
    </Page>
  );
}

interface AboutProps {
  readonly policy: PolicyDetail;
  readonly shown: PolicyVersionSummary | undefined;
}

function About({ policy, shown }: AboutProps) {
  return (
    <Panel title="About this policy">
      <Facts
        items={[
          ["Id", <code key="id">{policy.policyId}</code>],
          ["Purpose", policy.description ?? "not described"],
          ["Domain", policy.domain],
          ["Owner", policy.owner ?? "nobody yet"],
          ["Risk class", <StateChip key="risk" state={policy.riskClass} />],
          ["Governs", policy.actions.length === 0 ? "every action" : policy.actions.join(", ")],
          ["Review by", policy.reviewBy ?? "no date"],
          ...(shown
            ? [[`Hash of version ${shown.version}`, <code key="hash">{shown.contentHash}</code>] as const]
            : []),
          [
            "Decisions",
            <Link key="decisions" href={`/decisions?policy=${encodeURIComponent(policy.policyId)}`}>
              Made under this policy
            </Link>,
          ],
        ]}
      />
    </Panel>
  );
}

function Releases({ promotions }: { readonly promotions: readonly PromotionRecord[] }) {
  const newestFirst = [...promotions].reverse().sort((a, b) => b.at.localeCompare(a.at));
  const told = newestFirst.filter((record, index) => !isStepOf(record, newestFirst[index - 1]));
  return (
    <Panel title="Release history">
      {told.length === 0 ? (
        <p className={styles.muted}>Nothing released yet. Each promotion is signed and kept here with its reason.</p>
      ) : (
        <Timeline>
          {told.map((record) => (
            <TimelineStep
              key={record.promotionId}
              head={
                <>
                  <strong>
                    {record.rollback ? `Rolled back to version ${record.version}` : `Version ${record.version}`}
                  </strong>
                  <StateChip state={record.to} />
                </>
              }
              note={
                <>
                  {nameOf(record.promotedBy)}, <Time at={record.at} />
                  {record.expedited && ", through all stages at once"}
                  {record.separationOfDuties === "unchecked" && ", separation of duties not checked"}
                </>
              }
            >
              <span>{record.reason}</span>
            </TimelineStep>
          ))}
        </Timeline>
      )}
    </Panel>
  );
}

/** An expedited release leaves a record for each stage on its way; the last one tells it all. */
function isStepOf(record: PromotionRecord, newer: PromotionRecord | undefined): boolean {
  if (!newer?.expedited || !record.expedited) return false;
  return newer.version === record.version && newer.reason === record.reason;
}
