/** Two versions of a decision model: what changed around the tables in words, and each table with its changed cells. */
import { Fragment, type ReactNode, useMemo, useState } from "react";
import { Empty, ProblemNotice } from "../ui/notice.tsx";
import { type Change, compareParts } from "./change.ts";
import { ChangeList, Inserted, Removed, SignMark } from "./change-list.tsx";
import { attempt, signs, summary, titles } from "./change-words.ts";
import { readDmn } from "./dmn-parts.ts";
import { compareTables, type RowDifference, type TableDifference } from "./dmn-tables.ts";
import styles from "./model-difference.module.css";
import type { DifferenceProps } from "./model-difference.tsx";
import { readTables } from "./read-tables.ts";

interface Compared {
  readonly changes: readonly Change[];
  readonly tables: readonly { readonly id: string; readonly name: string; readonly table: TableDifference }[];
}

function compareDmn(before: string, after: string): Compared {
  const [old, now] = [readTables(before), readTables(after)];
  return {
    changes: compareParts(readDmn(before), readDmn(after)),
    tables: [...new Set([...now.keys(), ...old.keys()])].map((id) => ({
      id,
      name: now.get(id)?.name ?? old.get(id)?.name ?? id,
      table: compareTables(old.get(id), now.get(id)),
    })),
  };
}

export function DmnDifference({ before, after, beforeLabel, afterLabel }: DifferenceProps) {
  const result = useMemo(() => attempt(() => compareDmn(before, after)), [before, after]);
  const [all, setAll] = useState(false);
  if ("error" in result) return <ProblemNotice error={result.error} />;
  const rows = result.tables.flatMap(({ table }) => table.rows.filter(isDifferent));
  const changed = result.tables.filter(({ table }) => all || hasDifference(table));
  return (
    <section className={styles.page} aria-label="Changes">
      <div className={styles.bar}>
        <span role="status">
          {beforeLabel} → {afterLabel}: {rows.length === 0 ? "no rule differs" : `rules: ${summary(rows)}`}
        </span>
        <label className={styles.toggle}>
          <input type="checkbox" checked={all} onChange={(event) => setAll(event.target.checked)} />
          Show rules that are the same
        </label>
      </div>
      {changed.length === 0 && result.changes.length === 0 && (
        <Empty title="No differences">Both versions decide by the same rules.</Empty>
      )}
      {changed.map(({ id, name, table }) => (
        <section key={id} className={styles.block} aria-label={`Table ${name}`}>
          <h3>
            {name} <span className={styles.muted}>{summary(table.rows.filter(isDifferent)) || columnsWord(table)}</span>
          </h3>
          <RuleTable name={name} table={table} all={all} />
        </section>
      ))}
      {result.changes.length > 0 && <ChangeList changes={result.changes} />}
    </section>
  );
}

const isDifferent = (
  row: RowDifference,
): row is RowDifference & { readonly what: NonNullable<RowDifference["what"]> } => row.what !== null;

function hasDifference({ columns, rows }: TableDifference): boolean {
  return rows.some(isDifferent) || columns.some(({ what }) => what !== null);
}

function columnsWord({ columns }: TableDifference): string {
  return columns.some(({ what }) => what !== null) ? "only its columns differ" : "no rule differs";
}

function RuleTable({
  name,
  table,
  all,
}: {
  readonly name: string;
  readonly table: TableDifference;
  readonly all: boolean;
}) {
  const rows = table.rows.filter((row) => all || isDifferent(row));
  const columns = table.columns.filter((column) => all || column.what !== null || rows.some(tests(column.id)));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region has to be reachable by keyboard
    <section className={styles.scroll} tabIndex={0} aria-label={`Rules of ${name}`}>
      <table className={styles.table}>
        <caption className="visually-hidden">Rules of {name} that differ</caption>
        <thead>
          <tr>
            <th scope="col">Rule</th>
            {columns.map((column) => (
              <th key={column.id} scope="col">
                {column.what !== null && (
                  <>
                    <SignMark what={column.what} /> <span className="visually-hidden">{titles[column.what]}: </span>
                  </>
                )}
                {column.title}
                {column.what === "changed" && ` (was ${column.titleBefore})`}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id} data-what={row.what ?? undefined}>
              <th scope="row">
                <RowHead row={row} />
              </th>
              {columns.map((column) => (
                <td key={column.id} data-role={column.role}>
                  <Cell row={row} columnId={column.id} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** Whether a rule says anything in this column; a dash matches everything. */
function tests(columnId: string): (row: RowDifference) => boolean {
  return ({ cells }) => {
    const cell = cells.get(columnId);
    return [cell?.before, cell?.after].some((text) => (text ?? "") !== "" && text !== "-");
  };
}

function RowHead({ row: { what, placeBefore, placeAfter } }: { readonly row: RowDifference }) {
  const place = placeAfter ?? placeBefore;
  return (
    <span className={styles.rowHead} title={what === null ? undefined : `${signs[what]} ${titles[what]}`}>
      {what !== null && <SignMark what={what} />}
      {what === "moved" ? `${placeBefore} → ${placeAfter}` : place} {what !== null && titles[what].toLowerCase()}
    </span>
  );
}

function Cell({ row, columnId }: { readonly row: RowDifference; readonly columnId: string }) {
  const cell = row.cells.get(columnId);
  if (!cell) return null;
  const [before, after] = [cell.before ?? "", cell.after ?? ""];
  if (row.what !== "changed" || before === after) return shown(row.what === "removed" ? before : after);
  return (
    <>
      {cell.before !== null && <Removed>{before}</Removed>}
      {cell.after !== null && <Inserted>{after}</Inserted>}
    </>
  );
}

/** Lists of allowed values may be broken after each comma. */
function shown(text: string): ReactNode {
  return text.split(",").map((part, index, parts) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text, which never move
    <Fragment key={index}>
      {part}
      {index < parts.length - 1 && (
        <>
          ,<wbr />
        </>
      )}
    </Fragment>
  ));
}
