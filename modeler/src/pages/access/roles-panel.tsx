/** The roles: the installation's own ones, and what each of the built-in ones permits. */
import { useQuery } from "@tanstack/react-query";
import { listRolePermissions } from "../../api/directory.ts";
import { ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { EntriesPanel } from "./entries-panel.tsx";
import { RoleMatrix } from "./role-matrix.tsx";

export function RolesPanel() {
  const permitted = useQuery({
    queryKey: ["role-permissions"],
    queryFn: ({ signal }) => listRolePermissions(signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <>
      {permitted.data && <EntriesPanel kind="role" except={permitted.data.map(({ roleId }) => roleId)} />}
      <Panel title="Built-in roles: what they permit, for everything in one's tenants" flush>
        {permitted.error && <ProblemNotice error={permitted.error} retry={() => void permitted.refetch()} />}
        {permitted.isPending && <Skeleton />}
        {permitted.data && <RoleMatrix roles={permitted.data} />}
      </Panel>
    </>
  );
}
