/** What a change would change: each file against what is deployed under its name, a policy's version against the one in force. */
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { type ChangeDetail, type ChangedFile, getChangeText, getResourceText } from "../../api/changes.ts";
import { getPolicy, getPolicyDmn } from "../../api/policies.ts";
import { kindOfFile, ModelDifference, type ModelKind } from "../../difference/model-difference.tsx";
import { ButtonLink } from "../../ui/button.tsx";
import { ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { TabPanel, Tabs } from "../../ui/tabs.tsx";
import styles from "./change-page.module.css";

export function ChangeDifference({ change }: { readonly change: ChangeDetail }) {
  return change.policy ? <OfPolicy policy={change.policy} /> : <OfFiles change={change} />;
}

function OfFiles({ change }: { readonly change: ChangeDetail }) {
  const [chosen, setChosen] = useState<string | null>(null);
  const file = change.resources.find(({ name }) => name === chosen) ?? change.resources[0];
  if (!file) return null;
  return (
    <Panel title="Against what is deployed" flush>
      <Tabs
        label="Files"
        tabs={change.resources.map(({ name }) => ({ id: name, label: name }))}
        selected={file.name}
        onSelect={setChosen}
        controls="changed-file"
      />
      <TabPanel id="changed-file" selected={file.name} className={styles.difference}>
        <OfFile key={file.sha256} change={change} file={file} />
      </TabPanel>
    </Panel>
  );
}

function OfFile({ change, file }: { readonly change: ChangeDetail; readonly file: ChangedFile }) {
  const current = change.deployed[file.name] ?? null;
  const isOutdated = change.state !== "deployed" && current !== file.replaces;
  const texts = useQuery({
    queryKey: ["change-texts", change.changeId, file.sha256, file.replaces],
    queryFn: async ({ signal }) => ({
      after: await getChangeText(change.changeId, file.sha256, signal),
      before: file.replaces === null ? null : await getResourceText(file.replaces, signal),
    }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (texts.error) return <Note>{<ProblemNotice error={texts.error} retry={() => void texts.refetch()} />}</Note>;
  if (!texts.data) return <Skeleton lines={8} />;
  const { before, after } = texts.data;
  return (
    <>
      {isOutdated && (
        <Note>
          <p role="status">
            Another version of this file has been deployed since. The change has to be handed in again on top of it.
          </p>
        </Note>
      )}
      <Texts name={file.name} before={before} after={after} />
    </>
  );
}

/** Drawn where the kind is known and there is something to compare with; otherwise the text as it is. */
function Texts({
  name,
  before,
  after,
}: {
  readonly name: string;
  readonly before: string | null;
  readonly after: string;
}) {
  const kind: ModelKind | null = kindOfFile(name);
  if (before === after) return <Note>This file is deployed as it stands here.</Note>;
  if (kind !== null && before !== null)
    return <ModelDifference kind={kind} before={before} after={after} beforeLabel="Deployed" afterLabel="Handed in" />;
  return (
    <>
      <Note>
        {before === null ? "Nothing is deployed under this name yet. The file as handed in:" : "The file as handed in:"}
      </Note>
      <pre className={styles.text}>{after}</pre>
    </>
  );
}

function OfPolicy({ policy }: { readonly policy: NonNullable<ChangeDetail["policy"]> }) {
  const { policyId, version } = policy;
  const texts = useQuery({
    queryKey: ["policy", policyId, "change", version],
    queryFn: async ({ signal }) => {
      const { activeVersion } = await getPolicy(policyId, signal);
      const after = await getPolicyDmn(policyId, version, signal);
      const before = activeVersion === null ? null : await getPolicyDmn(policyId, activeVersion, signal);
      return { activeVersion, before, after };
    },
  });
  const link = (
    <ButtonLink small href={`/policies/${encodeURIComponent(policyId)}?version=${version}`}>
      Open version {version}
    </ButtonLink>
  );
  return (
    <Panel title={`Policy ${policyId} version ${version} against the one in force`} actions={link} flush>
      <div className={styles.difference}>
        {texts.error && <Note>{<ProblemNotice error={texts.error} retry={() => void texts.refetch()} />}</Note>}
        {texts.isPending && <Skeleton lines={8} />}
        {texts.data && <Texts name="policy.dmn" before={texts.data.before} after={texts.data.after} />}
      </div>
    </Panel>
  );
}

function Note({ children }: { readonly children: ReactNode }) {
  return <div className={styles.notice}>{children}</div>;
}
