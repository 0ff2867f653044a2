/** Completing an ordinary task: its form, or its variables as JSON when it has none. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useRef, useState } from "react";
import { useLocation } from "wouter";
import { isObject, type JsonObject, type JsonValue, parseJson } from "../../api/json.ts";
import { completeTask, getTaskForm, listTaskVariables, type UserTask } from "../../api/tasks.ts";
import type { FormHandle } from "../../forms/form-view.tsx";
import { Button } from "../../ui/button.tsx";
import { Facts } from "../../ui/facts.tsx";
import { TextArea } from "../../ui/field.tsx";
import { ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { useToast } from "../../ui/toast.tsx";
import { inlineValue } from "../../ui/values.ts";
import styles from "./tasks-page.module.css";

const FormView = lazy(async () => ({ default: (await import("../../forms/form-view.tsx")).FormView }));

export function TaskForm({ task, next }: { readonly task: UserTask; readonly next: string | null }) {
  const client = useQueryClient();
  const [, go] = useLocation();
  const toast = useToast();
  const handle = useRef<FormHandle>(null);
  const [text, setText] = useState("");
  const [mistake, setMistake] = useState<string | null>(null);
  const form = useQuery({
    queryKey: ["task-form", task.userTaskKey],
    queryFn: ({ signal }) => getTaskForm(task.userTaskKey, signal),
    enabled: task.formKey !== null,
  });
  const variables = useQuery({
    queryKey: ["task", task.userTaskKey, "variables"],
    queryFn: ({ signal }) => listTaskVariables(task.userTaskKey, signal),
  });
  const complete = useMutation({
    mutationFn: (entered: JsonObject) => completeTask(task.userTaskKey, entered),
    onSuccess: () => {
      toast(`Completed ${task.name ?? task.elementId}`);
      go(next === null ? "/tasks" : `/tasks/${next}`);
    },
    onSettled: () =>
      void Promise.all([
        client.invalidateQueries({ queryKey: ["tasks"] }),
        client.invalidateQueries({ queryKey: ["task", task.userTaskKey] }),
      ]),
  });
  const done = task.completionDate !== null;
  if (variables.error) return <ProblemNotice error={variables.error} retry={() => void variables.refetch()} />;
  if (!variables.data || (task.formKey !== null && form.isPending)) return <Skeleton />;
  const data: JsonObject = Object.fromEntries(
    variables.data.map((variable) => [variable.name, parseJson(variable.value)]),
  );
  function submit() {
    const entered = form.data ? (handle.current?.submit() ?? null) : readEntries(text, setMistake);
    if (entered) complete.mutate(entered);
  }
  return (
    <>
      <Panel title={form.data ? "Form" : "Details"}>
        {form.error && <ProblemNotice error={form.error} />}
        {form.data ? (
          <Suspense fallback={<Skeleton />}>
            <FormView ref={handle} schema={form.data.schema} data={data} readOnly={done} />
          </Suspense>
        ) : (
          <>
            <Facts items={variables.data.map((variable) => [variable.name, inlineValue(parseJson(variable.value))])} />
            {!done && (
              <TextArea
                label="Result"
                hint='Variables to hand back, as a JSON object, for example {"approved": true}. Leave it empty for none.'
                code
                rows={5}
                spellCheck={false}
                value={text}
                error={mistake}
                onChange={(event) => setText(event.target.value)}
              />
            )}
          </>
        )}
        {!done && (
          <div className={styles.buttons}>
            <Button kind="primary" disabled={complete.isPending} onClick={submit}>
              Complete task
            </Button>
          </div>
        )}
      </Panel>
      {complete.error && <ProblemNotice error={complete.error} />}
    </>
  );
}

function readEntries(text: string, mistake: (text: string | null) => void): JsonObject | null {
  mistake(null);
  if (text.trim() === "") return {};
  try {
    const value = JSON.parse(text) as JsonValue;
    if (isObject(value)) return value;
    mistake('Expected a JSON object such as {"approved": true}, but this is another kind of value.');
  } catch (cause) {
    mistake(`Expected valid JSON, but ${cause instanceof Error ? cause.message : "it could not be read"}.`);
  }
  return null;
}
