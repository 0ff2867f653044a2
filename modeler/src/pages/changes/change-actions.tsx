/** What one may do with a change: judge, withdraw, replace, deploy. The server has the last word on each of them. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type ChangeDetail, deployChange, judge, withdraw } from "../../api/changes.ts";
import type { Session } from "../../api/session.ts";
import { useSession } from "../../app/may.ts";
import { Button, ButtonLink } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { TextArea } from "../../ui/field.tsx";
import { ProblemNotice } from "../../ui/notice.tsx";
import { useToast } from "../../ui/toast.tsx";
import { HandInFiles } from "./hand-in-files.tsx";

type Deed = "approve" | "reject" | "withdraw" | "deploy";

interface Asked {
  readonly title: string;
  readonly text: string;
  readonly verb: string;
  readonly done: string;
  readonly run: (change: ChangeDetail, comment: string) => Promise<unknown>;
}

const asked: Readonly<Record<Deed, Asked>> = {
  approve: {
    title: "Approve this change?",
    text: "You approve exactly the files of this revision. Neither you nor the author can deploy it afterwards: a third person does.",
    verb: "Approve change",
    done: "Approved",
    run: ({ changeId, revision }, comment) => judge(changeId, "approval", revision, comment),
  },
  reject: {
    title: "Reject this change?",
    text: "The author can replace it by a new revision. An approval that was given does not hold any more.",
    verb: "Reject change",
    done: "Rejected",
    run: ({ changeId, revision }, comment) => judge(changeId, "rejection", revision, comment),
  },
  withdraw: {
    title: "Withdraw this change?",
    text: "Nobody can approve or deploy it afterwards. What was said of it stays in the record.",
    verb: "Withdraw change",
    done: "Withdrawn",
    run: ({ changeId }, comment) => withdraw(changeId, comment),
  },
  deploy: {
    title: "Deploy this change?",
    text: "All of its files are deployed together, as they were approved.",
    verb: "Deploy change",
    done: "Deployed",
    run: ({ changeId, revision }) => deployChange(changeId, revision),
  },
};

/** What the page offers; a person who may not is told so by the server, should the page be wrong. */
function deedsOf(change: ChangeDetail, session: Session): readonly Deed[] {
  const may = (permission: string): boolean => session.permissions.includes(permission);
  const isOpen = change.state === "submitted" || change.state === "approved";
  const isAuthor = change.author.id === session.username;
  const isThird = !isAuthor && change.approval?.approver.id !== session.username;
  // Without sign-in everybody is the same person, and the server records that duties were not checked.
  const isAlone = change.separationOfDuties === "unchecked";
  const deeds: Deed[] = [];
  if (isOpen && isAuthor && may("change:propose")) deeds.push("withdraw");
  if (isOpen && (!isAuthor || isAlone) && may("change:approve")) deeds.push("reject");
  if (change.state === "submitted" && (!isAuthor || isAlone) && may("change:approve")) deeds.push("approve");
  if (change.state === "approved" && !change.policy && (isThird || isAlone) && may("definition:deploy"))
    deeds.push("deploy");
  return deeds;
}

export function ChangeActions({ change }: { readonly change: ChangeDetail }) {
  const [asking, setAsking] = useState<Deed | "replace" | null>(null);
  const session = useSession();
  if (!session.data) return null;
  const deeds = deedsOf(change, session.data);
  const last = deeds.at(-1);
  const canReplace =
    !change.policy &&
    change.author.id === session.data.username &&
    !["withdrawn", "deployed"].includes(change.state) &&
    session.data.permissions.includes("change:propose");
  return (
    <>
      {canReplace && <Button onClick={() => setAsking("replace")}>Replace files</Button>}
      {deeds.map((deed) => (
        <Button
          key={deed}
          {...(deed === last && (deed === "approve" || deed === "deploy") ? { kind: "primary" as const } : {})}
          onClick={() => setAsking(deed)}
        >
          {asked[deed].verb}
        </Button>
      ))}
      {change.policy && change.state === "approved" && (
        <ButtonLink href={`/policies/${encodeURIComponent(change.policy.policyId)}?version=${change.policy.version}`}>
          Go to the version to promote it
        </ButtonLink>
      )}
      {asking === "replace" && <HandInFiles change={change} onClose={() => setAsking(null)} />}
      {asking && asking !== "replace" && <Ask change={change} deed={asking} onClose={() => setAsking(null)} />}
    </>
  );
}

function Ask({
  change,
  deed,
  onClose,
}: {
  readonly change: ChangeDetail;
  readonly deed: Deed;
  readonly onClose: () => void;
}) {
  const client = useQueryClient();
  const toast = useToast();
  const [comment, setComment] = useState("");
  const { title, text, verb, done, run } = asked[deed];
  const act = useMutation({
    mutationFn: () => run(change, comment.trim()),
    onSuccess: () => {
      toast(done);
      onClose();
    },
    onSettled: () =>
      Promise.all(
        [["change", change.changeId], ["changes"], ["processes"]].map((queryKey) =>
          client.invalidateQueries({ queryKey }),
        ),
      ),
  });
  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button
            kind={deed === "approve" || deed === "deploy" ? "primary" : "danger"}
            disabled={act.isPending}
            onClick={() => act.mutate()}
          >
            {verb}
          </Button>
        </>
      }
    >
      <p>{text}</p>
      {deed !== "deploy" && (
        <TextArea
          label="Comment"
          hint="Kept with your name in the record of the change."
          rows={3}
          maxLength={4000}
          value={comment}
          onChange={(event) => setComment(event.target.value)}
        />
      )}
      {act.error && <ProblemNotice error={act.error} />}
    </Dialog>
  );
}
