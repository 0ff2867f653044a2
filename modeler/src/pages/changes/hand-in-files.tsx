/** Files chosen by hand, as a change of their own or as the next revision of one. */
import { useState } from "react";
import { type Change, replaceFiles, submitFiles } from "../../api/changes.ts";
import { HandInDialog } from "../../parts/hand-in.tsx";
import { TextField } from "../../ui/field.tsx";

interface HandInFilesProps {
  /** The change that is replaced. */
  readonly change?: Change;
  readonly onClose: () => void;
}

export function HandInFiles({ change, onClose }: HandInFilesProps) {
  const [chosen, setChosen] = useState<readonly File[]>([]);
  const files = chosen.map((file) => ({ name: file.name, content: file }));
  return (
    <HandInDialog
      title={change?.title ?? ""}
      description={change?.description ?? ""}
      disabled={files.length === 0}
      submit={(about) => (change ? replaceFiles(change.changeId, files, about) : submitFiles(files, about))}
      onClose={onClose}
    >
      <p>
        {change
          ? "These files take the place of all files handed in before. An approval does not hold for them."
          : "Somebody else approves exactly these files; a third person deploys them together."}
      </p>
      <TextField
        label="Files"
        hint="BPMN, DMN, forms and whatever belongs to them"
        type="file"
        multiple
        onChange={(event) => setChosen([...(event.target.files ?? [])])}
      />
    </HandInDialog>
  );
}
