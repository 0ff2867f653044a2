/** Facts with where they come from: a value that a model wrote is worth less than one from our own records. */
import type { Fact } from "../api/approvals.ts";
import { Chip } from "../ui/chip.tsx";
import { Empty } from "../ui/notice.tsx";
import { type Column, Table } from "../ui/table.tsx";
import type { Tone } from "../ui/tone.ts";
import { inlineValue } from "../ui/values.ts";
import { visibleText } from "../ui/visible-text.ts";

const provenances: Readonly<Record<Fact["provenance"], { readonly text: string; readonly tone: Tone }>> = {
  trusted: { text: "Own records", tone: "ok" },
  derived: { text: "Derived", tone: "info" },
  model: { text: "Written by the model", tone: "agent" },
};

type Row = readonly [string, Fact];

const columns: readonly Column<Row>[] = [
  { title: "Fact", cell: ([name]) => <code>{visibleText(name)}</code> },
  { title: "Value", cell: ([, fact]) => inlineValue(fact.value) },
  {
    title: "Provenance",
    cell: ([, fact]) => {
      const look = provenances[fact.provenance] ?? { text: fact.provenance, tone: "neutral" as const };
      return <Chip tone={look.tone}>{look.text}</Chip>;
    },
  },
  { title: "Source", cell: ([, fact]) => <code>{fact.source}</code> },
];

export function FactsTable({ facts }: { readonly facts: Readonly<Record<string, Fact>> }) {
  const rows = Object.entries(facts);
  if (rows.length === 0) return <Empty title="No facts">The policy decided on the arguments alone.</Empty>;
  return <Table caption="Facts" columns={columns} rows={rows} rowKey={([name]) => name} />;
}
