/** A policy package from files: policy.json (manifest), policy.dmn and tests.json become a draft. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation } from "wouter";
import type { JsonObject, JsonValue } from "../../api/json.ts";
import { createVersion } from "../../api/policies.ts";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { TextField } from "../../ui/field.tsx";
import { ProblemNotice } from "../../ui/notice.tsx";
import { useToast } from "../../ui/toast.tsx";

export function UploadDialog({ onClose }: { readonly onClose: () => void }) {
  const client = useQueryClient();
  const toast = useToast();
  const [, go] = useLocation();
  const [files, setFiles] = useState<readonly File[]>([]);
  const upload = useMutation({
    mutationFn: async () => createVersion(await packageOf(files)),
    onSuccess: async (draft) => {
      toast(`Version ${draft.version} of ${draft.policyId} is a ${draft.stage}`);
      await client.invalidateQueries({ queryKey: ["policies"] });
      go(`/policies/${encodeURIComponent(draft.policyId)}?version=${draft.version}`);
    },
  });
  return (
    <Dialog
      title="Upload a policy package"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button kind="primary" disabled={upload.isPending || files.length === 0} onClick={() => upload.mutate()}>
            Upload package
          </Button>
        </>
      }
    >
      <p>
        A package is a manifest, a DMN model and tests. It becomes a draft, which permits nothing until it is released.
        The same content again gives the same version.
      </p>
      <TextField
        label="Files of the package"
        hint="policy.json, policy.dmn and tests.json"
        type="file"
        multiple
        accept=".json,.dmn,.xml"
        onChange={(event) => setFiles([...(event.target.files ?? [])])}
      />
      {upload.error && <ProblemNotice error={upload.error} />}
    </Dialog>
  );
}

async function packageOf(files: readonly File[]) {
  const dmn = files.find((file) => /\.(dmn|xml)$/i.test(file.name));
  const tests = files.find((file) => /tests?\.json$/i.test(file.name));
  const manifest = files.find((file) => file !== tests && /\.json$/i.test(file.name));
  if (!dmn) throw missing("a DMN model (.dmn)", files);
  if (!manifest) throw missing("a manifest (policy.json)", files);
  return {
    manifest: (await json(manifest)) as JsonObject,
    dmn: await dmn.text(),
    tests: tests ? await json(tests) : {},
  };
}

function missing(what: string, files: readonly File[]): Error {
  return new Error(`Expected ${what} among the files, but found ${files.map((file) => file.name).join(", ")}.`);
}

async function json(file: File): Promise<JsonValue> {
  try {
    return JSON.parse(await file.text()) as JsonValue;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`Expected ${file.name} to be JSON, but it is not: ${reason}`);
  }
}
