/** The decision tables of a policy version: edit, try, and release the result as a new version. */
import { useQuery } from "@tanstack/react-query";
import { Redo2, Undo2 } from "lucide-react";
import { useRef, useState } from "react";
import { useParams } from "wouter";
import { getPolicyDmn, getPolicyVersion, type PolicyVersion } from "../../api/policies.ts";
import { Page } from "../../app/page.tsx";
import { DmnEditor } from "../../dmn/dmn-editor.tsx";
import type { TableEditor, TableView } from "../../dmn/table-editor.ts";
import { Split } from "../../parts/split.tsx";
import { Button, IconButton } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { TextArea } from "../../ui/field.tsx";
import { ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { StateChip } from "../../ui/state-chip.tsx";
import { sentence } from "../../ui/states.ts";
import { TabPanel, Tabs } from "../../ui/tabs.tsx";
import styles from "./policy-editor-page.module.css";
import { ReleaseDialog } from "./release-version.tsx";
import { TryIt } from "./try-it.tsx";

export function PolicyEditorPage() {
  const { policyId = "", version = "" } = useParams<{ policyId: string; version: string }>();
  const number = Number(version);
  const detail = useQuery({
    queryKey: ["policy", policyId, "version", number],
    queryFn: ({ signal }) => getPolicyVersion(policyId, number, signal),
  });
  const dmn = useQuery({
    queryKey: ["policy-dmn", policyId, number],
    queryFn: ({ signal }) => getPolicyDmn(policyId, number, signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const error = detail.error ?? dmn.error;
  if (error) {
    return (
      <Page title="Decision table" trail={[{ href: "/policies", text: "Policies" }]}>
        <ProblemNotice error={error} />
      </Page>
    );
  }
  if (!detail.data || dmn.data === undefined) return <Skeleton lines={8} />;
  return <Workbench key={`${policyId}@${version}`} policyId={policyId} version={detail.data} dmn={dmn.data} />;
}

type SideTab = "try" | "tests";

function Workbench({
  policyId,
  version,
  dmn,
}: {
  readonly policyId: string;
  readonly version: PolicyVersion;
  readonly dmn: string;
}) {
  const editor = useRef<TableEditor | null>(null);
  const [opened] = useState(dmn);
  const [views, setViews] = useState<readonly TableView[]>([]);
  const [active, setActive] = useState<string | null>(null);
  const [changed, setChanged] = useState(false);
  const [tests, setTests] = useState(() => JSON.stringify(version.tests, null, 2));
  const [side, setSide] = useState<SideTab>("try");
  const [releasing, setReleasing] = useState<string | null>(null);
  const read = () => editor.current?.save() ?? Promise.resolve(opened);
  const name = typeof version.manifest.name === "string" ? version.manifest.name : sentence(policyId);
  const testsChanged = tests !== JSON.stringify(version.tests, null, 2);
  return (
    <Page
      title={`Version ${version.version}`}
      trail={[
        { href: "/policies", text: "Policies" },
        { href: `/policies/${encodeURIComponent(policyId)}`, text: name },
      ]}
      chips={
        <>
          <StateChip state={version.stage} />
          {(changed || testsChanged) && <Chip tone="warn">Not saved</Chip>}
        </>
      }
      actions={
        <>
          <IconButton label="Undo" onClick={() => editor.current?.undo()}>
            <Undo2 size={16} />
          </IconButton>
          <IconButton label="Redo" onClick={() => editor.current?.redo()}>
            <Redo2 size={16} />
          </IconButton>
          <Button kind="primary" disabled={!changed && !testsChanged} onClick={() => void read().then(setReleasing)}>
            Save as new version
          </Button>
        </>
      }
      template="workbench"
    >
      <Split
        name="policy-editor"
        label="Width of the table"
        direction="columns"
        initial={72}
        first={
          <div className={styles.table}>
            {views.length > 0 && (
              <Tabs
                label="Tables of this policy"
                tabs={views.map((view) => ({ id: view.id, label: view.kind === "drd" ? "Overview" : view.name }))}
                selected={active ?? views[0]?.id ?? ""}
                onSelect={(id) => void editor.current?.show(id)}
                controls="dmn-views"
              />
            )}
            <div id="dmn-views" role="tabpanel" aria-label="Decision table" className={styles.work}>
              <DmnEditor
                xml={opened}
                editor={editor}
                onChange={() => setChanged(true)}
                onViews={(all, current) => {
                  setViews(all);
                  setActive(current);
                }}
              />
            </div>
          </div>
        }
        second={
          <aside className={styles.side} aria-label="Try and test">
            <Tabs
              label="Try and test"
              tabs={[
                { id: "try", label: "Try it" },
                { id: "tests", label: "Test cases" },
              ]}
              selected={side}
              onSelect={setSide}
              controls="policy-side"
            />
            <TabPanel id="policy-side" selected={side} className={styles.sidePanel}>
              {side === "try" ? (
                <TryIt
                  manifest={version.manifest}
                  read={read}
                  onMatched={(rules) => editor.current?.highlight(rules)}
                />
              ) : (
                <div className={styles.sideBody}>
                  <TextArea
                    label="Test cases"
                    hint="Facts and the answer that is expected. They go with the new version."
                    code
                    rows={28}
                    spellCheck={false}
                    value={tests}
                    onChange={(event) => setTests(event.target.value)}
                  />
                </div>
              )}
            </TabPanel>
          </aside>
        }
      />
      {releasing !== null && (
        <ReleaseDialog
          policyId={policyId}
          manifest={version.manifest}
          dmn={releasing}
          tests={tests}
          onTests={setTests}
          onClose={() => setReleasing(null)}
        />
      )}
    </Page>
  );
}
