/** Alerts, the open ones first; a person closes one with a word on what was done. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type Alert, listAlerts, resolveAlert } from "../../api/measures.ts";
import { useMay } from "../../app/may.ts";
import { Button } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { TextArea } from "../../ui/field.tsx";
import { Empty, ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { sentence } from "../../ui/states.ts";
import { type Column, Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { useToast } from "../../ui/toast.tsx";

export function AlertsPanel() {
  const mayResolve = useMay()("instance:operate");
  const [closing, setClosing] = useState<Alert | null>(null);
  const alerts = useQuery({
    queryKey: ["measures", "alerts"],
    queryFn: ({ signal }) => listAlerts(false, signal),
    refetchInterval: 10_000,
  });
  const columns: readonly Column<Alert>[] = [
    { title: "Alert", cell: (row) => sentence(row.rule.toLowerCase()) },
    { title: "What happened", cell: (row) => row.message },
    { title: "Raised", cell: (row) => <Time at={row.at} /> },
    {
      title: "State",
      cell: (row) => (row.resolvedAt === null ? <Chip tone="warn">Open</Chip> : <Chip tone="ok">Resolved</Chip>),
    },
    {
      title: "Actions",
      number: true,
      cell: (row) =>
        row.resolvedAt === null && mayResolve ? (
          <Button small onClick={() => setClosing(row)}>
            Resolve alert
          </Button>
        ) : null,
    },
  ];
  const rows = [...(alerts.data ?? [])].sort(
    (a, b) => Number(a.resolvedAt !== null) - Number(b.resolvedAt !== null) || b.at.localeCompare(a.at),
  );
  return (
    <Panel title="Alerts" flush>
      {alerts.error && <ProblemNotice error={alerts.error} retry={() => void alerts.refetch()} />}
      {alerts.isPending && <Skeleton lines={2} />}
      {alerts.data?.length === 0 && (
        <Empty title="No alerts">Violated terms, drift, failed plans and late approvals show up here.</Empty>
      )}
      {rows.length > 0 && <Table caption="Alerts" columns={columns} rows={rows} rowKey={(row) => row.alertId} />}
      {closing && <ResolveDialog alert={closing} onClose={() => setClosing(null)} />}
    </Panel>
  );
}

function ResolveDialog({ alert, onClose }: { readonly alert: Alert; readonly onClose: () => void }) {
  const client = useQueryClient();
  const toast = useToast();
  const [reason, setReason] = useState("");
  const resolve = useMutation({
    mutationFn: () => resolveAlert(alert.alertId, reason),
    onSuccess: async () => {
      toast("Alert resolved");
      await client.invalidateQueries({ queryKey: ["measures"] });
      onClose();
    },
  });
  return (
    <Dialog
      title="Resolve this alert?"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Keep it open</Button>
          <Button kind="primary" disabled={resolve.isPending || reason.trim() === ""} onClick={() => resolve.mutate()}>
            Resolve alert
          </Button>
        </>
      }
    >
      <p>{alert.message}</p>
      <TextArea
        label="What was done"
        hint="Kept with your name in the record of the alert."
        rows={3}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
      {resolve.error && <ProblemNotice error={resolve.error} />}
    </Dialog>
  );
}
