/** The deployed forms, each leading to its editor. */
import { useQuery } from "@tanstack/react-query";
import { TextCursorInput } from "lucide-react";
import { type FormVersion, listForms } from "../../api/forms.ts";
import { Page } from "../../app/page.tsx";
import { ButtonLink } from "../../ui/button.tsx";
import { Empty, ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { type Column, RowLink, Table } from "../../ui/table.tsx";

interface Row {
  readonly newest: FormVersion;
  readonly versions: number;
}

const columns: readonly Column<Row>[] = [
  {
    title: "Form",
    cell: ({ newest }) => <RowLink href={`/forms/${encodeURIComponent(newest.formId)}/edit`}>{newest.formId}</RowLink>,
  },
  { title: "Newest version", number: true, cell: ({ newest }) => newest.version },
  { title: "Versions", number: true, cell: ({ versions }) => versions },
  { title: "Key", cell: ({ newest }) => <code>{newest.formKey}</code> },
];

export function FormsPage() {
  const forms = useQuery({ queryKey: ["forms"], queryFn: ({ signal }) => listForms(undefined, signal) });
  const create = (
    <ButtonLink kind="primary" href="/forms/new">
      Design new form
    </ButtonLink>
  );
  return (
    <Page title="Forms" actions={create}>
      {forms.error && <ProblemNotice error={forms.error} retry={() => void forms.refetch()} />}
      {forms.isPending && <Skeleton />}
      {forms.data && (
        <Panel title="Deployed forms" flush>
          {forms.data.length === 0 ? (
            <Empty icon={<TextCursorInput aria-hidden="true" />} title="No forms yet" actions={create}>
              What people fill in when they start a process or complete a task. Design one here, or deploy form files
              with their process.
            </Empty>
          ) : (
            <Table
              caption="Deployed forms"
              columns={columns}
              rows={toRows(forms.data)}
              rowKey={(row) => row.newest.formId}
            />
          )}
        </Panel>
      )}
    </Page>
  );
}

/** Versions come newest first per form. */
function toRows(versions: readonly FormVersion[]): readonly Row[] {
  const rows = new Map<string, Row>();
  for (const version of versions) {
    const row = rows.get(version.formId);
    rows.set(version.formId, { newest: row?.newest ?? version, versions: (row?.versions ?? 0) + 1 });
  }
  return [...rows.values()];
}
