/** The policies that govern actions: who owns each, where it stands on its way to being enforced. */
import { useQuery } from "@tanstack/react-query";
import { Scale, Upload } from "lucide-react";
import { useState } from "react";
import { listPolicies, type PolicyFilter, type PolicySummary } from "../../api/policies.ts";
import { useAddress } from "../../app/address.ts";
import { useMay } from "../../app/may.ts";
import { Page } from "../../app/page.tsx";
import { FilterBar } from "../../parts/filter-bar.tsx";
import { Button } from "../../ui/button.tsx";
import { SelectField } from "../../ui/field.tsx";
import { Empty, ProblemNotice, Skeleton } from "../../ui/notice.tsx";
import { Panel } from "../../ui/panel.tsx";
import { StateChip } from "../../ui/state-chip.tsx";
import { sentence, stateLook } from "../../ui/states.ts";
import { type Column, RowLink, Table } from "../../ui/table.tsx";
import { UploadDialog } from "./upload-dialog.tsx";

const columns: readonly Column<PolicySummary>[] = [
  {
    title: "Policy",
    cell: (row) => (
      <RowLink href={`/policies/${encodeURIComponent(row.policyId)}`}>{row.name ?? sentence(row.policyId)}</RowLink>
    ),
  },
  { title: "Stage", cell: (row) => <StateChip state={row.stage} /> },
  {
    title: "Version in force",
    cell: (row) =>
      row.activeVersion === null ? "none" : `${row.activeVersion}${row.canary ? `, canary ${row.canary.version}` : ""}`,
  },
  { title: "Domain", cell: (row) => row.domain },
  { title: "Owner", cell: (row) => row.owner ?? "nobody yet" },
  { title: "Risk class", cell: (row) => <StateChip state={row.riskClass} /> },
  { title: "Governs", cell: (row) => (row.actions.length === 0 ? "every action" : row.actions.join(", ")) },
];

const stages = ["draft", "shadow", "canary", "active", "retired"];
const riskClasses = ["low", "medium", "high", "critical"];

export function PoliciesPage() {
  const [read, change] = useAddress();
  const [uploading, setUploading] = useState(false);
  const may = useMay();
  const filter: PolicyFilter = {
    ...pick("stage", read("stage")),
    ...pick("domain", read("domain")),
    ...pick("riskClass", read("risk")),
  };
  const policies = useQuery({
    queryKey: ["policies", filter],
    queryFn: ({ signal }) => listPolicies(filter, signal),
    placeholderData: (previous) => previous,
  });
  const all = useQuery({ queryKey: ["policies", {}], queryFn: ({ signal }) => listPolicies({}, signal) });
  const domains = [...new Set((all.data ?? []).map((policy) => policy.domain))].sort();
  const filtered = Object.keys(filter).length > 0;
  return (
    <Page
      title="Policies"
      actions={
        may("policy:author") && (
          <Button kind="primary" onClick={() => setUploading(true)}>
            <Upload size={14} aria-hidden="true" /> Upload package
          </Button>
        )
      }
    >
      <FilterBar label="Filter policies">
        <Choice
          label="Stage"
          all="All stages"
          value={filter.stage}
          options={stages}
          onChange={(stage) => change({ stage })}
        />
        <Choice
          label="Domain"
          all="All domains"
          value={filter.domain}
          options={domains}
          onChange={(domain) => change({ domain })}
        />
        <Choice
          label="Risk class"
          all="All risk classes"
          value={filter.riskClass}
          options={riskClasses}
          onChange={(risk) => change({ risk })}
        />
      </FilterBar>
      {policies.error && <ProblemNotice error={policies.error} retry={() => void policies.refetch()} />}
      {policies.isPending && <Skeleton />}
      {policies.data && (
        <Panel title="Policies in the decision plane" flush>
          {policies.data.length === 0 ? (
            <Empty
              icon={<Scale aria-hidden="true" />}
              title={filtered ? "No policy matches" : "No policies yet"}
              actions={
                filtered ? (
                  <Button onClick={() => change({ stage: null, domain: null, risk: null })}>Clear filters</Button>
                ) : undefined
              }
            >
              {filtered
                ? "Try fewer filters."
                : "Until a policy permits it, every consequential action is denied. Upload a policy package, or release one that was shipped."}
            </Empty>
          ) : (
            <Table caption="Policies" columns={columns} rows={policies.data} rowKey={(row) => row.policyId} />
          )}
        </Panel>
      )}
      {uploading && <UploadDialog onClose={() => setUploading(false)} />}
    </Page>
  );
}

function pick(name: keyof PolicyFilter, value: string | null): PolicyFilter {
  return value ? { [name]: value } : {};
}

function Choice({
  label,
  all,
  value,
  options,
  onChange,
}: {
  readonly label: string;
  readonly all: string;
  readonly value: string | undefined;
  readonly options: readonly string[];
  readonly onChange: (value: string) => void;
}) {
  return (
    <SelectField label={label} hideLabel value={value ?? ""} onChange={(event) => onChange(event.target.value)}>
      <option value="">{all}</option>
      {options.map((option) => (
        <option key={option} value={option}>
          {stateLook(option).text}
        </option>
      ))}
    </SelectField>
  );
}
