/** "Which actions may the billing_admin role perform?" and "who may issue a refund?", answered from the tables. */
import { useQuery } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { type FormEvent, useMemo, useState } from "react";
import { Link } from "wouter";
import { type AuthorityQuestion, type Grant, getAuthority } from "../../api/authority.ts";
import { useAddress } from "../../app/address.ts";
import { Page } from "../../app/page.tsx";
import { Button } from "../../ui/button.tsx";
import { SelectField, TextField } from "../../ui/field.tsx";
import { Empty, ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { StateChip } from "../../ui/state-chip.tsx";
import { sentence } from "../../ui/states.ts";
import { type Column, Table } from "../../ui/table.tsx";
import styles from "./authority-page.module.css";

const questions: readonly (readonly [AuthorityQuestion, string, string])[] = [
  ["role", "What may this role do?", "billing_admin"],
  ["agent", "What may this agent do?", "refund-agent"],
  ["action", "Who may do this action?", "issue_refund"],
];

const columns: readonly Column<readonly [string, Grant]>[] = [
  {
    title: "Who",
    cell: ([, { subject }]) => (subject.type === "any" ? "anybody" : `${sentence(subject.type)} ${subject.id}`),
  },
  { title: "Action", cell: ([, row]) => <strong>{sentence(row.action)}</strong> },
  { title: "Answer", cell: ([, row]) => <StateChip state={row.determination} /> },
  { title: "Conditions", cell: ([, row]) => <Conditions grant={row} /> },
  {
    title: "By policy",
    cell: ([, row]) => (
      <Link href={`/policies/${encodeURIComponent(row.policyId)}?version=${row.version}`}>
        {row.policyId} v{row.version}
      </Link>
    ),
  },
];

export function AuthorityPage() {
  const [read, change] = useAddress();
  const asked = questions.find(([about]) => about === read("about"))?.[0] ?? "role";
  const name = read("name") ?? "";
  const facts = read("facts");
  const answer = useQuery({
    queryKey: ["policies", "authority", asked, name, facts],
    queryFn: ({ signal }) => getAuthority(asked, name, facts, signal),
    enabled: name !== "",
  });
  const grants = useMemo(() => distinct(answer.data?.grants ?? []), [answer.data]);
  return (
    <Page title="Authority">
      <Question
        key={`${asked} ${name} ${facts}`}
        about={asked}
        name={name}
        facts={facts ?? ""}
        ask={(about, wanted, known) => change({ about, name: wanted, facts: known }, { replace: false })}
      />
      {name === "" && (
        <Empty icon={<KeyRound aria-hidden="true" />} title="Ask who may do what">
          The answer comes from the rules of the active policies, not from a list that somebody keeps.
        </Empty>
      )}
      {answer.error && <ProblemNotice error={answer.error} />}
      {answer.isLoading && <Skeleton />}
      {answer.data && (
        <Panel title={title(asked, name, grants.length)} flush>
          {grants.length === 0 ? (
            <Empty title="Nothing is permitted">No active policy has a rule that would permit it: it is denied.</Empty>
          ) : (
            <Table caption="Grants" columns={columns} rows={grants} rowKey={([key]) => key} />
          )}
        </Panel>
      )}
    </Page>
  );
}

function Question({
  about,
  name,
  facts,
  ask,
}: {
  readonly about: AuthorityQuestion;
  readonly name: string;
  readonly facts: string;
  readonly ask: (about: AuthorityQuestion, name: string, facts: string | null) => void;
}) {
  const [kind, setKind] = useState(about);
  const [wanted, setWanted] = useState(name);
  const [known, setKnown] = useState(facts);
  function submit(event: FormEvent) {
    event.preventDefault();
    if (wanted.trim() !== "") ask(kind, wanted.trim(), known.trim() || null);
  }
  return (
    <Panel title="Ask the policies">
      <form className={styles.form} onSubmit={submit}>
        <SelectField
          label="Question"
          value={kind}
          onChange={(event) => setKind(event.target.value as AuthorityQuestion)}
        >
          {questions.map(([id, text]) => (
            <option key={id} value={id}>
              {text}
            </option>
          ))}
        </SelectField>
        <TextField
          label="Name"
          placeholder={questions.find(([id]) => id === kind)?.[2]}
          value={wanted}
          onChange={(event) => setWanted(event.target.value)}
        />
        <TextField
          label="Under these facts (JSON, optional)"
          placeholder='{"args.amount": 1500}'
          value={known}
          onChange={(event) => setKnown(event.target.value)}
        />
        <Button kind="primary" type="submit" disabled={wanted.trim() === ""}>
          Ask policies
        </Button>
      </form>
    </Panel>
  );
}

/** What decides the answer: not the score, and not the action, which has a column of its own. */
function conditionsOf(grant: Grant) {
  return grant.rules
    .filter((rule) => rule.decisionId !== "RiskScore")
    .flatMap((rule) => rule.conditions)
    .filter((condition) => condition.fact !== "action.type");
}

/** Grants that differ only in how the risk is scored are one to a reader. */
function distinct(grants: readonly Grant[]): readonly (readonly [string, Grant])[] {
  const byKey = new Map<string, Grant>();
  for (const grant of grants) {
    const conditions = conditionsOf(grant).map(({ fact, test }) => `${fact} ${test}`);
    const key = [
      grant.subject.type,
      grant.subject.id,
      grant.action,
      grant.determination,
      grant.policyId,
      ...conditions,
    ].join("\n");
    if (!byKey.has(key)) byKey.set(key, grant);
  }
  return [...byKey];
}

function Conditions({ grant }: { readonly grant: Grant }) {
  const conditions = conditionsOf(grant);
  if (conditions.length === 0) return <>always</>;
  return (
    <ul className={styles.conditions}>
      {conditions.map(({ fact, test }) => (
        <li key={`${fact} ${test}`}>
          <code>
            {fact}: {test}
          </code>
        </li>
      ))}
    </ul>
  );
}

function title(about: AuthorityQuestion, name: string, count: number): string {
  const noun = count === 1 ? "1 rule" : `${count} rules`;
  return about === "action" ? `Who may ${sentence(name).toLowerCase()}: ${noun}` : `What ${name} may do: ${noun}`;
}
