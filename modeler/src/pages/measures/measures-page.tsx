/** How well it goes: key figures of decisions, their speed, drift, the work of agents and workers, and alerts. */
import { useQuery } from "@tanstack/react-query";
import { getKeyFigures, type KeyFigures } from "../../api/measures.ts";
import { useAddress } from "../../app/address.ts";
import { Page } from "../../app/page.tsx";
import { FilterBar } from "../../parts/filter-bar.tsx";
import { SelectField } from "../../ui/field.tsx";
import { Empty, ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { sentence } from "../../ui/states.ts";
import { duration } from "../../ui/time.tsx";
import { AlertsPanel } from "./alerts-panel.tsx";
import { Bars } from "./bars.tsx";
import { DriftPanel } from "./drift-panel.tsx";
import styles from "./measures-page.module.css";
import { percent } from "./percent.ts";
import { beginOf, periodOf, periods } from "./periods.ts";
import { UseCasesPanel } from "./use-cases-panel.tsx";
import { WorkPanel } from "./work-panel.tsx";

export function MeasuresPage() {
  const [read, change] = useAddress();
  const period = periodOf(read("period"));
  const figures = useQuery({
    queryKey: ["measures", "figures", period.id],
    queryFn: ({ signal }) => getKeyFigures(beginOf(period, Date.now()), signal),
    placeholderData: (previous) => previous,
    refetchInterval: 10_000,
  });
  return (
    <Page title="Measures">
      <FilterBar label="Period">
        <SelectField
          label="Period"
          hideLabel
          value={period.id}
          onChange={(event) => change({ period: event.target.value })}
        >
          {periods.map(({ id, text }) => (
            <option key={id} value={id}>
              {text}
            </option>
          ))}
        </SelectField>
      </FilterBar>
      {figures.error && <ProblemNotice error={figures.error} retry={() => void figures.refetch()} />}
      {figures.isPending && <Skeleton />}
      {figures.data && <Figures figures={figures.data} />}
      <div className={styles.columns}>
        {figures.data && <Latency figures={figures.data} />}
        {figures.data && <ByAction figures={figures.data} />}
        {figures.data && <UseCasesPanel useCases={figures.data.K12_useCases} />}
        <WorkPanel period={period} />
        <DriftPanel />
      </div>
      <AlertsPanel />
    </Page>
  );
}

function Figures({ figures }: { readonly figures: KeyFigures }) {
  const shown: readonly (readonly [string, string, string])[] = [
    ["Automated", percent(figures.K07_automationRate), "Decided without a person."],
    ["Denied", percent(figures.deniedRate), "Stopped by a policy."],
    ["Overridden", percent(figures.overrideRate), "A person decided against the proposal."],
    ["Accuracy", percent(figures.K01_decisionAccuracy), "Not corrected and not overridden afterwards."],
    ["Audit coverage", percent(figures.K03_auditCoverage), "Attempts with a complete record."],
    ["Approvals in time", percent(figures.K09_slaAdherence), "Voted before their deadline."],
    ["Time to approve", time(figures.K02_meanTimeToDecisionMs.approval), "Mean, from question to vote."],
    ["Age of facts", time(figures.K04_dataFreshnessMs), "How old facts were when they were judged."],
    ["Retrieval precision", percent(figures.K05_retrievalPrecision), "Found passages that people judged useful."],
    ["Time to resolve", time(figures.K11_meanTimeToResolveMs), "Mean, from alert to its end."],
    [
      "Cost of a decision",
      money(figures.K10_costPerDecision),
      "Model tokens and approvers' minutes, at the set prices.",
    ],
    ["Rolled back", String(figures.K08_rollbackIncidents), "Releases that were taken back."],
  ];
  return (
    <Panel title="Key figures">
      <p className={styles.lead}>
        <strong>
          {figures.decisions.toLocaleString("en")} {figures.decisions === 1 ? "decision" : "decisions"}
        </strong>{" "}
        in this period, each recorded before anything ran.
      </p>
      <div className={styles.frame}>
        <dl className={styles.figures}>
          {shown.map(([name, value, meaning]) => (
            <div key={name} className={styles.figure}>
              <dt>{name}</dt>
              <dd className={styles.value}>{value}</dd>
              <dd className={styles.meaning}>{meaning}</dd>
            </div>
          ))}
        </dl>
      </div>
    </Panel>
  );
}

function money(value: number | null): string {
  return value === null ? "–" : value.toLocaleString("en", { maximumSignificantDigits: 3 });
}

function Latency({ figures }: { readonly figures: KeyFigures }) {
  const { p50, p95, p99 } = figures.K06_latencyUs;
  const rows = [
    ["Half within", p50],
    ["95 % within", p95],
    ["99 % within", p99],
  ] as const;
  return (
    <Panel title="Time to decide">
      {figures.decisions === 0 ? (
        <Empty title="No decisions in this period" />
      ) : (
        <Bars
          rows={rows.map(([name, value]) => ({
            name,
            parts: [{ share: value ?? 0, tone: "accent" }],
            text: value === null ? "–" : `${(value / 1000).toFixed(2)} ms`,
          }))}
        />
      )}
    </Panel>
  );
}

function ByAction({ figures }: { readonly figures: KeyFigures }) {
  const rows = Object.entries(figures.K12_decisionsByAction).sort(([, a], [, b]) => b - a);
  return (
    <Panel title="Decisions by action">
      {rows.length === 0 ? (
        <Empty title="No decisions in this period" />
      ) : (
        <Bars
          rows={rows.map(([name, count]) => ({
            name: sentence(name),
            parts: [{ share: count, tone: "accent" }],
            text: String(count),
          }))}
        />
      )}
    </Panel>
  );
}

function time(ms: number | null): string {
  return ms === null ? "–" : duration(ms);
}
