/** Decision tables as plain rows and columns (read-tables.ts reads them), and what differs between two versions of one. */
import { appendTo, mergedOrder, reordered, type What } from "./change.ts";

export interface TableColumn {
  readonly id: string;
  /** "When" an input is tested, "then" an output is given, a note says why. */
  readonly role: "when" | "then" | "note";
  readonly title: string;
}

export interface TableRow {
  readonly id: string;
  /** By the id of the column. */
  readonly cells: ReadonlyMap<string, string>;
}

export interface DecisionTable {
  readonly decisionId: string;
  readonly name: string;
  readonly columns: readonly TableColumn[];
  readonly rows: readonly TableRow[];
}

export interface CellDifference {
  /** Null: there was no such row or column. */
  readonly before: string | null;
  readonly after: string | null;
}

export interface RowDifference {
  readonly id: string;
  /** Null: the same in both. */
  readonly what: What | null;
  /** From 1; null where the row is missing. */
  readonly placeBefore: number | null;
  readonly placeAfter: number | null;
  readonly cells: ReadonlyMap<string, CellDifference>;
}

export interface TableDifference {
  readonly columns: readonly (TableColumn & { readonly what: What | null; readonly titleBefore: string })[];
  readonly rows: readonly RowDifference[];
}

/** A row found again under another id is the same row when all its cells are the same. */
export function compareTables(before: DecisionTable | undefined, after: DecisionTable | undefined): TableDifference {
  const old = before ? withIdsOf(before, after) : undefined;
  return { columns: compareColumns(old, after), rows: compareRows(old, after) };
}

function withIdsOf(before: DecisionTable, after: DecisionTable | undefined): DecisionTable {
  if (!after) return before;
  const known = new Set(before.rows.map(({ id }) => id));
  const content = ({ cells }: TableRow): string => JSON.stringify([...cells.values()]);
  const free = new Map<string, string[]>();
  for (const row of after.rows) if (!known.has(row.id)) appendTo(free, content(row), row.id);
  const kept = new Set(after.rows.map(({ id }) => id));
  const rows = before.rows.map((row) => {
    if (kept.has(row.id)) return row;
    const id = free.get(content(row))?.shift();
    return id === undefined ? row : { ...row, id };
  });
  return { ...before, rows };
}

function compareColumns(
  before: DecisionTable | undefined,
  after: DecisionTable | undefined,
): TableDifference["columns"] {
  const old = new Map((before?.columns ?? []).map((column) => [column.id, column]));
  const now = new Map((after?.columns ?? []).map((column) => [column.id, column]));
  const merged = mergedOrder([...old.keys()], [...now.keys()]).flatMap((id) => {
    const column = now.get(id) ?? old.get(id);
    if (!column) return [];
    const was = old.get(id);
    const what: What | null =
      was === undefined ? "added" : now.has(id) ? (was.title === column.title ? null : "changed") : "removed";
    return [{ ...column, what, titleBefore: was?.title ?? "" }];
  });
  const roles = ["when", "then", "note"];
  return merged.sort((a, b) => roles.indexOf(a.role) - roles.indexOf(b.role));
}

function compareRows(before: DecisionTable | undefined, after: DecisionTable | undefined): readonly RowDifference[] {
  const old = new Map((before?.rows ?? []).map((row, index) => [row.id, { row, place: index + 1 }]));
  const now = new Map((after?.rows ?? []).map((row, index) => [row.id, { row, place: index + 1 }]));
  const moved = reordered([...old.keys()], [...now.keys()]);
  return mergedOrder([...old.keys()], [...now.keys()]).map((id) => {
    const [was, is] = [old.get(id), now.get(id)];
    const cells = new Map<string, CellDifference>();
    for (const column of new Set([...(was?.row.cells.keys() ?? []), ...(is?.row.cells.keys() ?? [])]))
      cells.set(column, { before: was?.row.cells.get(column) ?? null, after: is?.row.cells.get(column) ?? null });
    const changed = [...cells.values()].some((cell) => (cell.before ?? "") !== (cell.after ?? ""));
    const what: What | null = !was ? "added" : !is ? "removed" : changed ? "changed" : moved.has(id) ? "moved" : null;
    return { id, what, placeBefore: was?.place ?? null, placeAfter: is?.place ?? null, cells };
  });
}
