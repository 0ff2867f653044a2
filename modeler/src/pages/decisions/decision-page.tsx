/** Why: one decision with its facts, the rules that matched, the policy version and who released it, and its proof. */
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "wouter";
import type { Constraint } from "../../api/agents.ts";
import { type DecisionDetail, getDecision } from "../../api/decisions.ts";
import { isObject } from "../../api/json.ts";
import { nameOf } from "../../api/policies.ts";
import { Page } from "../../app/page.tsx";
import { constraintText } from "../../parts/decision-words.ts";
import { FactsTable } from "../../parts/facts-table.tsx";
import { Facts, JsonBlock } from "../../ui/facts.tsx";
import { Empty, ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { StateChip } from "../../ui/state-chip.tsx";
import { sentence } from "../../ui/states.ts";
import { type Column, Table } from "../../ui/table.tsx";
import { absoluteTime, Time } from "../../ui/time.tsx";
import { inlineValue } from "../../ui/values.ts";
import styles from "./decision-page.module.css";
import { type MatchedRule, matchedRules, recordedArgs, recordedFacts, textAt } from "./record.ts";

export function DecisionPage() {
  const { decisionId = "" } = useParams<{ decisionId: string }>();
  const decision = useQuery({
    queryKey: ["decisions", "one", decisionId],
    queryFn: ({ signal }) => getDecision(decisionId, signal),
  });
  if (decision.error) {
    return (
      <Page title="Decision" trail={[{ href: "/decisions", text: "Decisions" }]}>
        <ProblemNotice error={decision.error} retry={() => void decision.refetch()} />
      </Page>
    );
  }
  if (!decision.data) return <Skeleton lines={8} />;
  return <Detail decision={decision.data} />;
}

function Detail({ decision }: { readonly decision: DecisionDetail }) {
  const { record } = decision;
  const action = textAt(record, "action", "type");
  return (
    <Page
      title={sentence(action === "" ? "decision" : action)}
      trail={[{ href: "/decisions", text: "Decisions" }]}
      chips={<StateChip state={textAt(record, "evaluation", "determination")} />}
    >
      <div className={styles.columns}>
        <div className={styles.side}>
          <Panel title="Answer">
            <AnswerText decision={decision} />
          </Panel>
          <Panel title="Rules that matched" flush>
            <Rules rules={matchedRules(record)} />
          </Panel>
          <Panel title="Facts" flush>
            <FactsTable facts={recordedFacts(record)} />
          </Panel>
          <details>
            <summary>Record as written</summary>
            <JsonBlock value={record} label="Decision record" />
          </details>
        </div>
        <div className={styles.side}>
          <Panel title="Asked">
            <Asked decision={decision} />
          </Panel>
          <Panel title="Policy">
            <Policies decision={decision} />
          </Panel>
          <Panel title="Afterwards">
            <Afterwards decision={decision} />
          </Panel>
          <Panel title="Proof">
            <Facts
              items={[
                [
                  "Record",
                  <code key="id" className={styles.hash}>
                    {decision.decisionId}
                  </code>,
                ],
                ["Stream", `${decision.place.stream}, entry ${decision.place.seq}`],
                [
                  "Hash",
                  <code key="hash" className={styles.hash}>
                    {decision.place.hash}
                  </code>,
                ],
                [
                  "Before it",
                  <code key="previous" className={styles.hash}>
                    {decision.place.prevHash}
                  </code>,
                ],
              ]}
            />
          </Panel>
        </div>
      </div>
    </Page>
  );
}

function AnswerText({ decision }: { readonly decision: DecisionDetail }) {
  const evaluation = decision.record.evaluation;
  const constraints =
    isObject(evaluation) && Array.isArray(evaluation.constraints)
      ? (evaluation.constraints as unknown as readonly Constraint[])
      : [];
  return (
    <div className={styles.answer}>
      {decision.reasons.length > 0 && (
        <ul className={styles.reasons}>
          {decision.reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
      {constraints.length > 0 && <p>Under these terms: {constraints.map(constraintText).join("; ")}.</p>}
      <Facts items={recordedArgs(decision.record).map(([name, value]) => [sentence(name), inlineValue(value)])} />
    </div>
  );
}

const ruleColumns: readonly Column<MatchedRule>[] = [
  { title: "Policy", cell: (row) => row.policy },
  { title: "Table", cell: (row) => row.decision },
  { title: "Rule", cell: (row) => <code>{row.rule}</code> },
];

function Rules({ rules }: { readonly rules: readonly MatchedRule[] }) {
  if (rules.length === 0) return <Empty title="No rule matched">Where no rule permits an action, it is denied.</Empty>;
  return (
    <Table
      caption="Rules that matched"
      columns={ruleColumns}
      rows={rules}
      rowKey={(row) => `${row.policy} ${row.decision} ${row.rule}`}
    />
  );
}

function Asked({ decision: { record } }: { readonly decision: DecisionDetail }) {
  const instance = textAt(record, "process", "processInstanceKey");
  const element = textAt(record, "process", "elementId");
  const decidedAt = textAt(record, "decidedAt");
  const agent = textAt(record, "agent", "id");
  return (
    <Facts
      items={[
        ["When", decidedAt === "" ? "unknown" : absoluteTime(decidedAt)],
        [
          "By",
          agent === "" ? textAt(record, "actor", "id") : `${agent}, version ${textAt(record, "agent", "version")}`,
        ],
        ["On", textAt(record, "action", "target") || "nothing named"],
        [
          "Process",
          instance === "" ? (
            "outside a process"
          ) : (
            <Link key="instance" href={`/instances/${instance}?element=${encodeURIComponent(element)}`}>
              Open instance at {element}
            </Link>
          ),
        ],
        ["Risk score", textAt(record, "evaluation", "riskScore")],
        ["Took", `${textAt(record, "evaluation", "durationUs")} µs`],
      ]}
    />
  );
}

function Policies({ decision }: { readonly decision: DecisionDetail }) {
  if (decision.policies.length === 0) return <p>No policy was found for this action.</p>;
  return (
    <div className={styles.policies}>
      {decision.policies.map((policy) => (
        <Facts
          key={`${policy.policyId}@${policy.version}`}
          items={[
            [
              "Policy",
              <Link key="policy" href={`/policies/${encodeURIComponent(policy.policyId)}?version=${policy.version}`}>
                {policy.policyId}, version {policy.version}
              </Link>,
            ],
            ["Stage", <StateChip key="stage" state={policy.stage} />],
            ["Still in force", policy.stillActive ? "yes" : "no"],
            ["Owner", policy.owner ?? "nobody"],
            ["Released by", policy.approvedBy ? nameOf(policy.approvedBy) : "shipped with the server"],
            ["Because", policy.promotion?.reason ?? "no reason recorded"],
          ]}
        />
      ))}
    </div>
  );
}

function Afterwards({ decision: { approval, outcome } }: { readonly decision: DecisionDetail }) {
  const withinTerms = outcome?.withinTerms;
  return (
    <Facts
      items={[
        [
          "Approval",
          approval ? (
            <Link key="approval" href={`/approvals?id=${encodeURIComponent(approval.approvalId)}`}>
              <StateChip state={approval.state} />
            </Link>
          ) : (
            "not needed"
          ),
        ],
        ["Outcome", outcome ? sentence(textAt(outcome, "status")) : "nothing has run under it"],
        ["Within terms", withinTerms === true ? "yes" : withinTerms === false ? "no" : "not known"],
        ...(approval?.resolvedAt ? ([["Resolved", <Time key="resolved" at={approval.resolvedAt} />]] as const) : []),
      ]}
    />
  );
}
