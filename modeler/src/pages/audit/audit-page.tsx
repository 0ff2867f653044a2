/** Proof of the whole: verify the chain of records here, or take it away and verify it without this server. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { Download, ShieldCheck } from "lucide-react";
import { useState } from "react";
import { exportRecords, listKeys, type VerifyReport, verify } from "../../api/audit.ts";
import { useAddress } from "../../app/address.ts";
import { useMay } from "../../app/may.ts";
import { Page } from "../../app/page.tsx";
import { saveFile } from "../../parts/save-file.ts";
import { Button } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { Facts } from "../../ui/facts.tsx";
import { TextField } from "../../ui/field.tsx";
import { Empty, ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { TabPanel, Tabs } from "../../ui/tabs.tsx";
import styles from "./audit-page.module.css";
import { CommandsPanel } from "./commands-panel.tsx";

const tabs = [
  { id: "records", label: "Decision records" },
  { id: "commands", label: "Commands" },
] as const;
const panelId = "audit-panel";

export function AuditPage() {
  const [read, change] = useAddress();
  const selected = read("tab") === "commands" ? "commands" : "records";
  return (
    <Page title="Audit">
      <Tabs
        label="Audit"
        tabs={tabs}
        selected={selected}
        onSelect={(tab) => change({ tab: tab === "records" ? null : tab })}
        controls={panelId}
      />
      <TabPanel id={panelId} selected={selected} className={styles.stack}>
        {selected === "records" ? <Records /> : <CommandsPanel />}
      </TabPanel>
    </Page>
  );
}

function Records() {
  const mayExport = useMay()("record:export");
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const range = () => exportRecords(instant(from), instant(to));
  const check = useMutation({ mutationFn: async () => verify(await range()) });
  const take = useMutation({
    mutationFn: range,
    onSuccess: (bundle) => saveFile(JSON.stringify(bundle), "application/json", "interlock-export.json"),
  });
  const keys = useQuery({ queryKey: ["keys"], queryFn: ({ signal }) => listKeys(signal) });
  return (
    <>
      <Panel title="Decision records">
        <div className={styles.stack}>
          <p>
            Every decision, approval, outcome and promotion is an entry in a chain of hashes. A changed, missing or
            moved entry breaks it.
          </p>
          {mayExport ? (
            <div className={styles.form}>
              <TextField
                label="From"
                type="datetime-local"
                value={from}
                onChange={(event) => setFrom(event.target.value)}
              />
              <TextField label="To" type="datetime-local" value={to} onChange={(event) => setTo(event.target.value)} />
              <span>
                <Button kind="primary" disabled={check.isPending} onClick={() => check.mutate()}>
                  <ShieldCheck size={14} aria-hidden="true" /> Verify records
                </Button>{" "}
                <Button disabled={take.isPending} onClick={() => take.mutate()}>
                  <Download size={14} aria-hidden="true" /> Export records
                </Button>
              </span>
            </div>
          ) : (
            <p>To verify or export them takes the permission to take records away as evidence.</p>
          )}
          {(check.error ?? take.error) && <ProblemNotice error={check.error ?? take.error} />}
          {check.data && <Report report={check.data} />}
        </div>
      </Panel>
      <Panel title="Signing keys">
        {keys.error && <ProblemNotice error={keys.error} />}
        {keys.isPending && <Skeleton lines={2} />}
        {keys.data?.length === 0 && <Empty title="No keys">The server has not signed anything yet.</Empty>}
        {keys.data && keys.data.length > 0 && (
          <Facts
            items={keys.data.map((key) => [String(key.kid ?? "key"), `${String(key.crv ?? key.kty ?? "")} public key`])}
          />
        )}
      </Panel>
    </>
  );
}

function Report({ report }: { readonly report: VerifyReport }) {
  return (
    <div className={styles.stack} role="status">
      <Facts
        items={[
          [
            "Result",
            report.valid ? (
              <Chip key="ok" tone="ok">
                Intact
              </Chip>
            ) : (
              <Chip key="bad" tone="bad">
                Broken
              </Chip>
            ),
          ],
          ["Records", report.records],
          ["Streams", report.streams],
          ["Checkpoints", report.checkpoints],
          ...(report.firstBad
            ? ([
                [
                  "First bad entry",
                  `${report.firstBad.stream ?? "unknown stream"}, entry ${report.firstBad.seq ?? "unknown"}: ${report.firstBad.reason}`,
                ],
              ] as const)
            : []),
        ]}
      />
    </div>
  );
}

function instant(local: string): string | null {
  return local === "" ? null : new Date(local).toISOString();
}
