/** Starting an instance: the start form when the process has one, else its variables as JSON. */
import { useMutation, useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useRef, useState } from "react";
import { useLocation } from "wouter";
import { isObject, type JsonObject, type JsonValue } from "../../api/json.ts";
import { getStartForm, type ProcessDefinition, startInstance } from "../../api/processes.ts";
import type { FormHandle } from "../../forms/form-view.tsx";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { TextArea } from "../../ui/field.tsx";
import { ProblemNotice, Skeleton } from "../../ui/notice.tsx";

const FormView = lazy(async () => ({ default: (await import("../../forms/form-view.tsx")).FormView }));

export function StartDialog({
  definition,
  onClose,
}: {
  readonly definition: ProcessDefinition;
  readonly onClose: () => void;
}) {
  const [, go] = useLocation();
  const [text, setText] = useState("{\n}");
  const [mistake, setMistake] = useState<string | null>(null);
  const form = useRef<FormHandle>(null);
  const startForm = useQuery({
    queryKey: ["start-form", definition.processDefinitionKey],
    queryFn: ({ signal }) => getStartForm(definition.processDefinitionKey, signal),
    enabled: definition.hasStartForm,
  });
  const start = useMutation({
    mutationFn: (variables: JsonObject) => startInstance(definition.processDefinitionKey, variables),
    onSuccess: (answer) => go(`/instances/${answer.processInstanceKey}`),
  });
  function submit() {
    if (startForm.data) {
      const entered = form.current?.submit();
      if (entered) start.mutate(entered);
      return;
    }
    const variables = readVariables(text);
    setMistake(variables.mistake);
    if (variables.value) start.mutate(variables.value);
  }
  return (
    <Dialog
      title={`Start ${definition.name ?? definition.processDefinitionId}`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button
            kind="primary"
            disabled={start.isPending || (definition.hasStartForm && startForm.isPending)}
            onClick={submit}
          >
            Start instance
          </Button>
        </>
      }
    >
      {definition.hasStartForm && startForm.isPending && <Skeleton />}
      {startForm.error && <ProblemNotice error={startForm.error} />}
      {startForm.data && (
        <Suspense fallback={<Skeleton />}>
          <FormView ref={form} schema={startForm.data.schema} data={{}} />
        </Suspense>
      )}
      {!startForm.data && !(definition.hasStartForm && startForm.isPending) && (
        <TextArea
          label="Variables"
          hint="A JSON object. Leave it empty when the process needs none."
          code
          rows={10}
          spellCheck={false}
          value={text}
          error={mistake}
          onChange={(event) => setText(event.target.value)}
        />
      )}
      {start.error && <ProblemNotice error={start.error} />}
    </Dialog>
  );
}

function readVariables(text: string): { readonly value: JsonObject | null; readonly mistake: string | null } {
  if (text.trim() === "") return { value: {}, mistake: null };
  try {
    const value = JSON.parse(text) as JsonValue;
    return isObject(value)
      ? { value, mistake: null }
      : { value: null, mistake: 'Expected a JSON object such as {"amount": 12}, but this is another kind of value.' };
  } catch (cause) {
    return {
      value: null,
      mistake: `Expected valid JSON, but ${cause instanceof Error ? cause.message : "it could not be read"}.`,
    };
  }
}
