/** The permissions on single resources that one owner was given, on its own page. */
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Authorization, listAuthorizationsOf } from "../../api/authorizations.ts";
import { Button } from "../../ui/button.tsx";
import { Empty, ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { AuthorizationDialog } from "./authorization-dialog.tsx";
import { AuthorizationTable } from "./authorization-table.tsx";

export function OwnerAuthorizations({
  owner,
  title,
}: {
  readonly owner: Pick<Authorization, "ownerType" | "ownerId">;
  readonly title: string;
}) {
  const [giving, setGiving] = useState(false);
  const given = useQuery({
    queryKey: ["authorizations", "of", owner.ownerType, owner.ownerId],
    queryFn: ({ signal }) => listAuthorizationsOf(owner.ownerType, owner.ownerId, signal),
  });
  return (
    <>
      <Panel
        title={title}
        flush
        actions={
          <Button small onClick={() => setGiving(true)}>
            Give permission
          </Button>
        }
      >
        {given.error && <ProblemNotice error={given.error} retry={() => void given.refetch()} />}
        {given.isPending && <Skeleton lines={2} />}
        {given.data?.length === 0 && (
          <Empty title="Nothing on single resources">
            A permission on one process, decision or policy adds to what roles give; it never takes anything away.
          </Empty>
        )}
        {given.data && given.data.length > 0 && (
          <AuthorizationTable caption={title} rows={given.data} withOwner={false} />
        )}
      </Panel>
      {giving && <AuthorizationDialog authorization={null} owner={owner} onClose={() => setGiving(false)} />}
    </>
  );
}
