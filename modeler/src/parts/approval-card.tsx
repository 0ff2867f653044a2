/**
 * The approval of an agent's action: what exactly would run, why a person is asked, on which facts and where they come
 * from, and the decision: approve, approve with changes, or reject, always with a comment that goes into the record.
 */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Check, Pencil, X } from "lucide-react";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { type Approval, actorName, getApproval, type Verdict, vote } from "../api/approvals.ts";
import { isObject, type JsonObject, type JsonValue } from "../api/json.ts";
import { useMay } from "../app/may.ts";
import { Button } from "../ui/button.tsx";
import { Facts } from "../ui/facts.tsx";
import { TextArea, TextField } from "../ui/field.tsx";
import { ProblemNotice, Skeleton } from "../ui/notice.tsx";
import { Panel } from "../ui/panel.tsx";
import { StateChip } from "../ui/state-chip.tsx";
import { sentence } from "../ui/states.ts";
import { Time } from "../ui/time.tsx";
import { useToast } from "../ui/toast.tsx";
import { inlineValue } from "../ui/values.ts";
import { visibleText } from "../ui/visible-text.ts";
import styles from "./approval-card.module.css";
import { decidingRules, ruleText, writtenByModel } from "./decision-words.ts";
import { FactsTable } from "./facts-table.tsx";

interface ApprovalCardProps {
  readonly approvalId: string;
  /** What the action is called in the process; absent outside of it. */
  readonly taskName?: string;
  /** The task to go on with after the vote; absent when the card stands on its own. */
  readonly next?: string | null;
}

export function ApprovalCard({ approvalId, taskName: givenName, next }: ApprovalCardProps) {
  const mayVote = useMay()("approval:vote");
  const approval = useQuery({
    queryKey: ["approval", approvalId],
    queryFn: ({ signal }) => getApproval(approvalId, signal),
  });
  if (approval.error) return <ProblemNotice error={approval.error} retry={() => void approval.refetch()} />;
  if (!approval.data) return <Skeleton lines={6} />;
  const { data } = approval;
  const taskName = givenName ?? sentence(data.action.type);
  return (
    <>
      <Panel title="What the agent proposes" actions={<StateChip state={data.state} />}>
        <Proposal approval={data} taskName={taskName} />
      </Panel>
      {mayVote && data.state === "pending" && (
        <Decide approval={data} taskName={taskName} {...(next !== undefined ? { next } : {})} />
      )}
      <Panel
        title="Why you are asked"
        actions={<Link href={`/decisions/${encodeURIComponent(data.decisionId)}`}>Open decision record</Link>}
      >
        <Why approval={data} />
      </Panel>
      <Panel title="Facts the policy looked at" flush>
        <FactsTable facts={withArguments(data)} />
      </Panel>
      {data.votes.length > 0 && (
        <Panel title={data.quorum > 1 ? `Votes, ${data.votes.length} of ${data.quorum}` : "Votes"}>
          <ul className={styles.votes}>
            {data.votes.map((given, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: votes are only ever appended
              <li key={index} className={styles.vote}>
                <strong>{actorName(given.approver ?? given.actor)}</strong>
                <StateChip
                  state={given.verdict === "approve" ? "approved" : given.verdict === "edit" ? "edited" : "rejected"}
                />
                <Time at={given.at} />
                {given.comment && <span className={styles.comment}>{given.comment}</span>}
              </li>
            ))}
          </ul>
        </Panel>
      )}
    </>
  );
}

/** What an agent's model wrote is a fact too, the least trusted one. */
function withArguments(approval: Approval): Approval["facts"] {
  if (approval.requester === null || typeof approval.requester === "string" || approval.requester.type !== "agent")
    return approval.facts;
  const proposed = Object.entries(approval.args).map(
    ([name, value]) => [`args.${name}`, { value, ...writtenByModel }] as const,
  );
  return { ...Object.fromEntries(proposed), ...approval.facts };
}

function Proposal({ approval, taskName }: { readonly approval: Approval; readonly taskName: string }) {
  const { action } = approval;
  return (
    <div className={styles.proposal}>
      <p className={styles.lead}>
        {actorName(approval.requester)} wants to run {taskName} on {visibleText(action.target)}.
      </p>
      <table className={styles.args}>
        <caption className="visually-hidden">Arguments that would run</caption>
        <tbody>
          {Object.entries(approval.args).map(([name, value]) => (
            <tr key={name}>
              <th scope="row">{visibleText(sentence(name))}</th>
              <td>{inlineValue(value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className={styles.rules}>
        {action.reversible === false
          ? "Cannot be undone once it has run."
          : "Can be undone: the process has a compensation step."}
      </p>
    </div>
  );
}

function Why({ approval }: { readonly approval: Approval }) {
  const reasons = approval.reasons.length > 0 ? approval.reasons : approval.reasonCodes.map(sentence);
  return (
    <div className={styles.why}>
      <ul className={styles.reasons}>
        {reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
      <Facts
        items={[
          [
            "Policy",
            <div key="policies">
              {approval.policies.map((policy) => (
                <div key={`${policy.policyId}@${policy.version}`}>
                  <Link href={`/policies/${encodeURIComponent(policy.policyId)}?version=${policy.version}`}>
                    {policy.policyId}, version {policy.version}
                  </Link>{" "}
                  <span className={styles.rules}>
                    {policy.matchedRules.length > 0
                      ? `matched ${decidingRules(policy.matchedRules).map(ruleText).join(", ")}`
                      : "no rule matched"}
                  </span>
                </div>
              ))}
            </div>,
          ],
          [
            "Risk",
            approval.riskScore === null ? (
              "not scored"
            ) : (
              <Risk key="risk" score={approval.riskScore} riskClass={approval.action.riskClass} />
            ),
          ],
          [
            "Who may approve",
            `${approval.group ?? "anyone"}${approval.quorum > 1 ? `, ${approval.quorum} people` : ""}`,
          ],
          ["Due", approval.dueAt === null ? "no limit" : <Due key="due" approval={approval} dueAt={approval.dueAt} />],
        ]}
      />
    </div>
  );
}

function Risk({ score, riskClass }: { readonly score: number; readonly riskClass: string | undefined }) {
  return (
    <span className={styles.risk}>
      <meter min={0} max={100} low={34} high={67} optimum={0} value={score} aria-label="Risk score" />
      {score} of 100{riskClass ? `, ${riskClass}` : ""}
    </span>
  );
}

function Due({ approval, dueAt }: { readonly approval: Approval; readonly dueAt: string | number }) {
  const after = approval.escalateTo
    ? `then it goes to ${approval.escalateTo}`
    : approval.onTimeout === "reject"
      ? "then it is rejected"
      : approval.onTimeout === "approve"
        ? "then it is approved"
        : null;
  return (
    <>
      <Time at={dueAt} />
      {after && `, ${after}`}
    </>
  );
}

const doneTexts: Readonly<Record<Verdict, string>> = {
  approve: "Approved",
  edit: "Approved with changes",
  reject: "Rejected",
};

function Decide({
  approval,
  taskName,
  next,
}: {
  readonly approval: Approval;
  readonly taskName: string;
  readonly next?: string | null;
}) {
  const [, go] = useLocation();
  const client = useQueryClient();
  const toast = useToast();
  const [comment, setComment] = useState("");
  const [edits, setEdits] = useState<ReadonlyMap<string, string> | null>(null);
  const [mistake, setMistake] = useState(false);
  const casting = useMutation({
    mutationFn: ({ verdict, args }: { verdict: Verdict; args?: JsonObject }) =>
      vote(approval.approvalId, verdict, comment, args),
    onSuccess: (_, { verdict }) => {
      toast(`${doneTexts[verdict]}: ${taskName}`);
      if (next) go(`/tasks/${next}`);
    },
    onSettled: () =>
      void Promise.all(
        [["approval", approval.approvalId], ["approvals"], ["tasks"], ["task"], ["instance"]].map((queryKey) =>
          client.invalidateQueries({ queryKey }),
        ),
      ),
  });
  function cast(verdict: Verdict) {
    if (verdict === "reject" && comment.trim() === "") {
      setMistake(true);
      return;
    }
    setMistake(false);
    casting.mutate(verdict === "edit" && edits ? { verdict, args: edited(approval.args, edits) } : { verdict });
  }
  return (
    <Panel title="Your decision">
      <div className={styles.decide}>
        {edits !== null && (
          <div className={styles.edit}>
            {Object.entries(approval.args)
              .filter(([, value]) => !isObject(value) && !Array.isArray(value))
              .map(([name, value]) => (
                <TextField
                  key={name}
                  label={sentence(name)}
                  hint={`Proposed: ${inlineValue(value)}`}
                  value={edits.get(name) ?? asText(value)}
                  onChange={(event) => setEdits(new Map(edits).set(name, event.target.value))}
                />
              ))}
          </div>
        )}
        <TextArea
          label="Comment"
          hint="Goes into the signed record together with your name."
          rows={2}
          value={comment}
          error={mistake ? "Expected a reason for the rejection: the agent and the record get it." : null}
          onChange={(event) => setComment(event.target.value)}
        />
        <div className={styles.buttons}>
          {edits === null ? (
            <Button kind="primary" disabled={casting.isPending} onClick={() => cast("approve")}>
              <Check size={14} aria-hidden="true" /> Approve
            </Button>
          ) : (
            <Button kind="primary" disabled={casting.isPending || edits.size === 0} onClick={() => cast("edit")}>
              <Check size={14} aria-hidden="true" /> Approve with changes
            </Button>
          )}
          <Button kind="danger" disabled={casting.isPending} onClick={() => cast("reject")}>
            <X size={14} aria-hidden="true" /> Reject
          </Button>
          <Button kind="quiet" onClick={() => setEdits(edits === null ? new Map() : null)}>
            <Pencil size={14} aria-hidden="true" /> {edits === null ? "Change arguments" : "Keep arguments as proposed"}
          </Button>
        </div>
        {casting.error && <ProblemNotice error={casting.error} />}
      </div>
    </Panel>
  );
}

function asText(value: JsonValue | undefined): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}

/** The arguments with the entries of the person; a number stays a number, a yes/no stays a yes/no. */
function edited(args: JsonObject, edits: ReadonlyMap<string, string>): JsonObject {
  return Object.fromEntries(
    Object.entries(args).map(([name, value]) => {
      const text = edits.get(name);
      if (text === undefined) return [name, value];
      if (typeof value === "string") return [name, text];
      try {
        return [name, JSON.parse(text) as JsonValue];
      } catch {
        return [name, text];
      }
    }),
  );
}
