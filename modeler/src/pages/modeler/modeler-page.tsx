/** The process modeler: draw, set properties, see problems while working, and deploy the result as the next version. */

import type { Problem } from "interlock:lint";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Download, FileDiff, Maximize, PlayCircle, Redo2, Undo2 } from "lucide-react";
import { type RefObject, useEffect, useRef, useState } from "react";
import { useLocation, useParams } from "wouter";
import { getProcessDefinition, getProcessXml, type ProcessDefinition } from "../../api/processes.ts";
import { Page } from "../../app/page.tsx";
import { BpmnEditor, type EditorState } from "../../bpmn/bpmn-editor.tsx";
import type { ModelEditor } from "../../bpmn/model-editor.ts";
import { newModel } from "../../bpmn/new-model.ts";
import { Outline } from "../../bpmn/outline.tsx";
import type { OutlineStep } from "../../bpmn/outline-steps.ts";
import { ModelDifference } from "../../difference/model-difference.tsx";
import { DeployModel } from "../../parts/deploy-model.tsx";
import { dropDraft, keepDraft, readDraft } from "../../parts/draft.ts";
import { DraftNote } from "../../parts/draft-note.tsx";
import { saveFile } from "../../parts/save-file.ts";
import { Split } from "../../parts/split.tsx";
import { IconButton } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { TabPanel, Tabs } from "../../ui/tabs.tsx";
import { useToast } from "../../ui/toast.tsx";
import styles from "./modeler-page.module.css";
import { ProblemList } from "./problem-list.tsx";

export function ModelerPage() {
  const { key } = useParams<{ key?: string }>();
  const definition = useQuery({
    queryKey: ["process-definition", key],
    queryFn: ({ signal }) => getProcessDefinition(key ?? "", signal),
    enabled: key !== undefined,
  });
  const xml = useQuery({
    queryKey: ["process-xml", key],
    queryFn: ({ signal }) => getProcessXml(key ?? "", signal),
    enabled: key !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (key === undefined)
    return <Workbench key="new" definition={null} xml={newModel(`process_${Date.now().toString(36)}`)} />;
  const error = definition.error ?? xml.error;
  if (error) {
    return (
      <Page title="Model" trail={[{ href: "/processes", text: "Processes" }]}>
        <ProblemNotice error={error} />
      </Page>
    );
  }
  if (!definition.data || xml.data === undefined) return <Skeleton lines={8} />;
  return <Workbench key={key} definition={definition.data} xml={xml.data} />;
}

interface WorkbenchProps {
  /** Null for a new process. */
  readonly definition: ProcessDefinition | null;
  readonly xml: string;
}

function Workbench({ definition, xml }: WorkbenchProps) {
  const draftKey = definition?.processDefinitionKey ?? "new";
  const editor = useRef<ModelEditor | null>(null);
  const [opened] = useState(xml);
  const [state, setState] = useState<EditorState>({
    changed: false,
    canUndo: false,
    canRedo: false,
    simulating: false,
  });
  const [selected, setSelected] = useState<string | null>(null);
  const [steps, setSteps] = useState<readonly OutlineStep[]>([]);
  const [draft, setDraft] = useState(() => readDraft(draftKey));
  const [source, setSource] = useState(opened);
  const [comparing, setComparing] = useState(false);
  const problems = useProblems(source, editor);
  const title = definition ? (definition.name ?? definition.processDefinitionId) : "New process";

  function changed(current: ModelEditor) {
    setSteps(current.outline());
    void current.save().then((text) => {
      setSource(text);
      keepDraft(draftKey, text);
    });
  }

  const select = (elementId: string) => editor.current?.select(elementId);
  return (
    <Page
      title={title}
      trail={[
        { href: "/processes", text: "Processes" },
        ...(definition
          ? [
              {
                href: `/processes/${encodeURIComponent(definition.processDefinitionId)}`,
                text: `Version ${definition.version}`,
              },
            ]
          : []),
      ]}
      chips={state.changed ? <Chip tone="warn">Not deployed</Chip> : undefined}
      actions={
        <>
          <IconButton label="Undo" disabled={!state.canUndo} onClick={() => editor.current?.undo()}>
            <Undo2 size={16} />
          </IconButton>
          <IconButton label="Redo" disabled={!state.canRedo} onClick={() => editor.current?.redo()}>
            <Redo2 size={16} />
          </IconButton>
          <IconButton label="Fit diagram" onClick={() => editor.current?.fit()}>
            <Maximize size={16} />
          </IconButton>
          <IconButton
            label={state.simulating ? "End simulation" : "Simulate"}
            aria-pressed={state.simulating}
            onClick={() => {
              editor.current?.simulate(!state.simulating);
              setState({ ...state, simulating: !state.simulating });
            }}
          >
            <PlayCircle size={16} />
          </IconButton>
          {definition && (
            <IconButton
              label={comparing ? "Back to editing" : `Compare with version ${definition.version}`}
              aria-pressed={comparing}
              onClick={() => setComparing(!comparing)}
            >
              <FileDiff size={16} />
            </IconButton>
          )}
          <IconButton
            label="Export file"
            onClick={() =>
              void editor.current
                ?.save()
                .then((text) => saveFile(text, "text/xml", fileName(definition, editor.current)))
            }
          >
            <Download size={16} />
          </IconButton>
          <Deploy definition={definition} editor={editor} draftKey={draftKey} />
        </>
      }
      template="workbench"
    >
      <Split
        name="modeler-drawer"
        label="Height of the canvas"
        direction="rows"
        initial={76}
        first={
          <div className={styles.canvas}>
            <div className={styles.canvasInner} inert={comparing}>
              <BpmnEditor
                xml={opened}
                editor={editor}
                onState={setState}
                onChange={changed}
                onOpen={(current) => setSteps(current.outline())}
                onSelect={setSelected}
              />
            </div>
            {comparing && definition && (
              <div className={styles.comparison}>
                <ModelDifference
                  kind="bpmn"
                  before={opened}
                  after={source}
                  beforeLabel={`Version ${definition.version}, deployed`}
                  afterLabel="As edited here"
                />
              </div>
            )}
            {draft && draft.text !== opened && (
              <DraftNote
                draft={draft}
                onRestore={() => {
                  void editor.current?.open(draft.text).then(() => {
                    setSource(draft.text);
                    setState((current) => ({ ...current, changed: true }));
                  });
                  setDraft(null);
                }}
                onDrop={() => {
                  dropDraft(draftKey);
                  setDraft(null);
                }}
              />
            )}
          </div>
        }
        second={<Drawer problems={problems} steps={steps} xml={source} selected={selected} onSelect={select} />}
      />
    </Page>
  );
}

/** The rules of deployment, applied in the browser a moment after each change. */
function useProblems(xml: string, editor: RefObject<ModelEditor | null>): readonly Problem[] | null {
  const [problems, setProblems] = useState<readonly Problem[] | null>(null);
  useEffect(() => {
    let outdated = false;
    const timer = setTimeout(async () => {
      const { lintBpmn } = await import("../../bpmn/lint.ts");
      const found = await lintBpmn(xml);
      if (outdated) return;
      setProblems(found);
      editor.current?.mark(found);
    }, 400);
    return () => {
      outdated = true;
      clearTimeout(timer);
    };
  }, [xml, editor]);
  return problems;
}

interface DrawerProps {
  readonly problems: readonly Problem[] | null;
  readonly steps: readonly OutlineStep[];
  readonly xml: string;
  readonly selected: string | null;
  readonly onSelect: (elementId: string) => void;
}

type DrawerTab = "problems" | "outline" | "xml";
const noStates = new Map();

function Drawer({ problems, steps, xml, selected, onSelect }: DrawerProps) {
  const [tab, setTab] = useState<DrawerTab>("problems");
  const worst = problems?.some((problem) => problem.severity === "error");
  return (
    <div className={styles.drawer}>
      <Tabs
        label="About this model"
        tabs={[
          {
            id: "problems",
            label: "Problems",
            ...(problems ? { count: problems.length } : {}),
            ...(worst ? { tone: "bad" as const } : {}),
          },
          { id: "outline", label: "Outline" },
          { id: "xml", label: "XML" },
        ]}
        selected={tab}
        onSelect={setTab}
        controls="model-drawer"
      />
      <TabPanel id="model-drawer" selected={tab} className={styles.drawerBody}>
        {tab === "problems" &&
          (problems ? <ProblemList problems={problems} xml={xml} onSelect={onSelect} /> : <Skeleton lines={2} />)}
        {tab === "outline" && <Outline steps={steps} states={noStates} selected={selected} onSelect={onSelect} />}
        {tab === "xml" && <pre className={styles.xml}>{xml}</pre>}
      </TabPanel>
    </div>
  );
}

interface DeployProps {
  readonly definition: ProcessDefinition | null;
  readonly editor: RefObject<ModelEditor | null>;
  readonly draftKey: string;
}

function Deploy({ definition, editor, draftKey }: DeployProps) {
  const [, go] = useLocation();
  const client = useQueryClient();
  const toast = useToast();
  return (
    <DeployModel
      label={definition ? "Deploy as new version" : "Deploy process"}
      title={definition?.name ?? definition?.processDefinitionId ?? ""}
      noun="the model"
      readFiles={async () => {
        if (!editor.current) throw new Error("Expected an open model, but the editor is still loading.");
        const xml = await editor.current.save();
        return [{ name: fileName(definition, editor.current), content: new Blob([xml], { type: "text/xml" }) }];
      }}
      onHandedIn={() => dropDraft(draftKey)}
      onDeployed={(answer) => {
        dropDraft(draftKey);
        void client.invalidateQueries({ queryKey: ["processes"] });
        const deployed = answer.deployments.find((item) => item.processDefinition)?.processDefinition;
        if (!deployed) return;
        toast(`Deployed version ${deployed.processDefinitionVersion}`);
        go(
          `/processes/${encodeURIComponent(deployed.processDefinitionId)}/versions/${deployed.processDefinitionKey}/model`,
        );
      }}
    />
  );
}

function fileName(definition: ProcessDefinition | null, editor: ModelEditor | null): string {
  return definition?.resourceName ?? `${editor?.process().id ?? "process"}.bpmn`;
}
