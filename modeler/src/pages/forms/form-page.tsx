/** Designing a form: edit, try with data, see what changed, and deploy the result as the next version. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Download, Redo2, Undo2 } from "lucide-react";
import { useRef, useState } from "react";
import { useLocation, useParams } from "wouter";
import { getForm, listForms } from "../../api/forms.ts";
import type { FormDefinition } from "../../api/processes.ts";
import { useAddress } from "../../app/address.ts";
import { Page } from "../../app/page.tsx";
import { ModelDifference } from "../../difference/model-difference.tsx";
import { FormEditor } from "../../forms/form-editor.tsx";
import { newForm } from "../../forms/new-form.ts";
import type { SchemaEditor } from "../../forms/schema-editor.ts";
import { DeployModel } from "../../parts/deploy-model.tsx";
import { dropDraft, keepDraft, readDraft } from "../../parts/draft.ts";
import { DraftNote } from "../../parts/draft-note.tsx";
import { saveFile } from "../../parts/save-file.ts";
import { IconButton } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { TabPanel, Tabs } from "../../ui/tabs.tsx";
import { useToast } from "../../ui/toast.tsx";
import styles from "./form-page.module.css";
import { FormTrial } from "./form-trial.tsx";

const trail = [{ href: "/forms", text: "Forms" }];

/** /forms/new, and /forms/:formId/edit for the newest version or the one in the address. */
export function FormPage() {
  const { formId } = useParams<{ formId?: string }>();
  const [fresh] = useState(() => `form_${Date.now().toString(36)}`);
  const [read] = useAddress();
  const wanted = read("version");
  const form = useQuery({
    queryKey: ["forms", formId, wanted],
    queryFn: async ({ signal }) => {
      const versions = await listForms(formId, signal);
      const version = versions.find((candidate) => String(candidate.version) === wanted) ?? versions[0];
      // A process may name a form that nobody has designed yet.
      return version ? await getForm(version.formKey, signal) : null;
    },
    enabled: formId !== undefined,
  });
  if (formId === undefined) return <Workbench key="new" form={null} schema={newForm(fresh)} draftKey="form:new" />;
  if (form.error)
    return (
      <Page title={formId} trail={trail}>
        <ProblemNotice error={form.error} retry={() => void form.refetch()} />
      </Page>
    );
  if (form.data === undefined) return <Skeleton lines={8} />;
  return (
    <Workbench
      key={form.data?.formKey ?? formId}
      form={form.data}
      schema={form.data?.schema ?? newForm(formId)}
      draftKey={`form:${form.data?.formKey ?? formId}`}
    />
  );
}

type View = "edit" | "try" | "changes";

interface WorkbenchProps {
  /** Null for a form that was never deployed. */
  readonly form: FormDefinition | null;
  readonly schema: string;
  readonly draftKey: string;
}

function Workbench({ form, schema, draftKey }: WorkbenchProps) {
  const editor = useRef<SchemaEditor | null>(null);
  const [opened, setOpened] = useState(schema);
  const [source, setSource] = useState(opened);
  const [stack, setStack] = useState({ canUndo: false, canRedo: false });
  const [draft, setDraft] = useState(() => readDraft(draftKey));
  const [view, setView] = useState<View>("edit");
  const changed = source !== schema;
  return (
    <Page
      title={form?.formId ?? "New form"}
      trail={trail}
      chips={
        <>
          {form && <Chip>Version {form.version}</Chip>}
          {changed && <Chip tone="warn">Not deployed</Chip>}
        </>
      }
      actions={
        <>
          <IconButton label="Undo" disabled={!stack.canUndo} onClick={() => editor.current?.undo()}>
            <Undo2 size={16} />
          </IconButton>
          <IconButton label="Redo" disabled={!stack.canRedo} onClick={() => editor.current?.redo()}>
            <Redo2 size={16} />
          </IconButton>
          <IconButton label="Export file" onClick={() => saveFile(source, "application/json", `${idOf(source)}.form`)}>
            <Download size={16} />
          </IconButton>
          <Deploy form={form} source={source} draftKey={draftKey} />
        </>
      }
      template="workbench"
    >
      <div className={styles.work}>
        <Tabs
          label="This form"
          tabs={[
            { id: "edit", label: "Edit" },
            { id: "try", label: "Try it" },
            ...(form ? [{ id: "changes" as const, label: "Changes" }] : []),
          ]}
          selected={view}
          onSelect={setView}
          controls="form-view"
        />
        <TabPanel id="form-view" selected={view} className={styles.view}>
          {/* The editor lives on behind the other views, with its undo steps. */}
          <div className={styles.editing} inert={view !== "edit"}>
            <FormEditor
              schema={opened}
              editor={editor}
              onChange={(state) => {
                setStack(state);
                const text = editor.current?.save() ?? source;
                setSource(text);
                keepDraft(draftKey, text);
              }}
            />
            {draft && draft.text !== schema && (
              <DraftNote
                draft={draft}
                onRestore={() => {
                  setOpened(draft.text);
                  setSource(draft.text);
                  setDraft(null);
                }}
                onDrop={() => {
                  dropDraft(draftKey);
                  setDraft(null);
                }}
              />
            )}
          </div>
          {view === "try" && <FormTrial schema={source} />}
          {view === "changes" && form && (
            <ModelDifference
              kind="form"
              before={schema}
              after={source}
              beforeLabel={`Version ${form.version}, deployed`}
              afterLabel="As edited here"
            />
          )}
        </TabPanel>
      </div>
    </Page>
  );
}

interface DeployProps {
  readonly form: FormDefinition | null;
  readonly source: string;
  readonly draftKey: string;
}

function Deploy({ form, source, draftKey }: DeployProps) {
  const [, go] = useLocation();
  const client = useQueryClient();
  const toast = useToast();
  return (
    <DeployModel
      label={form ? "Deploy as new version" : "Deploy form"}
      title={idOf(source)}
      noun="the form"
      readFiles={async () => [
        { name: `${idOf(source)}.form`, content: new Blob([source], { type: "application/json" }) },
      ]}
      onHandedIn={() => dropDraft(draftKey)}
      onDeployed={(answer) => {
        dropDraft(draftKey);
        const deployed = answer.deployments.find((item) => item.form)?.form;
        if (!deployed) return;
        toast(`Deployed version ${deployed.version}`);
        void client
          .invalidateQueries({ queryKey: ["forms"] })
          .then(() => go(`/forms/${encodeURIComponent(deployed.formId)}/edit`));
      }}
    />
  );
}

/** The id that the form says of itself; it is edited among its properties. */
function idOf(schema: string): string {
  const { id } = JSON.parse(schema) as { readonly id?: unknown };
  return typeof id === "string" && id !== "" ? id : "form";
}
